"""Charts as inline SVG: positions in percent, so that they fill any width and their text keeps its size.

Colours come from the page's style sheet by class, so that they follow light and dark mode. What these functions return
is markup: every text that goes in is escaped here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from tutelage.core.training import LossPoint

_ROW_HEIGHT = 26
_AXIS_HEIGHT = 22
_CURVE_HEIGHT = 180


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """One system in an interval chart; `look` is before, after, teacher, or other-1 to other-3."""

    look: str
    value: float
    low: float | None
    high: float | None
    text: str
    """What is said when the pointer rests on it."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A range and the ticks inside it."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def percent(self, value: float) -> float:
        """Where the value lies, 0 to 100 from left to right."""
        return 100 * (value - self.low) / (self.high - self.low)


def interval_chart(rows: Sequence[IntervalRow]) -> str:
    """One line a system: its score as a dot on its 95 % interval, above a common axis that need not begin at 0."""
    ends = [v for row in rows for v in (row.value, row.low, row.high) if v is not None]
    axis = choose_axis(min(ends), max(ends))
    height = _ROW_HEIGHT * len(rows) + _AXIS_HEIGHT
    body = [_grid(axis, height=height - _AXIS_HEIGHT), _change_band(rows, axis)]
    body += [_interval(row, axis, middle=_ROW_HEIGHT * (i + 0.5)) for i, row in enumerate(rows)]
    label = escape("; ".join(row.text for row in rows), quote=True)
    return f'<svg class="chart" role="img" aria-label="{label}" width="100%" height="{height}">{"".join(body)}</svg>'


def loss_chart(losses: Sequence[LossPoint]) -> str:
    """Training and dev loss over updates; empty with fewer than two points."""
    curves = {
        "train": [(p.update, p.loss) for p in losses if p.loss is not None],
        "dev": [(p.update, p.dev_loss) for p in losses if p.dev_loss is not None],
    }
    values = [loss for curve in curves.values() for _, loss in curve if math.isfinite(loss)]
    if len(values) < 2:
        return ""
    across = choose_axis(0, max(p.update for p in losses), tight=True)
    up = choose_axis(min(values), max(values))
    lines = "".join(_curve(name, points, across, up) for name, points in curves.items())
    plot = f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="{_CURVE_HEIGHT}">{lines}</svg>'
    ticks = "".join(_tick(axis_x=across.percent(t), y=_CURVE_HEIGHT + 16, text=f"{t:,.0f}") for t in across.ticks)
    levels = "".join(_level(up, t) for t in up.ticks)
    return (
        f'<svg class="chart" role="img" aria-label="loss over updates" width="100%" '
        f'height="{_CURVE_HEIGHT + _AXIS_HEIGHT}">{levels}{plot}{ticks}</svg>'
    )


def choose_axis(low: float, high: float, *, tight: bool = False) -> Axis:
    """A range around the values with three to six round ticks; `tight` adds no margin.

    A single value is the only tick: a share of 0 % or 100 % has nothing on its other side.
    """
    if high - low < 1e-9:
        return Axis(low=low - 0.5, high=high + 0.5, ticks=(round(low, 10),))
    margin = 0.0 if tight else 0.08 * (high - low)
    low, high = low - margin, high + margin
    raw = (high - low) / 4
    scale = 10.0 ** math.floor(math.log10(raw))
    step = next(scale * factor for factor in (1, 2, 5, 10) if scale * factor >= raw)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return Axis(low=low, high=high, ticks=tuple(round(i * step, 10) for i in range(first, last + 1)))


def _interval(row: IntervalRow, axis: Axis, *, middle: float) -> str:
    x = axis.percent(row.value)
    bar = ""
    if row.low is not None and row.high is not None:
        low, high = axis.percent(row.low), axis.percent(row.high)
        bar = f'<line class="interval" x1="{low:.2f}%" x2="{high:.2f}%" y1="{middle}" y2="{middle}"/>'
    dot = f'<circle cx="{x:.2f}%" cy="{middle}" r="5.5"/>'
    return f'<g class="{escape(row.look, quote=True)}"><title>{escape(row.text)}</title>{bar}{dot}</g>'


def _change_band(rows: Sequence[IntervalRow], axis: Axis) -> str:
    """The way from the old student to the new one, shaded."""
    values = {row.look: axis.percent(row.value) for row in rows}
    if not {"before", "after"} <= values.keys():
        return ""
    left, width = min(values["before"], values["after"]), abs(values["after"] - values["before"])
    height = _ROW_HEIGHT * len(rows)
    return f'<rect class="band" x="{left:.2f}%" width="{width:.2f}%" y="0" height="{height}"/>'


def _grid(axis: Axis, *, height: float) -> str:
    lines = "".join(
        f'<line class="grid" x1="{axis.percent(t):.2f}%" x2="{axis.percent(t):.2f}%" y1="0" y2="{height}"/>'
        for t in axis.ticks
    )
    return lines + "".join(_tick(axis_x=axis.percent(t), y=height + 16, text=f"{t:g}") for t in axis.ticks)


def _tick(*, axis_x: float, y: float, text: str) -> str:
    anchor = "start" if axis_x < 4 else "end" if axis_x > 96 else "middle"
    return f'<text class="tick" x="{axis_x:.2f}%" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'


def _level(up: Axis, tick: float) -> str:
    y = _CURVE_HEIGHT * (1 - up.percent(tick) / 100)
    return (
        f'<line class="grid" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="tick" x="0" y="{y - 4:.1f}">{escape(f"{tick:g}")}</text>'
    )


def _curve(name: str, points: Sequence[tuple[int, float]], across: Axis, up: Axis) -> str:
    finite = [(x, loss) for x, loss in points if math.isfinite(loss)]
    path = " ".join(f"{across.percent(x):.2f},{100 - up.percent(loss):.2f}" for x, loss in finite)
    return f'<polyline class="curve {name}" points="{path}" vector-effect="non-scaling-stroke"/>' if finite else ""
