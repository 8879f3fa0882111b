"""Lines that cannot be used: where and why, and how many of them a file may have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tutelage.core.counts import counted
from tutelage.core.errors import CorpusError, UsageError
from tutelage.core.records import Provenance, Rejection

Item = TypeVar("Item")
BAD_LINE = "bad_line"
_ALLOWED = "in a recipe bad_lines = 0.01, of a command --bad-lines 0.01"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be used: where, why, and (shortened) what it says."""

    file: str
    number: int
    reason: str
    raw: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.number}: {self.reason}"

    def rejection(self, stage: str) -> Rejection:
        """The same as what a stage did not use."""
        where = f"{self.file}:{self.number}"
        return Rejection(where, stage, BAD_LINE, raw=f"{self.reason}: {self.raw}", provenance=Provenance(origin=where))


BadLineSink = Callable[[BadLine], None]


@dataclass(slots=True)
class BadLineCount:
    """How many bad lines there were, and the first of them: what a command tells at its end."""

    count: int = 0
    first: BadLine | None = None

    def __call__(self, bad: BadLine) -> None:
        """Count one."""
        self.count += 1
        self.first = self.first or bad

    def note(self) -> str:
        """The count in words; nothing for none."""
        if self.count == 0:
            return ""
        lines = counted(self.count, "bad line is", "bad lines are")
        return f"{lines} left out; the first: {self.first}"


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many lines of a file may be bad, and who is told of each."""

    max_share: float = 0.0
    """At 0 a bad line raises CorpusError at once; above, a file with a larger share of them raises at its end."""
    bad_line: BadLineSink | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.max_share <= 1:
            raise UsageError(f"the allowed share of bad lines is {self.max_share:g}, but a share is from 0 to 1.")

    def counted(self, path: Path | str, items: Iterable[Item | BadLine]) -> Iterator[Item | BadLine]:
        """The same items; CorpusError when too many of them are bad."""
        count = bad = 0
        first: BadLine | None = None
        for item in items:
            count += 1
            if isinstance(item, BadLine):
                self._tell(item)
                bad, first = bad + 1, first or item
            yield item
        if bad > self.max_share * count:
            what = f"{bad:,} of {counted(count, 'line')} cannot be used, more than the share of {self.max_share:g}"
            raise CorpusError(f"{what} allowed; the first: {first}.", where=str(path))

    def _tell(self, bad: BadLine) -> None:
        if self.max_share == 0:
            fix = f"Mend or remove the line, or allow a share of bad lines ({_ALLOWED})."
            told = f"{bad.reason}: {bad.raw}" if bad.raw else bad.reason
            raise CorpusError(f"{told}.", where=f"{bad.file}:{bad.number}", fix=fix)
        if self.bad_line is not None:
            self.bad_line(bad)


def shown(text: str) -> str:
    """The beginning of a text for a message, with what cannot be written escaped."""
    return text[:80].encode("utf-8", "backslashreplace").decode()
