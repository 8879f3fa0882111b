"""Asks a chat teacher about many items: plain iteration outside, as many calls in flight as the server bears inside."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any

from tutelage.core.records import Rejection
from tutelage.storage.ledger import Ledger
from tutelage.teachers.chat import ChatTeacher
from tutelage.teachers.conversation import converse
from tutelage.teachers.exchange import Desk
from tutelage.teachers.rate import Pace, Rate
from tutelage.teachers.role import Answered, Role
from tutelage.teachers.sending import Line


def ask(
    role: Role[Any, Any],
    items: Iterable[Any],
    *,
    teacher: ChatTeacher,
    ledger: Ledger,
    seed: int = 0,
    ordered: bool = False,
) -> Iterator[Answered | Rejection]:
    """One answer or rejection for each item, as they come (or, if `ordered`, in the order of the items).

    Items are drawn only as far ahead as calls can be in flight. What is in the ledger is not sent again. Raises
    TeacherError when the teacher no longer answers and BudgetError when the budget is full, both after giving
    everything that was finished (if `ordered`, up to the first item without an outcome; the rest is in the ledger).
    """
    window = 2 * teacher.settings.max_concurrency + 16
    with _Office(role, teacher=teacher, ledger=ledger, seed=seed) as office:
        yield from _stream(office, items, window=window, ordered=ordered)


def _stream(office: _Office, items: Iterable[Any], *, window: int, ordered: bool) -> Iterator[Answered | Rejection]:
    finished: SimpleQueue[tuple[int, Future[Answered | Rejection]]] = SimpleQueue()
    held: dict[int, Answered | Rejection] = {}
    failure: BaseException | None = None
    submitted, received, given = 0, 0, 0

    def receive() -> Iterator[Answered | Rejection]:
        nonlocal received, given, failure
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
    """An event loop in a thread of its own, with the client and the rate that live in it."""

    def __init__(self, role: Role[Any, Any], *, teacher: ChatTeacher, ledger: Ledger, seed: int) -> None:
        self._role, self._teacher, self._ledger, self._seed = role, teacher, ledger, seed
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"ask-{role.name}", daemon=True)

    def submit(self, item: Any) -> Future[Answered | Rejection]:
        """The outcome for one item, later."""
        return asyncio.run_coroutine_threadsafe(self._answer(item), self._loop)

    def __enter__(self) -> _Office:
        self._thread.start()
        try:
            self._desk = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        except BaseException:
            self._end_thread()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._end_thread()

    async def _open(self) -> Desk:
        settings = self._teacher.settings
        pace = Pace(
            start=settings.concurrency,
            maximum=settings.max_concurrency,
            first_pause_seconds=settings.first_pause_seconds,
            seed=self._seed,
        )
        self._rate, self._client = Rate(pace), self._teacher.open_client()
        line = Line(self._teacher, ledger=self._ledger, rate=self._rate, client=self._client)
        return Desk(self._role, teacher=self._teacher, ledger=self._ledger, line=line)

    async def _answer(self, item: Any) -> Answered | Rejection:
        try:
            return await converse(self._role, item, desk=self._desk, teacher=self._teacher, seed=self._seed)
        except Exception as error:
            # calls already sent still finish and are kept; nothing further is sent
            self._rate.stop(error)
            raise

    async def _close(self) -> None:
        """Ends what is still in flight (only where the consumer stopped early) and the connections."""
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await self._client.close()

    def _end_thread(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
