"""The ledger: looks up answers that are already there, records new ones, and holds the run to its budget."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

from tutelage.storage.ledger.budget import Budget, Meter, Reservation
from tutelage.storage.ledger.calls import ANSWERED, Call, Spend
from tutelage.storage.ledger.database import open_database, readable_errors, transaction

_COLUMNS = (
    "key, role, teacher, prompt_version, request, answer, status, "
    "input_tokens, output_tokens, cost, worst_tokens, worst_cost"
)
_INSERT = f"INSERT OR IGNORE INTO calls ({_COLUMNS}, run, created) VALUES ({', '.join('?' * 14)})"
_REUSE = """
    INSERT INTO reuses (run, role, teacher, calls) VALUES (?, ?, ?, ?)
    ON CONFLICT (run, role, teacher) DO UPDATE SET calls = calls + excluded.calls
"""
_SPENT = """
    SELECT count(*), coalesce(sum(coalesce(input_tokens + output_tokens, worst_tokens)), 0),
           coalesce(sum(coalesce(cost, worst_cost, 0)), 0)
    FROM calls WHERE run = ?
"""
_SPEND = f"""
    SELECT run, role, teacher, sum(sent), sum(reused), sum(input), sum(output), sum(cost), sum(unknown), sum(unusable)
    FROM (
        SELECT run, role, teacher, count(*) AS sent, 0 AS reused, coalesce(sum(input_tokens), 0) AS input,
               coalesce(sum(output_tokens), 0) AS output, coalesce(sum(cost), 0.0) AS cost,
               sum(cost IS NULL) AS unknown, sum(status <> '{ANSWERED}') AS unusable
        FROM calls GROUP BY run, role, teacher
        UNION ALL
        SELECT run, role, teacher, 0, calls, 0, 0, 0.0, 0, 0 FROM reuses
    )
    WHERE ?1 IS NULL OR run = ?1
    GROUP BY run, role, teacher ORDER BY run, role, teacher
"""
_KEYS_PER_QUERY = 500
"""SQLite before 3.32 takes at most 999 parameters in a query."""


class Ledger:
    """Answers by key, for one run; safe to use from several threads.

    Several processes may share the file, each with a run name of its own: the budget is counted per run, in the
    process that has it open.
    """

    def __init__(self, connection: sqlite3.Connection, *, path: Path, run: str, budget: Budget) -> None:
        self.path, self.run, self.budget = path, run, budget
        self._connection, self._lock = connection, threading.Lock()
        with readable_errors(path):
            calls, tokens, cost = connection.execute(_SPENT, (run,)).fetchone()
        self._meter = Meter(budget, calls=calls, tokens=tokens, cost=cost)

    @classmethod
    def open(cls, path: Path, *, run: str = "", budget: Budget | None = None) -> Ledger:
        """The ledger in `path`, made if there is none; what `run` has spent before counts against the budget."""
        return cls(open_database(Path(path)), path=Path(path), run=run, budget=budget or Budget())

    def lookup_many(self, keys: Sequence[str]) -> dict[str, Call]:
        """The calls that are already recorded, by key."""
        found: dict[str, Call] = {}
        with self._lock, readable_errors(self.path):
            for start in range(0, len(keys), _KEYS_PER_QUERY):
                some = keys[start : start + _KEYS_PER_QUERY]
                marks = ", ".join("?" * len(some))
                rows = self._connection.execute(f"SELECT {_COLUMNS} FROM calls WHERE key IN ({marks})", list(some))
                found.update((row[0], Call(*row)) for row in rows)
        return found

    def lookup(self, key: str) -> Call | None:
        """The recorded call of one key, or none."""
        return self.lookup_many([key]).get(key)

    def count_reuse(self, calls: int, *, role: str, teacher: str) -> None:
        """Note that `calls` answers were taken from the ledger."""
        if not calls:
            return
        with self._lock, readable_errors(self.path), transaction(self._connection):
            self._connection.execute(_REUSE, (self.run, role, teacher, calls))

    def reserve(self, *, calls: int = 1, tokens: int = 0, cost: float | None = None) -> Reservation:
        """Room in the budget for the worst case of a call about to be sent; BudgetError where there is none."""
        return self._meter.reserve(calls=calls, tokens=tokens, cost=cost)

    def release(self, reservation: Reservation) -> None:
        """Give back what was reserved for a call that was not sent or gave no answer at no cost."""
        self._meter.release(reservation)

    def record_many(self, calls: Iterable[Call], *, settles: Iterable[Reservation] = ()) -> None:
        """Write answers, tokens and costs in one transaction; the reservations become what was really used."""
        calls = list(calls)
        now = time.time()
        rows = [(*_row(call), self.run, now) for call in calls]
        with self._lock, readable_errors(self.path), transaction(self._connection):
            self._connection.executemany(_INSERT, rows)
        self._meter.settle(
            calls=len(calls),
            tokens=sum(call.budget_tokens for call in calls),
            cost=sum(call.budget_cost for call in calls),
        )
        for reservation in settles:
            self._meter.release(reservation)

    def record(self, call: Call, *, settles: Reservation | None = None) -> None:
        """Write one answer with its tokens and cost."""
        self.record_many([call], settles=[settles] if settles else [])

    def spend(self, *, run: str | None = None) -> list[Spend]:
        """What was used by run, role and teacher; of one run, or of all."""
        with self._lock, readable_errors(self.path):
            rows = self._connection.execute(_SPEND, (run,)).fetchall()
        return [Spend(*row) for row in rows]

    def close(self) -> None:
        """Close the file; what was recorded is there already."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _row(call: Call) -> tuple[object, ...]:
    return (
        call.key, call.role, call.teacher, call.prompt_version, call.request, call.answer, call.status,
        call.input_tokens, call.output_tokens, call.cost, call.worst_tokens, call.worst_cost,
    )  # fmt: skip
