"""Work on rows for tests of runners, in a module that workers can import too."""

import os
import pickle
import signal
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import CorpusError
from tutelage.runners.kind import RunnerKind


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
    """Where each row is worked on: the process and its folder."""

    @contextmanager
    def open(self):
        yield _Open(lambda _row: (os.getpid(), str(Path.cwd())))


class ElsewhereRunner:
    """Does in this process what another would do: the work and its rows are pickled."""

    @contextmanager
    def open(self, work):
        with pickle.loads(pickle.dumps(work)).open() as opened:
            yield _Sent(opened)


class _Sent:
    def __init__(self, opened):
        self._opened = opened

    @property
    def figures(self):
        return pickle.loads(pickle.dumps(dict(self._opened.figures)))

    def __call__(self, items):
        for outcome in self._opened(pickle.loads(pickle.dumps(list(items)))):
            yield pickle.loads(pickle.dumps(outcome))


ELSEWHERE = RunnerKind(open=lambda _settings, _ledger: nullcontext(ElsewhereRunner()))
"""What an entry point of another package would name."""
