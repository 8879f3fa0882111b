"""The page of a sweep: one HTML file that needs nothing else, with the report's look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

from tutelage.core.counts import counted
from tutelage.evaluation.figures import format_signed, measure_label
from tutelage.evaluation.measures import MEASURES
from tutelage.evaluation.pages import open_templates
from tutelage.evaluation.report import show_controls
from tutelage.runs.sweeps.charts import dot_chart, line_chart
from tutelage.runs.sweeps.grid import SEED, Varied, short_keys
from tutelage.runs.sweeps.results import Measure, PointResult, SettingGain, group_gains
from tutelage.runs.sweeps.tables import Table

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True, slots=True)
class SweepPage:
    """What the page tells."""

    name: str
    recipe: str
    command: str
    version: str
    updated: str
    varied: tuple[Varied, ...]
    results: tuple[PointResult, ...]
    measures: tuple[Measure, ...]
    notes: tuple[str, ...]
    points: Table
    seeds: Table | None
    """None if no setting has several."""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """The change at one pair of values; the stronger, the more of the colour."""

    text: str
    interval: str
    look: str
    """up, down, or empty if nothing is measured."""
    percent: int


@dataclass(frozen=True, slots=True)
class HeatTable:
    """Rows are the values of the first key, columns those of the second."""

    row_key: str
    column_key: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[HeatCell, ...]], ...]


def render_page(page: SweepPage) -> str:
    """The whole page."""
    return _environment().get_template("sweep.html.j2").render(page=page)


def draw_gains(page: SweepPage, measure: Measure) -> Any:
    """One measure's changes: over a numeric key as a line, else a row for each setting; markup, escaped already."""
    from markupsafe import Markup

    keys, gains = _keys(page.varied), group_gains(page.results, measure)
    numeric = len(keys) == 1 and keys[0].numbers is not None and len(gains) > 1
    return Markup((line_chart if numeric else dot_chart)(gains, name=measure[1]))


def heat_table(page: SweepPage, measure: Measure) -> HeatTable | None:
    """One measure's changes over two keys; `None` if not just two were varied."""
    keys = _keys(page.varied)
    if len(keys) != 2:
        return None
    found = {one.setting: one for one in group_gains(page.results, measure)}
    strongest = max((abs(one.better) for one in found.values()), default=0.0)
    first, second = keys
    cells = {
        (row, column): _heat_cell(found.get(((first.key, row), (second.key, column))), strongest, name=measure[1])
        for row, column in product(first.values, second.values)
    }
    rows = tuple((row, tuple(cells[row, column] for column in second.values)) for row in first.values)
    short = short_keys([first.key, second.key])
    return HeatTable(short[first.key], short[second.key], second.values, rows)


def lower_is_better(measure: Measure) -> bool:
    """Whether a change below 0 is a gain."""
    return measure[1] in MEASURES and not MEASURES[measure[1]].higher_is_better


def _keys(varied: Sequence[Varied]) -> list[Varied]:
    """What is varied besides the seed; the seed where it is all."""
    return [one for one in varied if one.key != SEED] or list(varied)


def _heat_cell(gain: SettingGain | None, strongest: float, *, name: str) -> HeatCell:
    if gain is None:
        return HeatCell("–", "", "", 0)
    percent = round(55 * abs(gain.better) / strongest) if strongest else 0
    low, high = format_signed(gain.low, name=name), format_signed(gain.high, name=name)
    return HeatCell(
        format_signed(gain.mean, name=name), f"{low} to {high}", "up" if gain.better >= 0 else "down", percent
    )


@cache
def _environment() -> Environment:
    environment = open_templates(
        "tutelage.runs.sweeps",
        "tutelage.evaluation",
        finalize=lambda value: show_controls(value) if type(value) is str else value,
    )
    functions = (counted, draw_gains, heat_table, lower_is_better, measure_label)
    environment.globals.update({function.__name__: function for function in functions})
    return environment
