"""Opening a ledger: places, passwords that stay unsaid, schemas old and new, databases of something else."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, make_url

from ledger_calls import make_call
from postgres_server import PostgresServer
from tutelage.core.errors import UsageError
from tutelage.storage.ledger import Account, Budget, Ledger, LedgerError, Spend, reconnecting
from tutelage.storage.ledger.database import transaction
from tutelage.storage.ledger.migrating import migrate, migrations
from tutelage.storage.ledger.places import parse_place
from tutelage.storage.ledger.reconnecting import ConnectionLostError


@pytest.mark.parametrize(
    ("place", "shown", "has_password"),
    [
        ("runs/ledger.sqlite", "runs/ledger.sqlite", False),
        ("postgresql://ann@db.example:5433/work", "postgresql://ann@db.example:5433/work", False),
        ("postgres://ann:hush@db.example/work", "postgresql://ann@db.example/work", True),
        ("postgresql:///work?host=/run/pg&password=hush", "postgresql:///work", True),
    ],
)
def test_places_are_shown_without_passwords(place, shown, has_password):
    parsed = parse_place(place)
    assert (parsed.shown, parsed.has_password) == (shown, has_password)
    assert "hush" not in parsed.shown


def test_a_url_of_something_else_is_bad_usage():
    with pytest.raises(UsageError, match="Did you mean 'postgres'"):
        parse_place("postgress://ann@host/work")
    with pytest.raises(UsageError, match="cannot be kept at 'mysql://'"):
        Ledger.open("mysql://ann:hush@host/work")
    with pytest.raises(UsageError, match="cannot be read") as raised:
        parse_place("postgresql://ann:hush@host:port/work")
    assert "hush" not in str(raised.value)


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path):
    with pytest.raises(LedgerError) as raised:
        Ledger.open(f"postgresql://ann:hush@/work?host={tmp_path}")
    assert "postgresql://ann@/work: the ledger cannot be used" in str(raised.value)
    assert "Check that the server runs" in str(raised.value)
    assert "hush" not in str(raised.value)


def test_a_database_that_is_not_there_is_made_with_createdb(postgres):
    with pytest.raises(LedgerError, match="createdb"):
        Ledger.open(postgres.url.replace("/postgres?", "/nothing?"))


def test_both_schemas_have_the_same_tables_and_columns(postgres, tmp_path):
    url = postgres.database()
    Ledger.open(url).close()
    Ledger.open(tmp_path / "l").close()
    there = dict(
        postgres.execute(
            "SELECT table_name, string_agg(column_name, ' ' ORDER BY column_name) FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND table_name <> 'ledger_schema' GROUP BY table_name",
            url=url,
        )
    )
    with sqlite3.connect(tmp_path / "l") as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        here = {
            table: " ".join(sorted(row[1] for row in connection.execute(f"PRAGMA table_info({table})")))
            for table in tables
        }
    assert here == there
    assert migrations("sqlite")[-1][0] == migrations("postgresql")[-1][0]


def test_opening_again_changes_nothing(place):
    with Ledger.open(place, run="r") as ledger:
        ledger.record(make_call(1))
    for _ in range(2):
        with Ledger.open(place, run="r") as ledger:
            assert ledger.account().calls == 1


def test_processes_that_open_a_new_ledger_at_once_all_can(place):
    script = "import sys\nfrom tutelage.storage.ledger import Ledger\nLedger.open(sys.argv[1], run='r').close()"
    opened = [subprocess.Popen([sys.executable, "-c", script, str(place)]) for _ in range(3)]
    assert [process.wait() for process in opened] == [0, 0, 0]


def test_a_ledger_that_another_process_makes_meanwhile_is_seen(postgres):
    place = parse_place(postgres.database())
    engine = create_engine(make_url(place.url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as first, ThreadPoolExecutor(1) as threads:
        with transaction(first):
            migrate(first, place=place)
            second = threads.submit(lambda: Ledger.open(place.url, run="r").close())
            while not first.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar_one():
                assert not second.done()
        assert second.result() is None


def test_a_ledger_of_the_first_schema_is_brought_up_to_date(tmp_path):
    with sqlite3.connect(tmp_path / "l") as connection:
        connection.executescript(dict(migrations("sqlite"))[1])
        connection.execute("PRAGMA user_version=1")
        rows = [
            ("k1", "old", "translate", "t", "1", "{}", "a", "ok", 10, 5, 0.5, 100, 1.0, 86_400.0 * 366),
            ("k2", "old", "translate", "t", "1", "{}", None, "lost", None, None, None, 100, 1.0, 86_400.0 * 366),
            ("k3", "old", "contexts", "t", "1", "{}", "a", "ok", 7, 3, 0.25, 100, 1.0, 86_400.0 * 367),
        ]
        connection.executemany(
            "INSERT INTO calls (key, run, role, teacher, prompt_version, request, answer, status, input_tokens, "
            f"output_tokens, cost, worst_tokens, worst_cost, created) VALUES ({', '.join('?' * 14)})",
            rows,
        )
        connection.execute("INSERT INTO reuses VALUES ('old', 'translate', 't', 6)")
    connection.close()
    with Ledger.open(tmp_path / "l", run="old", budget=Budget(calls=3)) as ledger:
        assert ledger.spend() == [
            Spend("old", "contexts", "t", 1, 0, 7, 3, 0.25, 0, 0),
            Spend("old", "translate", "t", 2, 6, 10, 5, 0.5, 1, 1),
        ]
        assert [(one.day, one.calls) for one in ledger.spend(by=["day"])] == [
            ("", 0),
            ("1971-01-02", 2),
            ("1971-01-03", 1),
        ]
        assert ledger.account() == Account(calls=3, tokens=125, cost=1.75)
        assert ledger.lookup("k3").answer == "a"


def test_damaged_file_is_named(tmp_path):
    (tmp_path / "l").write_bytes(b"not a database at all, but long enough to be looked at" * 40)
    with pytest.raises(LedgerError, match="not a ledger, or it is damaged") as raised:
        Ledger.open(tmp_path / "l")
    assert str(tmp_path / "l") in str(raised.value)


def test_file_whose_middle_is_damaged_is_named(tmp_path):
    with Ledger.open(tmp_path / "l", run="r") as ledger:
        ledger.record_many(make_call(number) for number in range(500))
    data = bytearray((tmp_path / "l").read_bytes())
    data[4096 : len(data)] = b"\xff" * (len(data) - 4096)
    (tmp_path / "l").write_bytes(data)
    with pytest.raises(LedgerError, match=r"damaged \(database disk image is malformed\)"):
        Ledger.open(tmp_path / "l", run="r").lookup(make_call(3).key)


def test_file_of_another_program_is_left_alone(tmp_path):
    with sqlite3.connect(tmp_path / "l") as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    before = (tmp_path / "l").read_bytes()
    with pytest.raises(LedgerError, match="something else"):
        Ledger.open(tmp_path / "l")
    assert (tmp_path / "l").read_bytes() == before


def test_database_of_another_program_is_left_alone(postgres):
    url = postgres.database()
    postgres.execute("CREATE TABLE calls (name TEXT)", url=url)
    with pytest.raises(LedgerError, match="something else"):
        Ledger.open(url)
    assert postgres.execute("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()", url=url) == [(1,)]


def test_newer_schema_is_refused(place, postgres):
    Ledger.open(place).close()
    if isinstance(place, str):
        postgres.execute("INSERT INTO ledger_schema VALUES (99)", url=place)
    else:
        with sqlite3.connect(place) as connection:
            connection.execute("PRAGMA user_version=99")
    with pytest.raises(LedgerError, match="schema 99"):
        Ledger.open(place)


def test_locked_ledger_says_to_wait(tmp_path, monkeypatch):
    monkeypatch.setattr("tutelage.storage.ledger.database.BUSY_SECONDS", 0.05)
    ledger = Ledger.open(tmp_path / "l")
    other = sqlite3.connect(tmp_path / "l", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match="Another process is writing"):
        ledger.record(make_call(1))
    other.execute("ROLLBACK")
    ledger.record(make_call(1))
    assert ledger.lookup(make_call(1).key) == make_call(1)


def test_a_connection_that_the_server_ends_is_made_anew(postgres):
    url = postgres.database()
    postgres.end_connections()  # of tests before, which nobody has collected
    with Ledger.open(url, run="r", budget=Budget(calls=9)) as ledger:
        ledger.record(make_call(1))
        for number, use in enumerate((
            lambda: ledger.record(make_call(2)),
            lambda: ledger.record_many([make_call(3), make_call(4)]),
            lambda: ledger.claims.take(["a question"]),
            lambda: ledger.reserve(),
            lambda: ledger.count_reuse(1, role="r", teacher="t"),
        )):  # fmt: skip
            assert postgres.end_connections() == 1, number
            use()
        postgres.end_connections()
        assert (ledger.account().calls, ledger.lookup(make_call(1).key)) == (4, make_call(1))
        assert [spend.calls for spend in ledger.spend(by=["run"])] == [4]


@pytest.mark.parametrize("count", [1, 2])
def test_a_write_whose_confirmation_was_lost_counts_once(postgres, monkeypatch, count):
    with Ledger.open(postgres.database(), run="r", budget=Budget(calls=9)) as ledger:
        name = "_record_one" if count == 1 else "_record_several"
        write = getattr(ledger, name)

        def write_and_lose(*arguments):
            write(*arguments)
            raise ConnectionLostError("the server has gone.")

        monkeypatch.setattr(ledger, name, write_and_lose)
        reserved = [ledger.reserve() for _ in range(count)]
        ledger.record_many([make_call(number) for number in range(count)], settles=reserved)
        assert (ledger.account().calls, ledger.account().reserved_calls) == (count, 0)


def test_a_server_that_is_started_anew_is_waited_for():
    with PostgresServer() as server, Ledger.open(server.database(), run="r") as ledger:
        ledger.record(make_call(1))
        server.stop()
        with ThreadPoolExecutor(1) as thread:
            recorded = thread.submit(ledger.record, make_call(2))
            server.start()
            recorded.result()
        assert [spend.calls for spend in ledger.spend()] == [2]


def test_a_server_that_stays_away_is_one_paragraph(monkeypatch):
    monkeypatch.setattr(reconnecting, "RECONNECT_SECONDS", 0.1)
    with PostgresServer() as server:
        ledger = Ledger.open(server.database(), run="r")
        ledger.record(make_call(1))
        server.stop()
        with pytest.raises(LedgerError, match=r"Check that the server runs .* everything recorded is kept") as raised:
            ledger.record(make_call(2))
        assert "\n" not in raised.value.paragraph()
        server.start()
        ledger.record(make_call(2))
        assert [spend.calls for spend in ledger.spend()] == [2]
        ledger.close()


def test_a_ledger_that_a_newer_version_changes_meanwhile_is_named(place, postgres):
    """The newer one's migration has renamed a column while the older one was at work."""
    renaming = "ALTER TABLE calls RENAME COLUMN answer TO reply"
    with Ledger.open(place, run="r") as ledger:
        ledger.record(make_call(1))
        if isinstance(place, str):
            postgres.execute(renaming, url=place)
            postgres.execute("INSERT INTO ledger_schema VALUES (99)", url=place)
        else:
            with sqlite3.connect(place) as connection:
                connection.execute(renaming)
                connection.execute("PRAGMA user_version=99")
        with pytest.raises(LedgerError, match=r"schema 99, .* Install the newer tutelage"):
            ledger.record(make_call(2))


def test_a_failed_write_leaves_nothing_and_goes_on(place, monkeypatch):
    with Ledger.open(place, run="r") as ledger:
        with pytest.raises(LedgerError):
            ledger.record_many([make_call(1), make_call(2, status=None)])
        assert ledger.account() == Account()
        ledger.record(make_call(1))
        assert [spend.calls for spend in ledger.spend()] == [1]


def test_a_wrong_password_says_where_it_belongs(postgres, monkeypatch):
    postgres.execute("CREATE ROLE locked LOGIN PASSWORD 'sesame'")
    postgres.execute("CREATE SCHEMA locked AUTHORIZATION locked")
    url = postgres.url.replace("postgres@", "locked:hush@")
    with pytest.raises(LedgerError, match=r"PGPASSWORD or ~/.pgpass") as raised:
        Ledger.open(url)
    assert "hush" not in str(raised.value)
    with Ledger.open(url.replace("hush", "sesame")) as ledger:
        assert ledger.spend() == []
    monkeypatch.setenv("PGPASSWORD", "sesame")
    with Ledger.open(url.replace(":hush", "")) as ledger:
        assert "sesame" not in ledger.shown


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(LedgerError, match="folder"):
        Ledger.open(tmp_path / "file" / "l")
