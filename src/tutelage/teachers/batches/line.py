"""Requests gathered into batches for the Batch API: the same answers and ledger rows as one by one, at a discount.

A batch is started when it is full, or when the asker waits for outcomes, the ledger has said of all questions whether
they are to be asked, and nothing new has come for a moment. Lines that failed go into a later batch. A batch that an
earlier process started is picked up instead of being sent again.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tutelage.core.counts import counted
from tutelage.storage.ledger import Call, Reservation
from tutelage.teachers.batches.files import read_line, render_batch
from tutelage.teachers.batches.job import BatchResult, BatchService
from tutelage.teachers.batches.memory import BatchMemory, RememberedBatch
from tutelage.teachers.calling.adaptation import Adaptation, Granted, cut_while_thinking
from tutelage.teachers.calling.completions import request_body
from tutelage.teachers.calling.failures import Failure, RefusedRequest
from tutelage.teachers.calling.ledger_queue import LedgerQueue
from tutelage.teachers.calling.sending import Fill
from tutelage.teachers.chat import ChatTeacher
from tutelage.teachers.messages import ChatAnswer, ChatRequest

GATHER_SECONDS = 0.5
"""So long nothing new must come before a batch that is not full is started; small beside a batch's own time."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """A batch under way, the task that brings its result, and its requests that are not recorded yet."""

    remembered: RememberedBatch
    result: asyncio.Task[BatchResult]
    open_keys: set[str]


@dataclass(frozen=True, slots=True)
class _Order:
    key: str
    body: dict[str, Any]
    batch: asyncio.Future[_Batch]


class BatchLine:
    """A `Line` through the Batch API of the teacher's first endpoint; belongs to one event loop."""

    def __init__(self, teacher: ChatTeacher, *, queue: LedgerQueue, role: str, is_complete: Callable[[], bool]) -> None:
        self._teacher, self._settings, self._queue, self._role = teacher, teacher.settings, queue, role
        self._is_complete = is_complete
        self._adaptation = Adaptation(teacher, teacher.settings.base_urls[0])
        self._service = BatchService(teacher)
        self._memory = BatchMemory(Path(self._settings.batch_folder))
        self._recalling: asyncio.Task[dict[str, _Batch]] | None = None
        self._orders: list[_Order] = []
        self._gathering: asyncio.Task[None] | None = None
        self._batches_without_answer = 0
        self._has_answered = False
        self._stopped_by: Exception | None = None

    async def send(self, request: ChatRequest, *, draft: Call, fill: Fill) -> ChatAnswer:
        """The answer, as `Line` promises it."""
        self._recalling = self._recalling or asyncio.create_task(self._recall())
        recalled = (await asyncio.shield(self._recalling)).pop(draft.key, None)
        failures, refused = 0, None
        while True:
            sent = self._adaptation.dialect(in_words=refused is not None)
            granted = Granted.to(request, draft, teacher=self._teacher, dialect=sent)
            reservation = await self._reserve(granted.draft, recalled)
            body = request_body(granted.request, dialect=replace(sent, stream="none"))
            batch = recalled or await self._order(draft.key, body)
            result = await asyncio.shield(batch.result)
            outcome = read_line(result.lines.get(draft.key), request=granted.request)
            again = isinstance(outcome, ChatAnswer) and self._adaptation.take_answer(outcome, request, sent)
            call = fill(granted.draft, outcome) if isinstance(outcome, ChatAnswer) else granted.draft
            await self._book(outcome, cut_while_thinking(call) if again else call, reservation)
            # what the batch's other answers prove is heard before a failure is judged, in whatever order they wait
            await asyncio.sleep(0)
            self._close_key(batch, draft.key)
            recalled = None
            if isinstance(outcome, ChatAnswer):
                self._has_answered = True
                if not again:
                    return outcome
            elif self._adaptation.take_refusal(outcome, sent):
                pass
            elif refused is None and self._adaptation.may_try_words(outcome, sent):
                refused = outcome
            else:
                failures += 1
                if refused is not None:
                    self._adaptation.end_trial()
                self._judge(refused or outcome, failures=failures)

    def stop(self, error: Exception) -> None:
        """Nothing further is sent; those waiting raise `error`. Batches under way stay remembered."""
        self._stopped_by = self._stopped_by or error
        orders, self._orders = self._orders, []
        for order in orders:
            if not order.batch.done():
                order.batch.set_exception(self._stopped_by)

    async def close(self) -> None:
        """Ends the connections."""
        await self._service.close()

    async def _reserve(self, draft: Call, recalled: _Batch | None) -> Reservation | None:
        """Room in the budget; for a recalled request what the earlier process has left, if it was of this run."""
        if recalled is None:
            return await self._queue.reserve(draft)
        return self._queue.adopt(draft) if recalled.remembered.run == self._queue.ledger.run else None

    async def _order(self, key: str, body: dict[str, Any]) -> _Batch:
        if self._stopped_by is not None:
            raise self._stopped_by
        order = _Order(key, body, asyncio.get_running_loop().create_future())
        self._orders.append(order)
        if self._gathering is None or self._gathering.done():
            self._gathering = asyncio.create_task(self._gather())
        return await order.batch

    async def _gather(self) -> None:
        """Starts batches while there is something to put into them."""
        size = self._settings.batch_size
        while self._orders:
            seen = len(self._orders)
            await asyncio.sleep(GATHER_SECONDS)
            if len(self._orders) >= size or await self._is_quiet(seen):
                orders, self._orders = self._orders[:size], self._orders[size:]
                self._start([order for order in orders if not order.batch.done()])

    async def _is_quiet(self, seen: int) -> bool:
        """Whether nothing has come beside what was seen, nor is on its way: a ledger may take its time."""
        if not self._is_complete() or self._queue.is_busy:
            return False
        await asyncio.sleep(0)  # what the ledger has just given goes on
        return not self._queue.is_busy and len(self._orders) == seen

    def _start(self, orders: list[_Order]) -> None:
        remembered = RememberedBatch(
            token=uuid.uuid4().hex,
            id="",
            url=self._settings.base_urls[0],
            teacher=self._teacher.signature,
            role=self._role,
            run=self._queue.ledger.run,
            keys=tuple(order.key for order in orders),
        )
        data = render_batch({order.key: order.body for order in orders})
        batch = _Batch(remembered, asyncio.create_task(self._run(remembered, data)), set(remembered.keys))
        for order in orders:
            order.batch.set_result(batch)

    async def _run(self, remembered: RememberedBatch, data: bytes) -> BatchResult:
        """One batch from upload to result, remembered from before the server can have taken it."""
        self._memory.remember(remembered)
        remembered = replace(remembered, id=await self._service.begin(data, token=remembered.token))
        self._memory.remember(remembered)
        return await self._finish(remembered)

    async def _finish(self, remembered: RememberedBatch) -> BatchResult:
        """The result; a pause after a batch without any answer, TeacherError after too many of them."""
        result = await self._service.finish(remembered.id)
        if result.lines:
            self._batches_without_answer = 0
            return result
        self._batches_without_answer += 1
        if self._batches_without_answer >= self._settings.max_attempts:
            self._memory.forget(remembered)
            why = result.problem or "they are empty"
            raise self._service.give_up(
                f"{counted(self._batches_without_answer, 'batch', 'batches')} in a row gave no answer: {why}.",
                fix="Try again later, make batch_size smaller, or leave out batch = true.",
            )
        await self._service.rest(self._batches_without_answer)
        return result

    async def _recall(self) -> dict[str, _Batch]:
        """The batches of earlier processes by the keys whose answers are not recorded yet."""
        recalled: dict[str, _Batch] = {}
        url = self._settings.base_urls[0]
        for remembered in self._memory.recall(teacher=self._teacher.signature, role=self._role, url=url):
            found = await asyncio.gather(*(self._queue.lookup(key) for key in remembered.keys))
            keys = {key for key, call in zip(remembered.keys, found, strict=True) if call is None}
            batch_id = (remembered.id or await self._service.find(remembered.token)) if keys else ""
            if not batch_id:
                self._memory.forget(remembered)
                continue
            known = replace(remembered, id=batch_id)
            batch = _Batch(known, asyncio.create_task(self._finish(known)), keys)
            recalled.update(dict.fromkeys(keys, batch))
        return recalled

    async def _book(self, outcome: ChatAnswer | Failure, call: Call, reservation: Reservation | None) -> None:
        if isinstance(outcome, ChatAnswer):
            await self._queue.record(call, settles=reservation)
        elif outcome.may_be_billed:
            await self._queue.record_lost(call, settles=reservation)
        elif reservation is not None:
            self._queue.release(reservation)

    def _close_key(self, batch: _Batch, key: str) -> None:
        """The request is booked; with the last one of its batch there is nothing left to remember."""
        batch.open_keys.discard(key)
        if not batch.open_keys:
            self._memory.forget(batch.remembered)

    def _judge(self, failure: Failure, *, failures: int) -> None:
        """RefusedRequest if another attempt is of no use, TeacherError if none of any request is."""
        if failure.kind == "refused":
            raise RefusedRequest(failure.text)
        if failure.kind == "barred" or (failure.foreign and not self._has_answered):
            raise self._service.stopped(replace(failure, kind="barred"))
        if failures >= self._settings.max_attempts:
            raise RefusedRequest(f"{counted(failures, 'attempt')} failed: {failure.text}", reason="no_answer")
