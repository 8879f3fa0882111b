import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from tutelage.core.errors import BudgetError, UsageError
from tutelage.storage.ledger import Budget, Call, Ledger, LedgerError, Spend, call_key


def make_call(number, **changes):
    key = call_key(model="m", parameters={"temperature": 0}, messages=[f"question {number}"])
    call = Call(
        key=key,
        role="translate",
        teacher="t",
        prompt_version="1",
        request="{}",
        answer=f"answer {number}",
        input_tokens=10,
        output_tokens=5,
        cost=0.25,
    )
    return replace(call, **changes)


def test_key_depends_on_every_part_and_on_nothing_else():
    parts = {"model": "m", "parameters": {"a": 1, "b": 2}, "messages": ["x"], "schema": {"type": "object"}}
    key = call_key(**parts)
    assert len(key) == 40
    assert key == call_key(**(parts | {"parameters": {"b": 2, "a": 1}}))
    others = {"model": "n", "parameters": {"a": 1}, "messages": ["y"], "schema": None}
    assert len({key, *(call_key(**(parts | {name: value})) for name, value in others.items())}) == 5


def test_answers_are_found_again_after_reopening(tmp_path):
    calls = [make_call(number) for number in range(1200)]
    with Ledger.open(tmp_path / "ledger.sqlite", run="a") as ledger:
        ledger.record_many(calls)
    with Ledger.open(tmp_path / "ledger.sqlite", run="b") as ledger:
        found = ledger.lookup_many([call.key for call in calls] + ["missing"])
        assert found == {call.key: call for call in calls}
        assert ledger.lookup("missing") is None


def test_first_answer_to_a_key_stays(tmp_path):
    ledger = Ledger.open(tmp_path / "l")
    ledger.record(make_call(1))
    ledger.record(make_call(1, answer="another"))
    assert ledger.lookup(make_call(1).key).answer == "answer 1"


def test_spend_by_role_and_teacher_with_unknown_costs_apart(tmp_path):
    ledger = Ledger.open(tmp_path / "l", run="r")
    ledger.record_many([make_call(1), make_call(2, cost=None), make_call(3, role="contexts", status="unparsed")])
    ledger.count_reuse(4, role="translate", teacher="t")
    ledger.count_reuse(2, role="translate", teacher="t")
    assert ledger.spend(run="r") == [
        Spend("r", "contexts", "t", 1, 0, 10, 5, 0.25, 0, 1),
        Spend("r", "translate", "t", 2, 6, 20, 10, 0.25, 1, 0),
    ]
    assert ledger.spend(run="other") == []


def test_budget_stops_before_the_call_that_would_exceed_it(tmp_path):
    ledger = Ledger.open(tmp_path / "l", run="r", budget=Budget(calls=3, tokens=100))
    reservation = ledger.reserve(tokens=60)
    with pytest.raises(BudgetError, match="100 tokens"):
        ledger.reserve(tokens=41)
    ledger.record(make_call(1), settles=reservation)
    second = ledger.reserve(tokens=85)  # 15 of 60 were really used
    ledger.release(second)
    ledger.reserve(calls=2)
    with pytest.raises(BudgetError, match="3 calls"):
        ledger.reserve()


def test_budget_counts_what_the_run_spent_before(tmp_path):
    with Ledger.open(tmp_path / "l", run="r") as ledger:
        ledger.record_many([make_call(1), make_call(2, cost=None, worst_cost=2.0)])
    budget = Budget(cost=2.5)
    with Ledger.open(tmp_path / "l", run="other", budget=budget) as ledger:
        ledger.reserve(cost=2.5)
    with Ledger.open(tmp_path / "l", run="r", budget=budget) as ledger:
        ledger.reserve(cost=0.25)  # 0.25 known and the worst case of the unknown one
        with pytest.raises(BudgetError):
            ledger.reserve(cost=0.01)


def test_cost_budget_without_prices_is_a_usage_error(tmp_path):
    ledger = Ledger.open(tmp_path / "l", budget=Budget(cost=1.0))
    with pytest.raises(UsageError, match="no prices"):
        ledger.reserve(tokens=5)


def test_threads_never_exceed_the_budget_together(tmp_path):
    ledger = Ledger.open(tmp_path / "l", budget=Budget(calls=100))
    granted = []

    def work():
        for _ in range(50):
            try:
                granted.append(ledger.reserve())
            except BudgetError:
                return

    threads = [threading.Thread(target=work) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(granted) == 100


def test_killed_process_loses_nothing_recorded(tmp_path):
    script = f"""
import os, signal
from tutelage.storage.ledger import Call, Ledger
ledger = Ledger.open({str(tmp_path / "l")!r}, run="r")
for n in range(50):
    ledger.record(Call(key=str(n), role="x", teacher="t", prompt_version="", request="", answer=str(n), cost=0.0))
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    with Ledger.open(tmp_path / "l", run="r", budget=Budget(calls=50)) as ledger:
        assert len(ledger.lookup_many([str(number) for number in range(50)])) == 50
        with pytest.raises(BudgetError):
            ledger.reserve()


def test_damaged_file_is_named(tmp_path):
    (tmp_path / "l").write_bytes(b"not a database at all, but long enough to be looked at" * 40)
    with pytest.raises(LedgerError, match="not a ledger, or it is damaged"):
        Ledger.open(tmp_path / "l")


def test_file_of_another_program_is_left_alone(tmp_path):
    with sqlite3.connect(tmp_path / "l") as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    before = (tmp_path / "l").read_bytes()
    with pytest.raises(LedgerError, match="something else"):
        Ledger.open(tmp_path / "l")
    assert (tmp_path / "l").read_bytes() == before


def test_newer_schema_is_refused(tmp_path):
    Ledger.open(tmp_path / "l").close()
    with sqlite3.connect(tmp_path / "l") as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(LedgerError, match="schema 99"):
        Ledger.open(tmp_path / "l")


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


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(LedgerError, match="folder"):
        Ledger.open(tmp_path / "file" / "l")
