"""The schema of what is kept in a database: numbered migrations for each kind of it, applied whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from tutelage.storage.ledger.places import LedgerError, Place

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Schema:
    """Where the migrations of one thing lie."""

    package: str
    """Below it, in `migrations/sqlite` and `migrations/postgresql`."""
    versions: str = ""
    """PostgreSQL's table of which migrations were done; SQLite has a number of its own for that. Empty if it is kept in
    SQLite alone."""
    tables: tuple[str, ...] = ()
    """Its tables in PostgreSQL, which nothing else in a database may be called."""
    journal: str = "WAL"
    """SQLite's: `DELETE` leaves all that is committed in the one file, so that its content tells what is new."""
    synchronous: str = "NORMAL"
    """NORMAL loses nothing when the process is killed; a power cut may cost the last transactions. FULL loses none."""


LEDGER = Schema(
    "tutelage.storage.ledger",
    versions="ledger_schema",
    tables=("calls", "spending", "accounts", "borrowed", "claims", "claim_owners"),
)
_LOCK = 0x7475746C
"""Key of PostgreSQL's advisory lock under which processes migrate one after another: `tutl`."""


def migrations(dialect: str, schema: Schema = LEDGER) -> list[tuple[int, str]]:
    """Number and SQL of every migration of `sqlite` or `postgresql`, in order."""
    folder = files(schema.package) / "migrations" / dialect
    found = [(int(file.name[:4]), file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".sql")]
    return sorted(found)


def is_newest(connection: Connection, schema: Schema = LEDGER) -> bool:
    """Whether nothing has to be done."""
    return _version(connection, schema) == migrations(connection.dialect.name, schema)[-1][0]


def migrate(connection: Connection, *, place: Place, schema: Schema = LEDGER) -> None:
    """Bring the schema up to date inside the transaction that the caller has begun."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    refuse_newer(connection, place=place, schema=schema)
    version, newest = _version(connection, schema), migrations(dialect, schema)[-1][0]
    if version == 0 and _has_tables(connection, schema):
        raise _something_else(dialect, place)
    for number, sql in migrations(dialect, schema):
        if number > version:
            for statement in _statements(sql):
                connection.exec_driver_sql(statement)
    _set_version(connection, newest, schema)


def refuse_newer(connection: Connection, *, place: Place, schema: Schema = LEDGER) -> None:
    """LedgerError if a newer version of this program has written the tables."""
    version, newest = _version(connection, schema), migrations(connection.dialect.name, schema)[-1][0]
    if version > newest:
        raise LedgerError(
            f"the {place.what} has schema {version}, this version of tutelage knows up to {newest}.",
            where=place.shown,
            fix=f"Install the newer tutelage that wrote it, or give another {place.what}.",
        )


def _something_else(dialect: str, place: Place) -> LedgerError:
    if dialect == "sqlite":
        return LedgerError("this is an SQLite file of something else.", where=place.shown, fix="Give another path.")
    return LedgerError(
        f"this database has tables of something else under the {place.what}'s names.",
        where=place.shown,
        fix="Give another database, or a schema of its own with ?options=-csearch_path%3DNAME.",
    )


def _has_tables(connection: Connection, schema: Schema) -> bool:
    """Any tables in SQLite's file; in PostgreSQL, where others may share the database, some of these names."""
    if connection.dialect.name == "sqlite":
        return bool(connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one())
    return any(_is_table(connection, name) for name in schema.tables)


def _is_table(connection: Connection, name: str) -> bool:
    """Asked of the table of tables: `to_regclass` remembers that there was none while it waits for the lock."""
    found = connection.exec_driver_sql(
        "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = %s", (name,)
    )
    return bool(found.scalar_one())


def _version(connection: Connection, schema: Schema) -> int:
    if connection.dialect.name == "sqlite":
        return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    if not _is_table(connection, schema.versions):
        return 0
    return int(connection.exec_driver_sql(f"SELECT max(version) FROM {schema.versions}").scalar_one())


def _set_version(connection: Connection, number: int, schema: Schema) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA user_version={number}")
        return
    connection.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {schema.versions} (version INTEGER NOT NULL)")
    connection.exec_driver_sql(f"INSERT INTO {schema.versions} (version) VALUES ({number})")


def _statements(sql: str) -> Iterator[str]:
    """One statement after another: `executescript` would commit between them."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
