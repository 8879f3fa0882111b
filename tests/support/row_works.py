"""Work on rows for tests of runners, in a module that workers can import too."""

import os
import pickle
import signal
import time
from collections import Counter
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import CorpusError
from tutelage.runners.kind import RunnerKind

LONGEST_START = 120.0
"""Seconds that a process on a busy machine may take to begin."""


class _Open:
    figures = {"tokens": 2.0}

    def __init__(self, change):
        self._change = change

    def __call__(self, items):
        return map(self._change, items)


@dataclass(frozen=True)
class Doubling:
    """Twice each number; what `fails` is told as a user's error, what `kills` ends the worker, each time."""

    fails: int | None = None
    kills: int | None = None

    @contextmanager
    def open(self):
        yield _Open(self._double)

    def _double(self, number):
        if number == self.fails:
            raise CorpusError("this number cannot be doubled.", where=f"number {number}", fix="Take another.")
        if number == self.kills:
            os.kill(os.getpid(), signal.SIGKILL)
        return 2 * number


@dataclass(frozen=True)
class Placing:
    """Where each row is worked on: the process and its folder. No process begins before there are so many."""

    processes: int = 1

    @contextmanager
    def open(self):
        place = Path.cwd() / "placed"
        place.mkdir(exist_ok=True)
        (place / str(os.getpid())).touch()
        late = time.monotonic() + LONGEST_START
        while len(list(place.iterdir())) < self.processes and time.monotonic() < late:
            time.sleep(0.01)
        yield _Open(lambda _row: (os.getpid(), str(Path.cwd())))


class ElsewhereRunner:
    """Does in this process what two others would do: work and rows are pickled, and parts go to each in turn."""

    def __init__(self, rows_per_part=50):
        self._rows_per_part = rows_per_part

    @contextmanager
    def open(self, work, *, row_seconds=None):
        assert row_seconds is None or row_seconds > 0
        with ExitStack() as opened:
            yield _Sent(pickle.dumps(work), opened, self._rows_per_part)


class _Sent:
    def __init__(self, work, opened, rows_per_part):
        self._work, self._opened, self._rows_per_part = work, opened, rows_per_part
        self._workers = []

    @property
    def figures(self):
        return sum((Counter(pickle.loads(pickle.dumps(dict(one.figures)))) for one in self._workers), Counter())

    def __call__(self, items):
        for number, part in enumerate(batched(list(items), self._rows_per_part)):
            if len(self._workers) <= number < 2:
                self._workers.append(self._opened.enter_context(pickle.loads(self._work).open()))
            for outcome in self._workers[number % 2](pickle.loads(pickle.dumps(part))):
                yield pickle.loads(pickle.dumps(outcome))


def batched(rows, size):
    return (rows[start : start + size] for start in range(0, len(rows), size))


ELSEWHERE = RunnerKind(open=lambda _settings, _ledger: nullcontext(ElsewhereRunner()))
"""What an entry point of another package would name."""
