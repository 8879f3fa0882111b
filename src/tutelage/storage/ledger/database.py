"""The ledger's SQLite file: opening it, bringing it to the newest schema, errors in the user's words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from tutelage.core.errors import UserError

BUSY_SECONDS = 30.0
"""How long to wait for another process that writes; a batch takes milliseconds."""


class LedgerError(UserError):
    """A ledger that cannot be opened or written."""


def open_database(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode on the newest schema; LedgerError for a file that is no usable ledger."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(f"the folder cannot be made ({error.strerror}).", where=str(path)) from error
    with readable_errors(path):
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _migrate(connection, path=path)
            connection.execute("PRAGMA journal_mode=WAL")
            # NORMAL loses nothing when the process is killed; a power cut may cost the last transactions
            connection.execute("PRAGMA synchronous=NORMAL")
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All statements inside become visible at once, or none does."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def readable_errors(path: Path) -> Iterator[None]:
    """SQLite's errors as LedgerError, saying what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise LedgerError(f"the ledger cannot be used ({error}).", where=str(path), fix=_fix(str(error))) from error
    except sqlite3.DatabaseError as error:
        raise LedgerError(
            f"this is not a ledger, or it is damaged ({error}).",
            where=str(path),
            fix="Move it away, or restore it from a copy, and run again; a new one will be made.",
        ) from error


def migrations() -> list[tuple[int, str]]:
    """Number and SQL of every migration, in order, numbered from 1."""
    folder = files("tutelage.storage.ledger") / "migrations"
    found = [(int(file.name[:4]), file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".sql")]
    return sorted(found)


def _migrate(connection: sqlite3.Connection, *, path: Path) -> None:
    newest = migrations()[-1][0]
    if _version(connection) == newest:
        return
    with transaction(connection):
        version = _version(connection)
        if version > newest:
            raise LedgerError(
                f"the ledger has schema {version}, this version of tutelage knows up to {newest}.",
                where=str(path),
                fix="Install the newer tutelage that wrote it, or give another ledger.",
            )
        if version == 0 and _tables(connection):
            raise LedgerError("this is an SQLite file of something else.", where=str(path), fix="Give another path.")
        for number, sql in migrations():
            if number > version:
                for statement in _statements(sql):
                    connection.execute(statement)
        connection.execute(f"PRAGMA user_version={newest}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _tables(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def _statements(sql: str) -> Iterator[str]:
    """One statement after another: `executescript` would commit between them."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _fix(message: str) -> str:
    if "locked" in message:
        return "Another process is writing to it: wait for it, or end it, and run again."
    if "readonly" in message or "unable to open" in message:
        return "Check that the file and its folder can be written."
    if "full" in message:
        return "Free some space on the disk and run again; everything recorded is kept."
    return "Check the file, or give another ledger."
