"""The ledger: looks up answers that are already there, records new ones, and holds the run to its budget."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tutelage.storage.ledger.budget import Account, Budget, Reservation, refusal, require_price
from tutelage.storage.ledger.calls import Call, Entry, Spend
from tutelage.storage.ledger.claims import Claims
from tutelage.storage.ledger.places import parse_place
from tutelage.storage.ledger.reconnecting import ConnectionLostError, reconnecting
from tutelage.storage.ledger.rows import (
    account_row,
    call_rows,
    read_entry,
    read_spend,
    restated_row,
    reuse_row,
    sound_call,
    spending_rows,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection, Insert, Update

    from tutelage.storage.ledger.database import Database

_KEYS_PER_QUERY = 500
"""SQLite before 3.32 takes at most 999 parameters in a query."""
_ENTRIES_PER_QUERY = 1000


@dataclass(slots=True)
class _Writes:
    """Whether a write was begun before, and may have taken effect."""

    begun: bool = False


class Ledger:
    """Answers by key, for one run; safe to use from several threads, and from several processes of one run.

    Budgets are held by the database: what all processes of a run have spent and reserved together never passes the
    limit. Calls in flight when a process is killed stay reserved, since they may be billed.
    """

    def __init__(self, database: Database, *, run: str, budget: Budget) -> None:
        from tutelage.storage.ledger.claim_statements import ClaimStatements
        from tutelage.storage.ledger.statements import Statements

        self.run, self.budget = run, budget
        self._database, self._step = database, ""
        self._sql = Statements(dialect=database.dialect, budget=budget)
        claims = ClaimStatements(dialect=database.dialect)
        self._record_one_sql = None if self._sql.record_one is None else claims.end_with(self._sql.record_one)
        self.claims = Claims(database, claims)
        """Who is about to ask which question."""
        self._taken: set[str] = set()

    @classmethod
    def open(cls, place: Path | str, *, run: str = "", budget: Budget | None = None) -> Ledger:
        """The ledger at a path or a URL (`postgresql://user@host/database`), made if there is none.

        What `run` has spent before counts against the budget. LedgerError if it cannot be used.
        """
        from tutelage.storage.ledger.database import open_database

        return cls(open_database(parse_place(place)), run=run, budget=budget or Budget())

    def __reduce__(self) -> tuple[Callable[..., Ledger], tuple[Any, ...]]:
        """Another process opens it anew, for the same run and step."""
        place = self._database.place
        return _open_again, (place.url or place.path, self.run, self.budget, self._step)

    @property
    def shown(self) -> str:
        """Path or URL for messages, without a password."""
        return self._database.place.shown

    def begin_step(self, name: str) -> None:
        """From now on, what is asked and taken counts for this step of the run."""
        self._step = name

    @reconnecting
    def lookup_many(self, keys: Sequence[str]) -> dict[str, Call]:
        """The calls that are already recorded, by key."""
        found: dict[str, Call] = {}
        for start in range(0, len(keys), _KEYS_PER_QUERY):
            wanted = list(keys[start : start + _KEYS_PER_QUERY])
            with self._database.connected() as connection:
                rows = connection.execute(self._sql.find_many, {"wanted": wanted}).all()
            found.update((row.key, self._read(row)) for row in rows)
        return found

    @reconnecting
    def lookup(self, key: str) -> Call | None:
        """The recorded call of one key, or none."""
        with self._database.connected() as connection:
            row = connection.execute(self._sql.find_one, {"wanted": key}).one_or_none()
        return None if row is None else self._read(row)

    @reconnecting
    def set_aside(self, keys: Sequence[str]) -> None:
        """Keep answers that could not be used without finding them again: their questions will be asked anew."""
        for start in range(0, len(keys), _KEYS_PER_QUERY):
            values = {"wanted": list(keys[start : start + _KEYS_PER_QUERY]), "mark": f":aside:{uuid.uuid4().hex}"}
            with self._database.connected() as connection:
                connection.execute(self._sql.set_aside, values)

    @reconnecting
    def count_reuse(self, calls: int, *, role: str, teacher: str) -> None:
        """Note that `calls` answers were taken from the ledger."""
        if not calls:
            return
        row = reuse_row(calls, run=self.run, step=self._step, role=role, teacher=teacher, now=time.time())
        with self._writing() as connection:
            connection.execute(self._sql.add_spending, row)

    def reserve(self, *, calls: int = 1, tokens: int = 0, cost: float | None = None) -> Reservation:
        """Room in the budget for the worst case of a call about to be sent; BudgetError if there is none.

        A call that does not fit beside what other processes have in flight is refused, though it might fit later.
        """
        reservation = Reservation(calls=calls, tokens=tokens, cost=cost)
        require_price(self.budget, reservation)
        if not self.budget.limited:
            return reservation
        more = {"of": self.run, "more_calls": calls, "more_tokens": tokens, "more_cost": cost or 0.0}
        while not self._changes_row(self._sql.reserve, more):
            error = refusal(self.budget, self.account(), reservation)
            if error:
                raise error
            # there was no account yet, or another process has just given back what it had reserved
            self._make_account()
        return reservation

    def release(self, reservation: Reservation) -> None:
        """Give back what was reserved for a call that was not sent or gave no answer at no cost."""
        # if the connection is lost it stays reserved: it may have been given back, and must not be twice
        if self.budget.limited:
            with suppress(ConnectionLostError):
                self._change_account(reservation)

    def record_many(self, calls: Iterable[Call], *, settles: Iterable[Reservation] = ()) -> None:
        """Write answers, tokens and costs in one transaction; the reservations become what was really used."""
        now = time.time()
        entries = [Entry(sound_call(call), self.run, self._step, now) for call in calls]
        settled = list(settles) if self.budget.limited else []
        if not entries and not settled:
            return
        writes = _Writes()
        self._record(entries, account_row(self.run, [entry.call for entry in entries], settled=settled), writes)

    @reconnecting
    def _record(self, entries: Sequence[Entry], account: dict[str, Any], writes: _Writes) -> None:
        """Begun again after a lost connection, but not if what was sent had reached the database all the same."""
        if not (writes.begun and self._has_recorded(entries)):
            writes.begun = True
            if self._record_one_sql is not None and len(entries) == 1:
                self._record_one(self._record_one_sql, entries[0], account)
            else:
                self._record_several(entries, account)
        self.claims.forget([entry.call.key for entry in entries])

    def _has_recorded(self, entries: Sequence[Entry]) -> bool:
        """Whether this very writing of the calls is there."""
        if not entries:
            return True  # what was reserved stays so: it must not be given back twice
        wanted = [entry.call.key for entry in entries[:_KEYS_PER_QUERY]]
        own = {"wanted": wanted, "of_run": self.run, "at": entries[0].created}
        with self._database.connected() as connection:
            return connection.execute(self._sql.find_written, own).first() is not None

    def _record_several(self, entries: Sequence[Entry], account: dict[str, Any]) -> None:
        with self._writing() as connection:
            # first: processes that wait for one another then do so at the same row
            connection.execute(self._sql.add_to_account, account)
            if entries:
                connection.execute(self._sql.add_spending, spending_rows(entries))
                connection.execute(self._sql.insert_calls, call_rows(entries))
                self.claims.end(connection, [entry.call.key for entry in entries])

    def record(self, call: Call, *, settles: Reservation | None = None) -> None:
        """Write one answer with its tokens and cost."""
        self.record_many([call], settles=[settles] if settles else [])

    @reconnecting
    def restate(self, call: Call, *, status: str) -> None:
        """Give a call that this run has recorded another status.

        An answer is recorded before it is read, so that nothing that is in it can lose it; whether it can be used is
        known after.
        """
        own = {"of": call.key, "of_run": self.run, "old_status": call.status}
        with self._database.writing() as connection:
            found = connection.execute(self._sql.find_own, own).one_or_none()
            if found is not None:
                # sums before calls, as in other transactions
                connection.execute(self._sql.add_spending, restated_row(self.run, *found, old=call.status, new=status))
                connection.execute(self._sql.restate, own | {"new_status": status})

    @reconnecting
    def account(self) -> Account:
        """What this run has used of its budget so far, and what is reserved."""
        with self._database.connected() as connection:
            row = connection.execute(self._sql.read_account, {"of": self.run}).one_or_none()
        return Account() if row is None else Account(*row)

    @reconnecting
    def spend(
        self, *, run: str | None = None, step: str | None = None, by: Sequence[str] = ("run", "role", "teacher")
    ) -> list[Spend]:
        """What was used, of one run or step or of all, summed by some of run, step, role, teacher and day.

        The others stay empty.
        """
        with self._database.connected() as connection:
            rows = connection.execute(self._sql.spending(by=tuple(by), run=run, step=step)).all()
        return [read_spend(by, row) for row in rows]

    @reconnecting
    def runs(self) -> list[str]:
        """The names of all runs that asked or took something."""
        with self._database.connected() as connection:
            return list(connection.execute(self._sql.runs).scalars())

    @reconnecting
    def unusable(self, *, run: str | None = None, role: str | None = None, limit: int = 20) -> list[Entry]:
        """The newest answers that could not be used, with their raw text."""
        with self._database.connected() as connection:
            rows = connection.execute(self._sql.unusable(run=run, role=role, limit=limit)).all()
        return [read_entry(row) for row in rows]

    def entries(self, *, run: str | None = None) -> Iterator[Entry]:
        """All calls in the order they were recorded, or those that one run has sent or taken from others."""
        query, after = self._sql.entries(run=run, limit=_ENTRIES_PER_QUERY), 0
        while True:
            with self._database.connected() as connection:
                rows = connection.execute(query, {"after": after}).all()
            yield from map(read_entry, rows)
            if len(rows) < _ENTRIES_PER_QUERY:
                return
            after = rows[-1].id

    def add_entries(self, entries: Iterable[Entry]) -> int:
        """Write calls that other ledgers have recorded, all or none; how many were new.

        They count in the spend of the runs they name, against nobody's budget.
        """
        added, stream = 0, iter(entries)
        with self._database.writing() as connection:
            while batch := list(islice(stream, _KEYS_PER_QUERY)):
                wanted = [entry.call.key for entry in batch]
                known = {row.key for row in connection.execute(self._sql.find_many, {"wanted": wanted})}
                new = list({entry.call.key: entry for entry in batch if entry.call.key not in known}.values())
                if new:
                    connection.execute(self._sql.insert_calls, call_rows(new))
                    connection.execute(self._sql.add_spending, spending_rows(new))
                added += len(new)
        return added

    def close(self) -> None:
        """Give back what was claimed and close the connection; what was recorded is there already."""
        self.claims.close()
        if self._taken:
            with self._writing():
                pass
        self._database.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _record_one(self, statement: Insert, entry: Entry, account: dict[str, Any]) -> None:
        """One call in one statement, which is a transaction of its own."""
        tables = {"accounts": account, "spending": spending_rows([entry])[0], "calls": call_rows([entry])[0]}
        values = {f"{table}_{name}": value for table, row in tables.items() for name, value in row.items()}
        values["claims_key"] = entry.call.key
        with self._database.connected() as connection:
            connection.execute(statement, values)

    @reconnecting
    def _changes_row(self, statement: Update, values: dict[str, Any]) -> bool:
        """Whether the statement has changed a row."""
        with self._database.connected() as connection:
            return bool(connection.execute(statement, values).rowcount)

    @reconnecting
    def _make_account(self) -> None:
        self._change_account(Reservation(calls=0))

    def _change_account(self, *settled: Reservation) -> None:
        with self._database.connected() as connection:
            connection.execute(self._sql.add_to_account, account_row(self.run, [], settled=settled))

    def _read(self, row: Sequence[Any]) -> Call:
        """The call of a row; if another run recorded it, its key is noted with the next write."""
        call = Call(*row[:-1])
        if row[-1] != self.run:
            self._taken.add(call.key)
        return call

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction that notes besides which answers were taken from others."""
        with self._database.writing() as connection:
            yield connection
            taken = sorted(self._taken)
            if taken:
                connection.execute(self._sql.insert_borrowed, [{"run": self.run, "key": key} for key in taken])
        self._taken.difference_update(taken)


def _open_again(place: Path | str, run: str, budget: Budget, step: str) -> Ledger:
    ledger = Ledger.open(place, run=run, budget=budget)
    ledger.begin_step(step)
    return ledger
