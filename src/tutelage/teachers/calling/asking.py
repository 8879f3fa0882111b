"""Asks a chat teacher about many items: plain iteration outside, as many calls in flight as the server bears inside."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeAlias

from tutelage.core.records import Rejection
from tutelage.storage.ledger import Ledger
from tutelage.teachers.calling.conversation import converse
from tutelage.teachers.calling.exchange import Asker
from tutelage.teachers.calling.ledger_queue import WRITER, LedgerQueue
from tutelage.teachers.calling.sending import DirectLine, Line
from tutelage.teachers.calling.tally import Tally
from tutelage.teachers.chat import ChatTeacher
from tutelage.teachers.role import Answered, Role

ROUNDS = 4
"""As many items as can be in flight, so many times, make a chunk."""


def ask(
    role: Role[Any, Any],
    items: Iterable[Any],
    *,
    teacher: ChatTeacher,
    ledger: Ledger,
    seed: int = 0,
    ordered: bool = False,
    tally: Tally | None = None,
) -> Asking:
    """One answer or rejection for each item, as they come (or, if `ordered`, in the order of the items).

    Items are drawn only as far ahead as calls can be in flight. What is in the ledger is not sent again. Iterating
    raises TeacherError when the teacher no longer answers and BudgetError when the budget is full, both after giving
    everything that was finished (if `ordered`, up to the first item without an outcome; the rest is in the ledger).
    Several askings, one after another, may count into one `tally`.
    """
    return Asking(role, items, teacher=teacher, ledger=ledger, seed=seed, ordered=ordered, tally=tally)


def chunk_size(teacher: ChatTeacher) -> int:
    """Items of which several answers each are drawn before the next ones are asked about.

    So many that hardly a place at the teacher is ever free, and so few that one who waits sees them come in.
    """
    return ROUNDS * teacher.settings.most_in_flight


class Asking(Iterator[Answered | Rejection]):
    """The outcomes, to be iterated, with running totals for progress: `progress.advance(1, **asking.figures)`."""

    def __init__(
        self,
        role: Role[Any, Any],
        items: Iterable[Any],
        *,
        teacher: ChatTeacher,
        ledger: Ledger,
        seed: int,
        ordered: bool,
        tally: Tally | None = None,
    ) -> None:
        self.tally = tally if tally is not None else Tally()
        window = 2 * teacher.settings.most_in_flight + 16
        office = _Office(role, teacher=teacher, ledger=ledger, seed=seed, tally=self.tally)
        self._outcomes = _outcomes(office, items, window=window, ordered=ordered)

    @property
    def figures(self) -> dict[str, float]:
        """Rejections, tokens and money so far; money that is not known is not a number."""
        return self.tally.figures

    def __next__(self) -> Answered | Rejection:
        outcome = next(self._outcomes)
        if isinstance(outcome, Rejection):
            self.tally.rejected += 1
        else:
            self.tally.answered += 1
        return outcome

    def close(self) -> None:
        """Stops asking; calls in flight are given up."""
        self._outcomes.close()


_Outcomes: TypeAlias = Generator[Answered | Rejection, None, None]


def _outcomes(office: _Office, items: Iterable[Any], *, window: int, ordered: bool) -> _Outcomes:
    with office:
        yield from _stream(office, items, window=window, ordered=ordered)


def _stream(office: _Office, items: Iterable[Any], *, window: int, ordered: bool) -> Iterator[Answered | Rejection]:
    finished: SimpleQueue[tuple[int, Future[Answered | Rejection]]] = SimpleQueue()
    held: dict[int, Answered | Rejection] = {}
    failure: BaseException | None = None
    submitted, received, given = 0, 0, 0

    def receive() -> Iterator[Answered | Rejection]:
        nonlocal received, given, failure
        with office.waited_for():
            position, future = finished.get()
        received += 1
        error = future.exception()
        if error is not None:
            failure = failure or error
            return
        held[position if ordered else given] = future.result()
        while given in held:
            yield held.pop(given)
            given += 1

    for item in items:
        future = office.submit(item)
        position = submitted
        future.add_done_callback(lambda future, position=position: finished.put((position, future)))  # type: ignore[misc]
        submitted += 1
        while received < submitted and (submitted - given >= window or not finished.empty()) and failure is None:
            yield from receive()
        if failure is not None:
            break
    while received < submitted:
        yield from receive()
    if failure is not None:
        raise failure


class _Office:
    """An event loop in a thread of its own, with the line and the queue that live in it."""

    def __init__(self, role: Role[Any, Any], *, teacher: ChatTeacher, ledger: Ledger, seed: int, tally: Tally) -> None:
        self._role, self._teacher, self._ledger, self._seed = role, teacher, ledger, seed
        self._tally, self._waiting = tally, threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"ask-{role.name}", daemon=True)

    def submit(self, item: Any) -> Future[Answered | Rejection]:
        """The outcome for one item, later."""
        return asyncio.run_coroutine_threadsafe(self._answer(item), self._loop)

    def waited_for(self) -> _Waiting:
        """For the time in which the asker submits nothing because it waits for an outcome."""
        return _Waiting(self._waiting)

    def __enter__(self) -> _Office:
        self._thread.start()
        try:
            self._asker = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        except BaseException:
            self._end_thread()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        try:
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        finally:
            self._end_thread()

    async def _open(self) -> Asker:
        self._queue = LedgerQueue(self._ledger, tally=self._tally)
        self._line = self._open_line()
        return Asker(self._role, teacher=self._teacher, queue=self._queue, line=self._line)

    def _open_line(self) -> Line:
        if not self._teacher.settings.batch:
            return DirectLine(self._teacher, queue=self._queue, seed=self._seed)
        from tutelage.teachers.batches.line import BatchLine

        return BatchLine(self._teacher, queue=self._queue, role=self._role.name, is_complete=self._waiting.is_set)

    async def _answer(self, item: Any) -> Answered | Rejection:
        try:
            return await converse(self._role, item, asker=self._asker, teacher=self._teacher, seed=self._seed)
        except Exception as error:
            # calls already sent still finish and are kept; nothing further is sent
            self._line.stop(error)
            self._asker.unusable.stop()
            self._queue.stop(error)
            raise

    async def _close(self) -> None:
        """Ends what is still in flight (only where the consumer stopped early) and the connections."""
        rest = [
            task for task in asyncio.all_tasks() if task is not asyncio.current_task() and task.get_name() != WRITER
        ]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await self._asker.unusable.close()
        await self._line.close()
        await self._queue.close()

    def _end_thread(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class _Waiting:
    """Marks a stretch of time by an event."""

    def __init__(self, event: threading.Event) -> None:
        self._event = event

    def __enter__(self) -> None:
        self._event.set()

    def __exit__(self, *exception: object) -> None:
        self._event.clear()
