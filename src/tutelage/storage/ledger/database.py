"""A ledger's database, SQLite or PostgreSQL: one connection, explicit transactions, errors in the user's words."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, create_engine, exc
from sqlalchemy.engine import Connection, Engine, make_url

from tutelage.core.errors import MissingExtraError
from tutelage.storage.ledger.migrating import LEDGER, Schema, is_newest, migrate, refuse_newer
from tutelage.storage.ledger.places import LedgerError, Place
from tutelage.storage.ledger.reconnecting import ConnectionLostError

BUSY_SECONDS = 30.0
"""How long to wait for another process that writes; a batch takes milliseconds."""
CONNECT_SECONDS = 10
"""How long to wait for a PostgreSQL server that does not answer."""


class Database:
    """One connection in autocommit mode, used by one thread at a time."""

    def __init__(self, engine: Engine, *, place: Place, schema: Schema = LEDGER) -> None:
        self.place, self.dialect = place, engine.dialect.name
        self._schema = schema
        self._engine, self._lock = engine, threading.Lock()
        with readable_errors(place):
            self._connection = engine.connect()
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """The connection, for statements that stand alone."""
        with self._lock, readable_errors(self.place):
            try:
                yield self._connection
            except exc.DBAPIError as error:
                self._mend()
                self._raise_if_lost(error)
                self._raise_if_outgrown()
                raise

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The connection inside a transaction: all statements become visible at once, or none does."""
        with self.connected() as connection, transaction(connection):
            yield connection

    def close(self) -> None:
        """End the connection."""
        with self._lock:
            self._connection.close()
            self._engine.dispose()

    def _prepare(self) -> None:
        if not is_newest(self._connection, self._schema):
            with transaction(self._connection):
                migrate(self._connection, place=self.place, schema=self._schema)
        if self.dialect == "sqlite":
            self._connection.exec_driver_sql(f"PRAGMA journal_mode={self._schema.journal}")
            self._connection.exec_driver_sql(f"PRAGMA synchronous={self._schema.synchronous}")

    def _mend(self) -> None:
        """After the server has gone away, let the next statement connect anew."""
        if self._connection.invalidated:
            with suppress(exc.SQLAlchemyError):
                self._connection.rollback()

    def _raise_if_lost(self, error: exc.DBAPIError) -> None:
        """ConnectionLostError if the server is not there any more."""
        if error.connection_invalidated or self._connection.invalidated:
            told = _unusable(_said_by(error), error, self.place)
            raise ConnectionLostError(told.what, where=told.where, fix=told.fix) from None

    def _raise_if_outgrown(self) -> None:
        """LedgerError if a newer version has changed the tables since they were opened here."""
        with suppress(exc.SQLAlchemyError):
            refuse_newer(self._connection, place=self.place, schema=self._schema)


def open_database(place: Place, schema: Schema = LEDGER) -> Database:
    """The database on the newest schema; LedgerError for one that cannot be used."""
    if place.path is not None:
        return Database(_sqlite_engine(place.path), place=place, schema=schema)
    return Database(_postgres_engine(place, schema), place=place, schema=schema)


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """All statements inside become visible at once, or none does.

    Said in SQL, since the drivers differ in when they begin one: SQLite must take its write lock at the start.
    """
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.dialect.name == "sqlite" else "BEGIN")
    try:
        yield
    except BaseException:
        with suppress(exc.SQLAlchemyError):
            connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")


@contextmanager
def readable_errors(place: Place) -> Iterator[None]:
    """The database's errors as LedgerError, saying what to do."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise _unusable(_said_by(error), error, place) from None
    except sqlite3.Error as error:
        raise _unusable(str(error), error, place) from None


def _said_by(error: exc.SQLAlchemyError) -> str:
    """What the driver says, which may span lines; SQLAlchemy's own text would quote statements and answers."""
    return " ".join(str(getattr(error, "orig", None) or type(error).__name__).split())


def _unusable(said: str, error: Exception, place: Place) -> LedgerError:
    if place.url is not None:
        return LedgerError(f"the {place.what} cannot be used ({said}).", where=place.shown, fix=_postgres_fix(said))
    if isinstance(error, exc.OperationalError | sqlite3.OperationalError):
        return LedgerError(f"the {place.what} cannot be used ({said}).", where=place.shown, fix=_sqlite_fix(said))
    return LedgerError(
        f"this is not a {place.what}, or it is damaged ({said}).",
        where=place.shown,
        fix="Move it away, or restore it from a copy, and run again; a new one will be made.",
    )


def _sqlite_engine(path: Path) -> Engine:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(f"the folder cannot be made ({error.strerror}).", where=str(path)) from error

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)


def _postgres_engine(place: Place, schema: Schema) -> Engine:
    try:
        import psycopg  # noqa: F401 - asked for here, so that the extra is named where it lacks
    except ModuleNotFoundError as error:
        raise MissingExtraError("psycopg", extra="postgres") from error
    try:
        url = make_url(str(place.url)).set(drivername="postgresql+psycopg")
    except (exc.ArgumentError, ValueError) as error:
        raise LedgerError(
            "this URL cannot be read.", where=place.shown, fix="It looks like postgresql://user@host/database."
        ) from error
    # if not FULL, it counts as written once the server has it: as in SQLite, only a power cut may cost the last ones
    lazy = "" if schema.synchronous == "FULL" else "-c synchronous_commit=off"
    options = " ".join(filter(None, [_text(url.query.get("options")), lazy]))
    arguments: dict[str, Any] = {"options": options}
    if "connect_timeout" not in url.query:
        arguments["connect_timeout"] = CONNECT_SECONDS
    return create_engine(
        url.difference_update_query(["options"]),
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args=arguments,
    )


def _text(value: str | tuple[str, ...] | None) -> str:
    return " ".join(value) if isinstance(value, tuple) else value or ""


def _sqlite_fix(message: str) -> str:
    if "locked" in message:
        return "Another process is writing to it: wait for it, or end it, and run again."
    if "readonly" in message or "unable to open" in message:
        return "Check that the file and its folder can be written."
    if "disk I/O error" in message:  # what a full disk is called when the file beside the ledger cannot grow
        return "Free some space, or check the disk, and run again; everything recorded is kept."
    if "full" in message:
        return "Free some space on the disk and run again; everything recorded is kept."
    return "Check the file, or give another."


def _postgres_fix(message: str) -> str:
    if "password" in message or "authentication" in message:
        return "Check the user, and give the password in PGPASSWORD or ~/.pgpass."
    if "does not exist" in message and "database" in message:
        return "Make it with: createdb NAME"
    if "permission denied" in message:
        return "Let the user make and write tables there."
    if "disk full" in message or "No space left" in message:
        return "Free some space on the server's disk and run again; everything recorded is kept."
    return "Check that the server runs and can be reached; everything recorded is kept."
