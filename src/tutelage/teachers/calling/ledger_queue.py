"""The ledger as an event loop sees it: many lookups and answers go to it together, in a thread of its own.

One transaction takes whatever has come while the one before was written, so that the disk is not waited for by each
call. An answer is used only after it is recorded.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from tutelage.core.counts import counted
from tutelage.core.errors import BudgetError, UserError
from tutelage.storage.ledger import Call, Ledger, Reservation
from tutelage.teachers.calling.statuses import LOST, REFUSED
from tutelage.teachers.calling.tally import Tally

WRITER = "ledger writer"
"""Name of the task that must not be cancelled: it writes what was paid for."""
LOOK_SECONDS = 0.25
"""Between two looks at what others have answered meanwhile."""
ANSWERS_PER_SECOND = 4000
"""Waited for in more, looks are so much rarer."""
SILENT_SECONDS = 5.0
"""Waits that are longer are told."""
Result = TypeVar("Result")
_log = logging.getLogger("tutelage.teachers")


@dataclass(frozen=True, slots=True)
class _Entry:
    call: Call
    settles: Reservation | None
    written: asyncio.Future[None]


@dataclass(frozen=True, slots=True)
class _Wanted:
    key: str
    found: asyncio.Future[Call | None]
    claims: bool
    """Whether the question is to be asked if there is no answer."""


@dataclass(frozen=True, slots=True)
class _Batch:
    entries: list[_Entry]
    given_back: list[Reservation]
    reuses: Counter[tuple[str, str]]
    asked_for: list[tuple[Call, asyncio.Future[Reservation]]]
    wanted: list[_Wanted]
    restated: list[tuple[Call, str]]
    aside: list[str]
    unclaimed: list[str]
    looks_again: bool
    """Whether it was sent by the clock: to give a sign of life, and to drop claims of those that give none."""

    @property
    def is_empty(self) -> bool:
        recorded = self.entries or self.restated or self.aside or self.reuses
        claims = self.wanted or self.unclaimed or self.looks_again
        return not (recorded or self.given_back or self.asked_for or claims)


@dataclass(frozen=True, slots=True)
class _Reply:
    found: dict[str, Call]
    claimed: set[str]
    reserved: list[Reservation | Exception]
    failure: Exception | None = None


class LedgerQueue:
    """Looks up, reserves and records for all calls of one event loop."""

    def __init__(self, ledger: Ledger, *, tally: Tally) -> None:
        self.ledger, self._tally = ledger, tally
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._wanted: list[_Wanted] = []
        self._waiting: list[_Wanted] = []
        """Questions that another process is asking."""
        self._claimed: set[str] = set()
        self._unclaimed: list[str] = []
        self._looks_again = False
        self._watch: asyncio.Task[None] | None = None
        self._stopped_by: Exception | None = None
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

    @property
    def is_busy(self) -> bool:
        """Whether something is read or written now; not while room or another process's answer is waited for."""
        return self._work is not None and not self._work.done()

    async def lookup(self, key: str) -> Call | None:
        """The recorded call of one key, or none."""
        return await self._want(key, claims=False)

    async def claim(self, key: str) -> Call | None:
        """The recorded call of one key; none if it is the caller's to ask, who says `unclaim` when that is done.

        A question that another process is asking is waited for, until it is answered or that process is dead.
        """
        return await self._want(key, claims=True)

    def stop(self, error: Exception) -> None:
        """Nothing is waited for that others are asking; those who did raise `error`."""
        self._stopped_by = self._stopped_by or error
        waiting, self._waiting = self._waiting, []
        for wanted in waiting:
            _settle(wanted.found, None, self._stopped_by)

    def unclaim(self, key: str) -> None:
        """The question is asked no longer; recorded answers have ended their claims already."""
        if key in self._claimed:
            self._claimed.discard(key)
            self._unclaimed.append(key)
            self._begin()

    async def reserve(self, draft: Call) -> Reservation:
        """Room in the budget for the worst case of a call, after waiting for others to need less than theirs.

        Raises BudgetError if no other call is out that could give something back.
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

    def count_reuse(self, call: Call | None, *, role: str, teacher: str) -> None:
        """Note that an answer was taken from the ledger, or from a call in flight."""
        self._tally.reuse(call)
        self._reuses[role, teacher] += 1
        self._begin()

    async def close(self) -> None:
        """Finishes what was begun; raises what the ledger could not do."""
        if self._watch is not None:
            self._watch.cancel()
        while self._work is not None and not self._work.done():
            await asyncio.wait([self._work])
        self._thread.shutdown()
        if self._failure is not None:
            raise self._failure

    async def _want(self, key: str, *, claims: bool) -> Call | None:
        found: asyncio.Future[Call | None] = asyncio.get_running_loop().create_future()
        self._wanted.append(_Wanted(key, found, claims))
        self._begin()
        try:
            return await found
        except asyncio.CancelledError:
            if not found.cancelled():  # given in the moment of cancelling
                self.unclaim(key)
            raise

    def _begin(self) -> None:
        if self._work is None or self._work.done():
            self._work = asyncio.get_running_loop().create_task(self._serve(), name=WRITER)

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while not (batch := self._next_batch()).is_empty:
            reply = await loop.run_in_executor(self._thread, self._write, batch)
            self._failure = self._failure or reply.failure
            for entry in batch.entries:
                self._book(entry, reply.failure)
            for _ in batch.given_back:
                self._came_back()
            for wanted in batch.wanted:
                self._answer(wanted, reply)
            self._hand_out(batch, reply)

    def _next_batch(self) -> _Batch:
        batch = _Batch(
            entries=self._entries,
            given_back=self._given_back,
            reuses=self._reuses,
            asked_for=self._asked_for,
            wanted=self._wanted,
            restated=self._restated,
            aside=self._aside,
            unclaimed=self._unclaimed,
            looks_again=self._looks_again,
        )
        self._entries, self._given_back, self._reuses = [], [], Counter()
        self._asked_for, self._wanted, self._restated, self._aside = [], [], [], []
        self._unclaimed, self._looks_again = [], False
        return batch

    def _write(self, batch: _Batch) -> _Reply:
        """One stay at the ledger: what gives room first, then what takes it, then what only reads."""
        try:
            if batch.entries:
                settled = [entry.settles for entry in batch.entries if entry.settles is not None]
                self.ledger.record_many([entry.call for entry in batch.entries], settles=settled)
            for call, status in batch.restated:
                self.ledger.restate(call, status=status)
            self.ledger.set_aside(batch.aside)
            for reservation in batch.given_back:
                self.ledger.release(reservation)
            for (role, teacher), calls in batch.reuses.items():
                self.ledger.count_reuse(calls, role=role, teacher=teacher)
            reserved = [self._try_to_reserve(draft) for draft, _ in batch.asked_for]
            found = self.ledger.lookup_many([wanted.key for wanted in batch.wanted]) if batch.wanted else {}
            return _Reply(found, self._claim(batch, found), reserved)
        except Exception as error:
            return _Reply({}, set(), [error] * len(batch.asked_for), error)

    def _claim(self, batch: _Batch, found: dict[str, Call]) -> set[str]:
        """Those of the questions without an answer that are now ours to ask."""
        claims, missing = self.ledger.claims, [w.key for w in batch.wanted if w.claims and w.key not in found]
        claims.give_back(batch.unclaimed)
        if batch.looks_again:
            claims.beat()
            if missing:
                claims.drop_dead()
        return claims.take(missing)

    def _try_to_reserve(self, draft: Call) -> Reservation | Exception:
        try:
            return self.ledger.reserve(tokens=draft.worst_tokens, cost=draft.worst_cost)
        except UserError as error:
            return error

    def _answer(self, wanted: _Wanted, reply: _Reply) -> None:
        """What was found, or that the question may be asked, or a place among those that wait."""
        call = reply.found.get(wanted.key)
        if reply.failure is None and call is None and wanted.claims:
            if wanted.key not in reply.claimed:
                self._wait_for_others(wanted)
                return
            reply.claimed.discard(wanted.key)
            self._claimed.add(wanted.key)
            self._keep_watch()
            if wanted.found.done():  # cancelled meanwhile
                self.unclaim(wanted.key)
        _settle(wanted.found, call, reply.failure)

    def _wait_for_others(self, wanted: _Wanted) -> None:
        if self._stopped_by is not None:
            _settle(wanted.found, None, self._stopped_by)
        elif not wanted.found.done():
            self._waiting.append(wanted)
            self._keep_watch()

    def _keep_watch(self) -> None:
        if self._watch is None or self._watch.done():
            self._watch = asyncio.get_running_loop().create_task(self._look_again(), name=WRITER)

    async def _look_again(self) -> None:
        """While questions are ours or waited for: signs of life, and looks at what others have answered."""
        clock, told = asyncio.get_running_loop().time, False
        waits_since = clock()
        while (self._claimed or self._waiting) and self._failure is None:
            await asyncio.sleep(LOOK_SECONDS + len(self._waiting) / ANSWERS_PER_SECOND)
            waiting, self._waiting = self._waiting, []
            if not waiting:
                waits_since = clock()
            elif not told and clock() - waits_since > SILENT_SECONDS:
                told = True
                _log.warning(
                    "waiting for %s that another run on this ledger is asking for", counted(len(waiting), "answer")
                )
            self._wanted += waiting
            self._looks_again = True
            self._begin()

    def _hand_out(self, batch: _Batch, reply: _Reply) -> None:
        """Reservations first: those that got none look at whether anything is out."""
        outcomes = list(zip(batch.asked_for, reply.reserved, strict=True))
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
            self._claimed.discard(entry.call.key)
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
