"""One student's queue: texts of many callers, decoded together in batches of a token budget."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from tutelage.core.decoding import Decoding
from tutelage.core.machine import usable_cores
from tutelage.core.protection.translation import Translated
from tutelage.core.protocols import Engine

BATCH_TOKENS = 4096
"""Tokens of a batch; each core decodes its share of them."""
LEAST_TOKENS = 256
"""Tokens of a core's share at least: smaller ones cost more than they spread."""
BYTES_PER_TOKEN = 4
"""About as many as a subword of a European language has; only the size of batches follows from it."""
MOST_WAITING = 20_000
"""Texts that wait at most; who comes then is told to come again."""


class GuardedStudent(Engine, Protocol):
    """An engine that says what its translations have lost."""

    def translate_whole(
        self, sources: Sequence[str], *, decoding: Decoding, scored: bool = False
    ) -> Iterator[Translated]:
        """One outcome for each source, in their order; `scored` with the student's log-probability if it is told."""
        ...

    def translate_several_whole(
        self, sources: Sequence[str], *, decoding: Decoding, scored: bool = False
    ) -> Iterator[tuple[Translated, ...]]:
        """`decoding.outputs` outcomes for each source, the likeliest first."""
        ...

    def mean_log_probabilities(
        self, sources: Sequence[str], texts: Sequence[str], *, decoding: Decoding
    ) -> list[float] | None:
        """Of each text as a translation of its source, the mean of a token; `None` if it is not told."""
        ...


class QueueFullError(Exception):
    """More texts wait than can be translated soon."""


class QueueClosedError(Exception):
    """The server stops and takes no more texts."""


AnswerType = TypeVar("AnswerType")
Outputs = tuple[Translated, ...]
"""What came of one text, the likeliest first."""
Watch = Callable[[Sequence[str], Sequence[Translated]], None]
"""Is told of each batch: its texts, and the likeliest outcome of each."""


@dataclass(slots=True, eq=False)
class _Job:
    """The texts of one caller."""

    texts: deque[tuple[int, str]]
    outputs: int
    found: list[Outputs]
    left: int
    future: Future[list[Outputs]]


@dataclass(frozen=True, slots=True)
class _Item:
    job: _Job
    place: int
    text: str


@dataclass(frozen=True, slots=True)
class _Batch:
    """What is decoded together, and the engine that was there when it was taken."""

    engine: GuardedStudent
    items: list[_Item]


class BatchQueue:
    """Takes texts from any thread; one thread of its own decodes what waits, batch after batch.

    While a batch is decoded the next one gathers, so that nobody waits for a batch to fill. Callers take turns: a long
    document does not hold up a sentence.
    """

    def __init__(
        self, engine: GuardedStudent, *, decoding: Decoding, batch_tokens: int = BATCH_TOKENS, most: int = MOST_WAITING
    ) -> None:
        self._engine, self._decoding = engine, decoding
        self._batch_tokens, self._most = batch_tokens, most
        self._jobs: deque[_Job] = deque()
        self._questions: deque[tuple[Callable[[GuardedStudent], Any], Future[Any]]] = deque()
        self._waiting, self._closed = 0, False
        self.watch: Watch | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="student", daemon=True)
        self._thread.start()

    @property
    def engine(self) -> GuardedStudent:
        """The engine that decodes the next batch."""
        return self._engine

    @property
    def waiting(self) -> int:
        """Texts that no batch has taken yet."""
        return self._waiting

    def replace_engine(self, engine: GuardedStudent) -> None:
        """Decode what comes from now on with another engine; the batch in work is finished by the old one."""
        with self._changed:
            self._engine = engine

    def submit(self, texts: Sequence[str], *, outputs: int = 1) -> Future[list[Outputs]]:
        """The translations to come, `outputs` of each text; QueueFullError if too much waits already."""
        future: Future[list[Outputs]] = Future()
        if not texts:
            future.set_result([])
            return future
        job = _Job(deque(enumerate(texts)), outputs, [()] * len(texts), len(texts), future)
        with self._changed:
            if self._closed:
                raise QueueClosedError
            if self._waiting + len(texts) > max(self._most, len(texts)):
                raise QueueFullError
            self._jobs.append(job)
            self._waiting += len(texts)
            self._changed.notify()
        return future

    def ask(self, question: Callable[[GuardedStudent], AnswerType]) -> Future[AnswerType]:
        """What the engine answers to something else than texts, between two batches: it is used by one thread alone."""
        future: Future[AnswerType] = Future()
        with self._changed:
            if self._closed:
                raise QueueClosedError
            self._questions.append((question, future))
            self._changed.notify()
        return future

    def close(self) -> None:
        """Take no more, finish what waits, and return."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while self._wait():
            while self._questions:
                self._answer(*self._questions.popleft())
            batch = self._gather()
            if batch.items:
                self._decode(batch)

    def _wait(self) -> bool:
        """Whether there is something to do; false at the end."""
        with self._changed:
            while not (self._jobs or self._questions or self._closed):
                self._changed.wait()
            return bool(self._jobs or self._questions)

    def _answer(self, question: Callable[[GuardedStudent], Any], future: Future[Any]) -> None:
        if not future.set_running_or_notify_cancel():  # its caller has gone
            return
        try:
            future.set_result(question(self._engine))
        except Exception as error:  # the caller is told, and the queue goes on
            future.set_exception(error)

    def _gather(self) -> _Batch:
        """The next texts in turn, all wanting as many outputs."""
        with self._changed:
            return _Batch(self._engine, self._taken())

    def _taken(self) -> list[_Item]:
        batch: list[_Item] = []
        passed: list[_Job] = []
        tokens = 0
        while self._jobs and tokens < self._batch_tokens:
            job = self._jobs.popleft()
            if job.future.done():  # given up by its caller, or failed
                self._waiting -= len(job.texts)
            elif batch and job.outputs != batch[0].job.outputs:
                passed.append(job)
            else:
                place, text = job.texts.popleft()
                batch.append(_Item(job, place, text))
                tokens += count_tokens(text) * job.outputs
                self._waiting -= 1
                if job.texts:
                    self._jobs.append(job)
        self._jobs.extendleft(reversed(passed))
        return batch

    def _decode(self, batch: _Batch) -> None:
        try:
            outputs = self._outputs(batch)
        except Exception as error:  # every caller of the batch is told, and the queue goes on
            for item in batch.items:
                _settle(item.job, error)
            return
        for item, found in zip(batch.items, outputs, strict=True):
            item.job.found[item.place] = found
            item.job.left -= 1
            if item.job.left == 0:
                _settle(item.job, None)
        if self.watch is not None:
            self.watch([item.text for item in batch.items], [found[0] for found in outputs])

    def _outputs(self, batch: _Batch) -> list[Outputs]:
        texts, outputs = [item.text for item in batch.items], batch.items[0].job.outputs
        share = sum(map(count_tokens, texts)) * outputs // usable_cores()
        decoding = replace(self._decoding, batch_tokens=max(LEAST_TOKENS, min(share, self._decoding.batch_tokens)))
        if outputs == 1:
            return [(one,) for one in batch.engine.translate_whole(texts, decoding=decoding, scored=True)]
        several = replace(decoding, beam_size=max(outputs, decoding.beam_size), outputs=outputs)
        return list(batch.engine.translate_several_whole(texts, decoding=several, scored=True))


def count_tokens(text: str) -> int:
    """About how many tokens a text has."""
    return len(text.encode(errors="replace")) // BYTES_PER_TOKEN + 2


def _settle(job: _Job, error: Exception | None) -> None:
    """Give the caller what was found or what went wrong; one who has gone is not told."""
    with suppress(InvalidStateError):
        if error is None:
            job.future.set_result(job.found)
        else:
            job.future.set_exception(error)
