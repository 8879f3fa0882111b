"""A table that a thread makes while others read it: they wait for its rows, and fail where it fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import islice
from typing import IO, Generic, TypeVar

from tutelage.storage.partial_table import PartialTable

R = TypeVar("R")


class StoppedError(Exception):
    """Nobody waits for the table any more."""


class Growth(Generic[R]):
    """The rows of a table on their way; one thread makes it, any others read it."""

    def __init__(self, partial: PartialTable[R]) -> None:
        self._partial, self._changed = partial, threading.Condition()
        self._rows, self._new = 0, 0
        self._whole, self._stopped = False, False
        self._failure: BaseException | None = None

    def make(self, produce: Callable[[frozenset[str]], Iterable[R]], keep: Callable[[Iterator[R]], object]) -> None:
        """Produce the rows that are not there yet, then `keep` all; what goes wrong is told to the readers."""
        try:
            done = self._partial.ids()
            self._count(len(done))
            self._partial.extend(self._counted(produce(done)))
            keep(self._partial.rows())
            self._end()
        except BaseException as error:  # of a thread, so that nobody else would see it
            self._end(failure=error)

    def stop(self) -> None:
        """Let the maker end behind the row that it is at."""
        self._stopped = True

    def wait_for_first(self) -> None:
        """Until a row has come that was not there before, or none comes any more; raises what the maker failed with."""
        self._wait(lambda: self._new > 0)

    def wait(self) -> None:
        """Until the table is whole; raises what the maker failed with."""
        self._wait(lambda: False)

    def read(self) -> Iterator[R] | None:
        """The rows as they come, until the table is whole; `None` if it is."""
        with self._changed:
            stream = None if self._whole else self._partial.path.open("rb")
        return None if stream is None else self._follow(stream)

    def _follow(self, stream: IO[bytes]) -> Iterator[R]:
        with closing(stream):
            yield from self._partial.read(stream, self._lines)

    def _lines(self, stream: IO[bytes]) -> Iterator[bytes]:
        given = 0
        while (there := self._wait_beyond(given)) > given:
            yield from islice(stream, there - given)
            given = there

    def _wait_beyond(self, rows: int) -> int:
        """How many rows there are, more than `rows` or all of them."""
        self._wait(lambda: self._rows > rows)
        return self._rows

    def _counted(self, records: Iterable[R]) -> Iterator[R]:
        for record in records:
            if self._stopped:
                raise StoppedError
            yield record
            self._count(1, new=1)

    def _count(self, rows: int, *, new: int = 0) -> None:
        with self._changed:
            self._rows += rows
            self._new += new
            self._changed.notify_all()

    def _wait(self, is_there: Callable[[], bool]) -> None:
        with self._changed:
            self._changed.wait_for(lambda: is_there() or self._whole or self._failure is not None)
            if self._failure is not None:
                raise self._failure

    def _end(self, *, failure: BaseException | None = None) -> None:
        with self._changed:
            if failure is None:
                self._partial.path.unlink()
            self._whole, self._failure = failure is None, failure
            self._changed.notify_all()
