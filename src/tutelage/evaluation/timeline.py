"""When the stages of a step ran: one behind the other, or at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tutelage.evaluation.report_data import StageTime


@dataclass(frozen=True, slots=True)
class StageBar:
    """A stage on the time that a step took, time in which none of its stages ran left out."""

    stage: str
    start: float
    """Seconds from the beginning of the first stage."""
    seconds: float

    @property
    def end(self) -> float:
        """Seconds from there to its own end."""
        return self.start + self.seconds


def lay_out(times: Sequence[StageTime]) -> tuple[StageBar, ...]:
    """The stages in the order in which they began; one whose beginning was not noted follows the one before it."""
    known = [time for time in times if time.began is not None]
    bars: list[StageBar] = []
    skipped, end = 0.0, 0.0
    for time in (*sorted(known, key=_began), *(time for time in times if time.began is None)):
        if not bars and time.began is not None:
            skipped = time.began
        start = end if time.began is None else time.began - skipped
        skipped += max(0.0, start - end)
        bars.append(StageBar(time.stage, min(start, end), time.seconds))
        end = max(end, bars[-1].end)
    return tuple(bars)


def busy_seconds(times: Sequence[StageTime]) -> float:
    """How long at least one of the stages ran."""
    return max((bar.end for bar in lay_out(times)), default=0.0)


def _began(time: StageTime) -> float:
    return time.began or 0.0
