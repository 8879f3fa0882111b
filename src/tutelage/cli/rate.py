"""How fast work goes, and how long it will take."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import isnan

from tutelage.core.counts import counted

WINDOW_SECONDS = 30.0
"""The rate is that of so much past time, so that it follows a server that slows down."""
_SAMPLE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Sample:
    seconds: float
    done: int
    worked: int


class RateMeter:
    """Counts done units against a clock given from outside; no input or output.

    Time is counted from the first unit on: what comes before it is loading, and the first count may be what an earlier
    run had done. What a ledger knew already is done, but is no work: it tells nothing of how long the rest takes.
    """

    def __init__(self, *, total: int | None) -> None:
        self.total, self.done = total, 0
        self._worked = 0
        self._samples: deque[_Sample] = deque()

    def add(self, count: int, *, now: float, replayed: int = 0) -> None:
        """`count` more units were done by the time `now` (seconds); `replayed` of all so far were known already."""
        self.done += count
        self._worked = max(self.done - replayed, 0)
        if not self.done:
            return
        if not self._samples or now - self._samples[-1].seconds >= _SAMPLE_SECONDS:
            self._samples.append(_Sample(now, self.done, self._worked))
        while len(self._samples) > 2 and now - self._samples[1].seconds > WINDOW_SECONDS:
            self._samples.popleft()

    def rate(self, *, now: float) -> float | None:
        """Units a second, without replayed ones if there were others; none until enough was seen."""
        if not self._samples or now <= self._samples[0].seconds:
            return None
        first = self._samples[0]
        done = max(self._worked - first.worked, 0) or self.done - first.done
        return done / (now - first.seconds) if done > 0 else None

    def seconds_left(self, *, now: float) -> float | None:
        """Time to the total at the present rate; `None` if either is not known."""
        rate = self.rate(now=now)
        if rate is None or self.total is None:
            return None
        return max(self.total - self.done, 0) / rate


class WorkMeter:
    """How far a piece of work is: its units, and the figures beside them, of which tokens have a rate too."""

    def __init__(self, *, total: int | None, unit: str = "segments") -> None:
        self.unit, self.units, self._tokens = unit, RateMeter(total=total), RateMeter(total=None)
        self.figures: dict[str, float] = {}

    def add(self, count: int, figures: dict[str, float], *, now: float) -> None:
        """`count` more units are done, and the figures are these by now: totals, `tokens` and `replayed` among them."""
        self.figures |= figures
        self.units.add(count, now=now, replayed=int(self.figures.get("replayed", 0)))
        if "tokens" in figures:
            self._tokens.add(int(figures["tokens"]) - self._tokens.done, now=now)

    def describe(self, *, now: float) -> list[str]:
        """Done, rate, time left and figures, each as a short phrase where it is known."""
        parts = describe_parts(self.units, unit=self.unit, figures=self.figures, now=now)
        rate = self._tokens.rate(now=now)
        return parts if rate is None else [*parts, f"{format_rate(rate)} tokens/s"]


def describe_work(name: str, meter: RateMeter, *, unit: str, figures: dict[str, float], now: float) -> str:
    """`student translates: 1,200 of 4,000 segments (30 %), 48 segments/s, 58 s left, loss 2.31`."""
    return f"{name}: {', '.join(describe_parts(meter, unit=unit, figures=figures, now=now))}"


def describe_parts(meter: RateMeter, *, unit: str, figures: dict[str, float], now: float) -> list[str]:
    """Done, rate, time left and figures, each as a short phrase where it is known."""
    from tutelage.evaluation.figures import format_seconds, format_share

    parts = [format_count(meter.done, unit=unit)]
    if meter.total:
        parts = [
            f"{meter.done:,} of {format_count(meter.total, unit=unit)} ({format_share(meter.done, whole=meter.total)})"
        ]
    rate, left = meter.rate(now=now), meter.seconds_left(now=now)
    if rate is not None:
        parts.append(f"{format_rate(rate)} {unit}/s")
    if left is not None and left > 0:
        parts.append(f"{format_seconds(left)} left")
    shown = ((name, value) for name, value in figures.items() if value or name != "replayed")
    return parts + [format_figure(name, value) for name, value in shown]


def format_count(count: int, *, unit: str) -> str:
    """`1,200 segments`, `1 segment`."""
    return counted(count, unit.removesuffix("s"), unit)


def format_rate(rate: float) -> str:
    """Two digits that matter below ten, whole numbers above."""
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"


def format_figure(name: str, value: float) -> str:
    """`loss 2.310`, `cost $0.42`, `cost unknown` for what is not a number."""
    from tutelage.evaluation.figures import format_money

    label = name.replace("_", " ")
    if isnan(value):
        return f"{label} unknown"
    if name == "cost":
        return f"{label} {format_money(value)}"
    return f"{label} {value:,.0f}" if float(value).is_integer() and abs(value) >= 100 else f"{label} {value:.4g}"
