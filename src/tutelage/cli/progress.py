"""Progress of long work on standard error: a bar in a terminal, plain lines without one, nothing when quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from tutelage.cli.rate import WorkMeter, format_count
from tutelage.core.protocols import Progress, Silence

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

Clock = Callable[[], float]

PLAIN_SECONDS = 5.0
"""Between two plain lines."""


@contextmanager
def shown_progress(*, quiet: bool = False) -> Iterator[Progress]:
    """Progress for the length of a command; the terminal is left as it was, also after an error."""
    if quiet:
        yield Silence()
        return
    progress = BarProgress() if sys.stderr.isatty() else PlainProgress()
    try:
        yield progress
    finally:
        progress.close()


class PlainProgress:
    """A line when work begins, one every few seconds, and one when it is done: for logs and pipes."""

    def __init__(
        self, *, stream: TextIO | None = None, clock: Clock = time.monotonic, every_seconds: float = PLAIN_SECONDS
    ) -> None:
        self._stream, self._clock, self._every_seconds = stream or sys.stderr, clock, every_seconds
        self._name, self._meter = "", WorkMeter(total=None)
        self._began = self._said = clock()

    def start(self, name: str, *, total: int | None, unit: str = "segments") -> None:
        """Begin a piece of work of `total` units (`None`: not known)."""
        self._name, self._meter = name, WorkMeter(total=total, unit=unit)
        self._began = self._said = self._clock()
        self._say(f"{name}: {format_count(total, unit=unit)}" if total is not None else f"{name} …")

    def advance(self, count: int = 1, **figures: float) -> None:
        """`count` more units are done."""
        now = self._clock()
        self._meter.add(count, figures, now=now)
        if now - self._said >= self._every_seconds:
            self._said = now
            self._say(f"{self._name}: {', '.join(self._meter.describe(now=now))}")

    def finish(self, note: str = "") -> None:
        """The piece of work is done."""
        self._say(_done_line(self._name, self._meter, self._clock() - self._began, note))

    def beside(self) -> Progress:
        """Lines of its own."""
        return PlainProgress(stream=self._stream, clock=self._clock, every_seconds=self._every_seconds)

    def close(self) -> None:
        """Nothing is left open."""

    def _say(self, line: str) -> None:
        self._stream.write(f"{line}\n")  # at once: what is written beside it would come before the end of the line
        self._stream.flush()


class BarProgress:
    """A bar that is drawn again in place, and a line left behind for each finished piece of work."""

    def __init__(
        self, *, console: Console | None = None, clock: Clock = time.monotonic, bars: Bars | None = None
    ) -> None:
        """`bars` are those of another work that goes on at the same time."""
        self._clock, self._bars = clock, bars or _new_bars(console)
        self._console = self._bars.console
        self._task: TaskID | None = None
        self._name, self._meter = "", WorkMeter(total=None)
        self._began = self._drawn = clock()

    def start(self, name: str, *, total: int | None, unit: str = "segments") -> None:
        """Begin a piece of work of `total` units (`None`: not known)."""
        self._remove()
        self._name, self._meter = name, WorkMeter(total=total, unit=unit)
        self._began = self._drawn = self._clock()
        self._bars.start()
        self._task = self._bars.add_task(name, total=total, parts="")

    def advance(self, count: int = 1, **figures: float) -> None:
        """`count` more units are done."""
        now = self._clock()
        self._meter.add(count, figures, now=now)
        if self._task is None or now - self._drawn < _DRAW_SECONDS:
            return
        self._drawn = now
        parts = self._meter.describe(now=now)
        self._bars.update(self._task, completed=self._meter.units.done, parts=", ".join(parts))

    def finish(self, note: str = "") -> None:
        """The piece of work is done."""
        self._remove()
        line = _done_line(self._name, self._meter, self._clock() - self._began, note)
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def beside(self) -> Progress:
        """A bar below this one."""
        return BarProgress(clock=self._clock, bars=self._bars)

    def close(self) -> None:
        """Take all bars away and give the cursor back."""
        self._remove()
        self._bars.stop()

    def _remove(self) -> None:
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None
            if not self._bars.task_ids:
                self._bars.stop()


def _new_bars(console: Console | None) -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[parts]}", markup=False),
        console=console or Console(stderr=True),
        transient=True,
        refresh_per_second=5,
    )


_DRAW_SECONDS = 0.1
"""Between two drawings: a bar that is told of every segment must not slow the work."""


def _done_line(name: str, meter: WorkMeter, seconds: float, note: str) -> str:
    from tutelage.evaluation.figures import format_seconds

    count = f"{format_count(meter.units.done, unit=meter.unit)} in " if meter.units.done else ""
    line = f"{name}: {count}{format_seconds(seconds)}"
    return f"{line}; {note}" if note else line
