"""One request over the wire: a place at an endpoint, room in the budget, attempts, and what follows from a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from tutelage.core.counts import counted
from tutelage.storage.ledger import Call, Reservation
from tutelage.teachers.calling.adaptation import Adaptation, Granted, cut_while_thinking
from tutelage.teachers.calling.completions import read_completion, request_body
from tutelage.teachers.calling.diagnosis import classify
from tutelage.teachers.calling.endpoints import Endpoint, Endpoints, Slot
from tutelage.teachers.calling.failures import BrokenAnswer, ErrorAnswer, Failure, RefusedRequest
from tutelage.teachers.calling.lanes import Lanes
from tutelage.teachers.calling.ledger_queue import LedgerQueue
from tutelage.teachers.calling.limits import SpoiledAnswer, most_bytes
from tutelage.teachers.calling.rate import Pace
from tutelage.teachers.calling.silence import fetch_completion
from tutelage.teachers.chat import ChatTeacher
from tutelage.teachers.dialects import Dialect
from tutelage.teachers.messages import ChatAnswer, ChatRequest

Fill = Callable[[Call, ChatAnswer], Call]
"""From the draft of a call and its answer to what the ledger keeps."""


FAILURES_BEFORE_WORDS = 2
"""Rounds of 500 in a row after which a question is asked in words, if no schema was ever taken: some refuse it so."""
RECORDED_BESIDE = 16
"""For so many calls in flight one more may be on its way into the ledger; what is not there is lost in a kill."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """An answer that is not in the ledger yet."""

    answer: ChatAnswer
    draft: Call
    reservation: Reservation


@dataclass(frozen=True, slots=True)
class _Again:
    """To be asked at once in another way; `refused` is what asking in words is tried on, if that is the way."""

    refused: Failure | None = None


class Line(Protocol):
    """A way to the model; belongs to one event loop."""

    async def send(self, request: ChatRequest, *, draft: Call, fill: Fill) -> ChatAnswer:
        """The answer, recorded as `fill(draft, answer)`, after as many attempts as it takes.

        Raises BudgetError when the worst case does not fit even with nothing else under way, TeacherError when the
        server answers nobody any more, RefusedRequest for a request that gets no answer.
        """
        ...

    def stop(self, error: Exception) -> None:
        """Nothing further is sent; those waiting raise `error`."""
        ...

    async def close(self) -> None:
        """Ends the connections."""
        ...


class DirectLine:
    """One HTTP call for each request, as many in flight as the endpoints bear."""

    def __init__(self, teacher: ChatTeacher, *, queue: LedgerQueue, seed: int) -> None:
        self._settings, self._queue = teacher.settings, queue
        self._teacher = teacher
        self._adaptations = {url: Adaptation(teacher, url) for url in teacher.settings.base_urls}
        teacher.api_key()  # a key that is missing shows before anything is asked
        self._lanes = {url: Lanes(partial(teacher.open_client, url)) for url in self._settings.base_urls}
        self._endpoints = Endpoints(
            [Endpoint(url, _pace(teacher, seed=seed + number)) for number, url in enumerate(self._lanes)],
            max_attempts=self._settings.max_attempts,
            model=self._settings.model,
            api_key_env=self._settings.api_key_env,
        )
        most = self._settings.most_in_flight
        self._unrecorded = asyncio.Semaphore(most + most // RECORDED_BESIDE)

    async def send(self, request: ChatRequest, *, draft: Call, fill: Fill) -> ChatAnswer:
        """The answer, as `Line` promises it."""
        failures, answers = 0, self._endpoints.answers
        refused: Failure | None = None
        while True:
            async with self._unrecorded:
                async with self._endpoints.slot() as slot:
                    outcome = await self._try_once(request, slot, draft=draft, fill=fill, refused=refused)
                    while isinstance(outcome, _Again) and not self._endpoints.is_stopped:
                        # in the same place: the others would only be refused alike
                        refused = outcome.refused
                        outcome = await self._try_once(request, slot, draft=draft, fill=fill, refused=refused)
                if isinstance(outcome, _Sent):  # the next call need not wait for the ledger
                    try:
                        await self._queue.record(fill(outcome.draft, outcome.answer), settles=outcome.reservation)
                    except Exception as error:  # of the ledger: before this call's place goes to another
                        self.stop(error)
                        raise
                    return outcome.answer
            if isinstance(outcome, _Again) or outcome.kind == "barred":
                continue  # at another endpoint; if none is left, `slot` raises
            # what was too slow for the server, or what it cannot answer in its own format, will be so again
            failures += {"busy": 0, "stalled": 2, "broken": 2}.get(outcome.kind, 1)
            refused = None
            if failures >= self._settings.max_attempts and self._endpoints.answers > answers:
                raise RefusedRequest(f"{counted(failures, 'attempt')} failed: {outcome.text}", reason="no_answer")
            await asyncio.sleep(slot.endpoint.pace.pause_seconds(max(1, failures)))

    def stop(self, error: Exception) -> None:
        """Nothing further is sent; those waiting raise `error`."""
        self._endpoints.stop(error)

    async def close(self) -> None:
        """Ends the connections."""
        for lanes in self._lanes.values():
            await lanes.close()

    async def _try_once(
        self, request: ChatRequest, slot: Slot, *, draft: Call, fill: Fill, refused: Failure | None
    ) -> _Sent | Failure | _Again:
        """One attempt; `refused` is a failure after which asking in words is tried."""
        adaptation = self._adaptations[slot.endpoint.url]
        refused = refused or adaptation.take_doubt()
        sent = adaptation.dialect(in_words=refused is not None)
        granted = Granted.to(request, draft, teacher=self._teacher, dialect=sent)
        reservation = await self._queue.reserve(granted.draft)
        if self._endpoints.is_stopped:  # while the budget was waited for
            self._queue.release(reservation)
            return _Again()
        try:
            answer = await self._call(granted.request, slot.endpoint, sent)
        except asyncio.CancelledError:
            await self._queue.record_lost(granted.draft, settles=reservation)
            raise
        except Exception as error:
            failure = classify(error) if _is_of_the_wire(error) else None
            if failure is None:
                await self._queue.record_lost(granted.draft, settles=reservation)
                raise
            if again := self._ask_otherwise(failure, sent, adaptation, refused=refused):
                self._queue.release(reservation)
                return again
            return await self._face(refused or failure, slot, granted.draft, reservation)
        self._endpoints.succeed(slot)
        if adaptation.take_answer(answer, request, sent):
            await self._queue.record(cut_while_thinking(fill(granted.draft, answer)), settles=reservation)
            return _Again()
        return _Sent(answer, granted.draft, reservation)

    async def _call(self, request: ChatRequest, endpoint: Endpoint, dialect: Dialect) -> ChatAnswer:
        body = request_body(request, dialect=dialect)
        try:
            with self._lanes[endpoint.url].lane() as client:
                completion = await fetch_completion(
                    client,
                    body,
                    silence_seconds=self._settings.timeout_seconds * endpoint.patience,
                    most_bytes=most_bytes(request.max_tokens),
                )
        except SpoiledAnswer as spoiled:
            return ChatAnswer(spoiled.start, spoiled=spoiled.status)
        return read_completion(completion, request=request)

    @staticmethod
    def _ask_otherwise(
        failure: Failure, sent: Dialect, adaptation: Adaptation, *, refused: Failure | None
    ) -> _Again | None:
        if adaptation.take_refusal(failure, sent):
            return _Again(refused)
        if refused is None and failure.status != 500 and adaptation.may_try_words(failure, sent):
            return _Again(failure)
        if refused is not None:
            adaptation.end_trial()
        return None

    async def _face(self, failure: Failure, slot: Slot, draft: Call, reservation: Reservation) -> Failure:
        """Books the failure and tells the endpoint; RefusedRequest for a request that is turned down for good."""
        if failure.foreign and not slot.endpoint.answers:
            failure = replace(failure, kind="barred")
        if failure.kind == "refused":
            self._queue.release(reservation)
            self._endpoints.succeed(slot)
            raise RefusedRequest(failure.text)
        if failure.may_be_billed:
            await self._queue.record_lost(draft, settles=reservation)
        else:
            self._queue.release(reservation)
        self._endpoints.fail(slot, failure)
        if failure.status == 500 and slot.endpoint.failures == FAILURES_BEFORE_WORDS:
            self._adaptations[slot.endpoint.url].doubt(failure)
        return failure


def _pace(teacher: ChatTeacher, *, seed: int) -> Pace:
    settings = teacher.settings
    return Pace(
        start=settings.concurrency,
        maximum=settings.max_concurrency,
        first_pause_seconds=settings.first_pause_seconds,
        seed=seed,
    )


def _is_of_the_wire(error: Exception) -> bool:
    import openai

    return isinstance(error, openai.APIError | BrokenAnswer | ErrorAnswer | TimeoutError | ValueError)
