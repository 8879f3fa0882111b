"""The ledger as an event loop sees it: many lookups and answers go to it together, in a thread of its own.

One transaction takes whatever has come while the one before was written, so that the disk is not waited for by each
call. An answer is used only after it is recorded.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from tutelage.core.errors import BudgetError, UserError
from tutelage.storage.ledger import Call, Ledger, Reservation
from tutelage.teachers.calling.statuses import LOST, REFUSED
from tutelage.teachers.calling.tally import Tally

CLERK = "clerk"
"""Name of the task that must not be cancelled: it writes what was paid for."""
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Entry:
    call: Call
    settles: Reservation | None
    written: asyncio.Future[None]


@dataclass(frozen=True, slots=True)
class _Errand:
    entries: list[_Entry]
    given_back: list[Reservation]
    reuses: Counter[tuple[str, str]]
    asked_for: list[tuple[Call, asyncio.Future[Reservation]]]
    wanted: list[tuple[str, asyncio.Future[Call | None]]]
    restated: list[tuple[Call, str]]
    aside: list[str]

    @property
    def is_empty(self) -> bool:
        recorded = self.entries or self.restated or self.aside or self.reuses
        return not (recorded or self.given_back or self.asked_for or self.wanted)


@dataclass(frozen=True, slots=True)
class _Visit:
    found: dict[str, Call]
    reserved: list[Reservation | Exception]
    failure: Exception | None = None


class Clerk:
    """Looks up, reserves and records for all calls of one event loop."""

    def __init__(self, ledger: Ledger, *, tally: Tally) -> None:
        self.ledger, self._tally = ledger, tally
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._wanted: list[tuple[str, asyncio.Future[Call | None]]] = []
        self._entries: list[_Entry] = []
        self._restated: list[tuple[Call, str]] = []
        self._aside: list[str] = []
        self._asked_for: list[tuple[Call, asyncio.Future[Reservation]]] = []
        self._given_back: list[Reservation] = []
        self._reuses: Counter[tuple[str, str]] = Counter()
        self._work: asyncio.Task[None] | None = None
        self._failure: Exception | None = None
        self._reserved = 0
        self._short: list[asyncio.Future[None]] = []
        """Those who wait for room in the budget."""

    async def lookup(self, key: str) -> Call | None:
        """The recorded call of one key, or none."""
        found: asyncio.Future[Call | None] = asyncio.get_running_loop().create_future()
        self._wanted.append((key, found))
        self._begin()
        return await found

    async def reserve(self, draft: Call) -> Reservation:
        """Room in the budget for the worst case of a call, after waiting for others to need less than theirs.

        Raises BudgetError where no other call is out that could give something back.
        """
        if not self.ledger.budget.limited:
            return self._lend(self.ledger.reserve(tokens=draft.worst_tokens, cost=draft.worst_cost))
        while True:
            reserved: asyncio.Future[Reservation] = asyncio.get_running_loop().create_future()
            self._asked_for.append((draft, reserved))
            self._begin()
            try:
                return await reserved
            except asyncio.CancelledError:
                self._take_back(reserved)
                raise
            except BudgetError:
                if self._reserved == 0:
                    raise
            back: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._short.append(back)
            await back

    def adopt(self, draft: Call) -> Reservation:
        """What an earlier process of this run has reserved for the call and left behind when it ended."""
        return self._lend(Reservation(tokens=draft.worst_tokens, cost=draft.worst_cost))

    def release(self, reservation: Reservation) -> None:
        """Give back what was reserved for a call that cost nothing."""
        if not self.ledger.budget.limited:
            self._came_back()
            return
        self._given_back.append(reservation)
        self._begin()

    async def record(self, call: Call, *, settles: Reservation | None) -> None:
        """Returns when the call is in the ledger and its reservation settled; it is written also if cancelled."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._entries.append(_Entry(call, settles, written))
        self._begin()
        await written

    def restate(self, call: Call, *, status: str) -> None:
        """Give a recorded call another status, soon."""
        self._restated.append((call, status))
        self._begin()

    async def record_refused(self, draft: Call, text: str, *, settles: Reservation | None) -> None:
        """A request that the server turned down, in its words: not asked again, and free."""
        refused = replace(draft, answer=text, status=REFUSED, input_tokens=0, output_tokens=0, cost=0.0)
        await self.record(refused, settles=settles)

    async def record_lost(self, draft: Call, *, settles: Reservation | None) -> None:
        """A call that was sent and not answered: it may have been billed, so its worst case is kept."""
        lost = replace(draft, key=f"{draft.key}:lost:{uuid.uuid4().hex}", status=LOST)
        await self.record(lost, settles=settles)

    def set_aside(self, keys: Iterable[str]) -> None:
        """Keep unusable answers, which are recorded, without finding them again, soon."""
        self._aside += keys
        self._begin()

    def count_reuse(self, *, role: str, teacher: str) -> None:
        """Note that an answer was taken from the ledger."""
        self._tally.reused += 1
        self._reuses[role, teacher] += 1
        self._begin()

    async def close(self) -> None:
        """Finishes what was begun; raises what the ledger could not do."""
        while self._work is not None and not self._work.done():
            await asyncio.wait([self._work])
        self._thread.shutdown()
        if self._failure is not None:
            raise self._failure

    def _begin(self) -> None:
        if self._work is None or self._work.done():
            self._work = asyncio.get_running_loop().create_task(self._serve(), name=CLERK)

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while not (errand := self._next_errand()).is_empty:
            visit = await loop.run_in_executor(self._thread, self._visit, errand)
            self._failure = self._failure or visit.failure
            for entry in errand.entries:
                self._book(entry, visit.failure)
            for _ in errand.given_back:
                self._came_back()
            for key, future in errand.wanted:
                _settle(future, visit.found.get(key), visit.failure)
            self._hand_out(errand, visit)

    def _next_errand(self) -> _Errand:
        recorded = (self._restated, self._aside)
        errand = _Errand(self._entries, self._given_back, self._reuses, self._asked_for, self._wanted, *recorded)
        self._entries, self._given_back, self._reuses = [], [], Counter()
        self._asked_for, self._wanted, self._restated, self._aside = [], [], [], []
        return errand

    def _visit(self, errand: _Errand) -> _Visit:
        """One stay at the ledger: what gives room first, then what takes it, then what only reads."""
        try:
            if errand.entries:
                settled = [entry.settles for entry in errand.entries if entry.settles is not None]
                self.ledger.record_many([entry.call for entry in errand.entries], settles=settled)
            for call, status in errand.restated:
                self.ledger.restate(call, status=status)
            self.ledger.set_aside(errand.aside)
            for reservation in errand.given_back:
                self.ledger.release(reservation)
            for (role, teacher), calls in errand.reuses.items():
                self.ledger.count_reuse(calls, role=role, teacher=teacher)
            reserved = [self._try_to_reserve(draft) for draft, _ in errand.asked_for]
            found = self.ledger.lookup_many([key for key, _ in errand.wanted]) if errand.wanted else {}
            return _Visit(found, reserved)
        except Exception as error:
            return _Visit({}, [error] * len(errand.asked_for), error)

    def _try_to_reserve(self, draft: Call) -> Reservation | Exception:
        try:
            return self.ledger.reserve(tokens=draft.worst_tokens, cost=draft.worst_cost)
        except UserError as error:
            return error

    def _hand_out(self, errand: _Errand, visit: _Visit) -> None:
        """Reservations first: those that got none look at whether anything is out."""
        outcomes = list(zip(errand.asked_for, visit.reserved, strict=True))
        for (_, future), outcome in outcomes:
            if isinstance(outcome, Reservation) and future.done():  # cancelled meanwhile
                self._lend(outcome)
                self.release(outcome)
            elif isinstance(outcome, Reservation):
                future.set_result(self._lend(outcome))
        for (_, future), outcome in outcomes:
            if isinstance(outcome, Exception) and not future.done():
                future.set_exception(outcome)

    def _take_back(self, reserved: asyncio.Future[Reservation]) -> None:
        """What was handed out in the moment in which the one who waited for it was cancelled."""
        if not reserved.cancelled() and reserved.done() and reserved.exception() is None:
            self.release(reserved.result())

    def _lend(self, reservation: Reservation) -> Reservation:
        self._reserved += 1
        return reservation

    def _book(self, entry: _Entry, failure: Exception | None) -> None:
        if failure is None:
            self._tally.add(entry.call)
        if entry.settles is not None:
            self._came_back()
        _settle(entry.written, None, failure)

    def _came_back(self) -> None:
        self._reserved -= 1
        short, self._short = self._short, []
        for waiting in short:
            if not waiting.done():
                waiting.set_result(None)


def _settle(future: asyncio.Future[Result], result: Result, failure: Exception | None) -> None:
    if future.done():
        return
    if failure is not None:
        future.set_exception(failure)
    else:
        future.set_result(result)
