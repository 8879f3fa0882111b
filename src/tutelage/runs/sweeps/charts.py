"""Gains over what was varied, as inline SVG in the manner of the report's charts: positions across in percent.

What these functions return is markup: every text that goes in is escaped here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from tutelage.evaluation.charts import Axis, choose_axis
from tutelage.evaluation.figures import format_signed
from tutelage.runs.sweeps.grid import describe_assignment
from tutelage.runs.sweeps.results import SettingGain

_HEIGHT = 190
_AXIS_HEIGHT = 24
_ROW_HEIGHT = 44
_MARGIN = 8.0
"""Percent left free on both sides, for labels."""
_LOG_FROM = 10.0
"""Values whose largest is so many times the smallest stand on a logarithmic axis."""


def line_chart(gains: Sequence[SettingGain], *, name: str) -> str:
    """The change by the measure `name` over one numeric setting, each point on its interval."""
    ordered = sorted(gains, key=_number)
    up, across = _axis(ordered), _positions([_number(one) for one in ordered])
    levels = "".join(_level(up, tick) for tick in up.ticks)
    path = "".join(
        f'<line class="path" x1="{x1:.2f}%" x2="{x2:.2f}%" y1="{_y(up, one.mean)}" y2="{_y(up, two.mean)}"/>'
        for x1, x2, one, two in zip(across, across[1:], ordered, ordered[1:], strict=False)
    )
    marks = "".join(_upright(one, x, up, name=name) for one, x in zip(ordered, across, strict=True))
    ticks = "".join(_ticks(ordered, across))
    return _svg(f"{levels}{_zero_across(up)}{path}{marks}{ticks}", ordered, name, height=_HEIGHT + _AXIS_HEIGHT)


def dot_chart(gains: Sequence[SettingGain], *, name: str) -> str:
    """The change by the measure `name`, a row for each setting, above a common axis."""
    axis, height = _axis(gains), _ROW_HEIGHT * len(gains)
    grid = "".join(
        f'<line class="grid" x1="{axis.percent(t):.2f}%" x2="{axis.percent(t):.2f}%" y1="0" y2="{height}"/>'
        f'<text class="tick" x="{axis.percent(t):.2f}%" y="{height + 16}" text-anchor="middle">{_figure(t)}</text>'
        for t in axis.ticks
    )
    zero = f'<line class="zero" x1="{axis.percent(0):.2f}%" x2="{axis.percent(0):.2f}%" y1="0" y2="{height}"/>'
    rows = "".join(_row(one, axis, top=_ROW_HEIGHT * place, name=name) for place, one in enumerate(gains))
    return _svg(grid + zero + rows, gains, name, height=height + _AXIS_HEIGHT)


def describe_gain(gain: SettingGain, *, name: str) -> str:
    """`learning_rate 1e-4: +4.1 (+3.4 to +4.8)`, with the number of seeds if there are several."""
    low, high = format_signed(gain.low, name=name), format_signed(gain.high, name=name)
    seeds = f", {len(gain.gains)} seeds" if len(gain.gains) > 1 else ""
    return f"{describe_assignment(gain.setting)}: {format_signed(gain.mean, name=name)} ({low} to {high}{seeds})"


def _svg(body: str, gains: Sequence[SettingGain], name: str, *, height: int) -> str:
    label = escape("; ".join(describe_gain(one, name=name) for one in gains), quote=True)
    return f'<svg class="chart" role="img" aria-label="{label}" width="100%" height="{height}">{body}</svg>'


def _axis(gains: Sequence[SettingGain]) -> Axis:
    """Around all ends of intervals, and 0."""
    ends = [end for one in gains for end in (one.low, one.high, one.mean, 0.0)]
    return choose_axis(min(ends), max(ends))


def _number(gain: SettingGain) -> float:
    return float(gain.setting[0][1])


def _positions(numbers: Sequence[float]) -> list[float]:
    """Where values lie from left to right, in percent; `numbers` rise."""
    if numbers[0] > 0 and numbers[-1] >= _LOG_FROM * numbers[0]:
        numbers = [math.log(number) for number in numbers]
    width = numbers[-1] - numbers[0]
    return [_MARGIN + (100 - 2 * _MARGIN) * ((n - numbers[0]) / width if width else 0.5) for n in numbers]


def _y(up: Axis, value: float) -> str:
    return f"{_HEIGHT * (1 - up.percent(value) / 100):.1f}"


def _level(up: Axis, tick: float) -> str:
    y = _y(up, tick)
    label = f'<text class="tick" x="0" y="{float(y) - 4:.1f}">{_figure(tick)}</text>'
    return f'<line class="grid" x1="0" x2="100%" y1="{y}" y2="{y}"/>{label}'


def _figure(tick: float) -> str:
    return f"{tick:g}".replace("-", "−")


def _zero_across(up: Axis) -> str:
    return f'<line class="zero" x1="0" x2="100%" y1="{_y(up, 0)}" y2="{_y(up, 0)}"/>'


def _upright(gain: SettingGain, x: float, up: Axis, *, name: str) -> str:
    title = f"<title>{escape(describe_gain(gain, name=name))}</title>"
    bar = f'<line class="interval" x1="{x:.2f}%" x2="{x:.2f}%" y1="{_y(up, gain.low)}" y2="{_y(up, gain.high)}"/>'
    seeds = "".join(f'<circle class="one" cx="{x:.2f}%" cy="{_y(up, one)}" r="3"/>' for one in _several(gain))
    dot = f'<circle cx="{x:.2f}%" cy="{_y(up, gain.mean)}" r="5.5"/>'
    return f'<g class="{_look(gain)}">{title}{bar}{seeds}{dot}</g>'


def _ticks(gains: Sequence[SettingGain], across: Sequence[float]) -> list[str]:
    """The values as they were written, but for those that would stand on their neighbour."""
    ticks, last = [], -math.inf
    for gain, x in zip(gains, across, strict=True):
        if x - last >= _MARGIN:
            y, last = _HEIGHT + 17, x
            text = escape(gain.setting[0][1])
            ticks.append(f'<text class="tick" x="{x:.2f}%" y="{y}" text-anchor="middle">{text}</text>')
    return ticks


def _row(gain: SettingGain, axis: Axis, *, top: int, name: str) -> str:
    middle = top + 30
    low, high = axis.percent(gain.low), axis.percent(gain.high)
    label = f'<text class="tick" x="0" y="{top + 14}">{escape(describe_gain(gain, name=name))}</text>'
    title = f"<title>{escape(describe_gain(gain, name=name))}</title>"
    bar = f'<line class="interval" x1="{low:.2f}%" x2="{high:.2f}%" y1="{middle}" y2="{middle}"/>'
    seeds = "".join(f'<circle class="one" cx="{axis.percent(g):.2f}%" cy="{middle}" r="3"/>' for g in _several(gain))
    dot = f'<circle cx="{axis.percent(gain.mean):.2f}%" cy="{middle}" r="5.5"/>'
    return f'{label}<g class="{_look(gain)}">{title}{bar}{seeds}{dot}</g>'


def _several(gain: SettingGain) -> tuple[float, ...]:
    return gain.gains if len(gain.gains) > 1 else ()


def _look(gain: SettingGain) -> str:
    """`up` if the whole interval is on the better side, `down` if it is on the worse, else `even`."""
    if gain.low <= 0 <= gain.high:
        return "even"
    return "up" if gain.better > 0 else "down"
