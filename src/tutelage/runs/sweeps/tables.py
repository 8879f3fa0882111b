"""The table of a sweep, a row for each point: cells for a terminal and for Markdown, and plain figures for CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tutelage.core.evidence import Comparison
from tutelage.evaluation.figures import (
    format_detectable,
    format_money,
    format_n,
    format_seconds,
    format_signed,
    format_value,
    measure_label,
)
from tutelage.runs.sweeps.grid import short_keys
from tutelage.runs.sweeps.results import Measure, Outcome, PointResult, SettingGain, group_gains

NOTHING = "–"
_COUNTS = ("calls", "from ledger", "cost", "updates", "time")


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as they are shown; figures stand in the columns from `first_figure` on."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    first_figure: int


def points_table(results: Sequence[PointResult], *, measures: Sequence[Measure], dev: bool) -> Table:
    """A row for each point: its values, verdict, every measure before → after with the 95 % interval of the change."""
    keys = list(dict.fromkeys(key for result in results for key, _ in result.assignment))
    short = short_keys(keys)
    labels = [measure_label(name, test=test) for test, name in measures]
    counts = (*(("dev loss",) if dev else ()), *_COUNTS)
    rows = tuple(_point_row(result, measures=measures, dev=dev) for result in results)
    return Table((*(short[key] for key in keys), "verdict", *labels, *counts), rows, len(keys) + 1)


def seeds_table(results: Sequence[PointResult], *, measures: Sequence[Measure]) -> Table:
    """A row for each setting: mean change over its seeds ± standard deviation, and the mean score after."""
    settings = list(dict.fromkeys(result.setting for result in results))
    short = short_keys([key for key, _ in settings[0]])
    gains = {measure: {one.setting: one for one in group_gains(results, measure)} for measure in measures}
    rows = []
    for setting in settings:
        done = sum(result.outcome is not None for result in results if result.setting == setting)
        cells = (_seeds_cell(gains[measure].get(setting), measure) for measure in measures)
        rows.append((*(value for _, value in setting), str(done), *cells))
    labels = (measure_label(name, test=test) for test, name in measures)
    return Table((*short.values(), "seeds", *labels), tuple(rows), len(short))


def render_markdown(table: Table) -> str:
    """The table in Markdown; figures are set to the right."""
    rules = ["---" if place < table.first_figure else "---:" for place in range(len(table.header))]
    return "".join(f"| {' | '.join(map(_escape, row))} |\n" for row in (table.header, rules, *table.rows))


def render_csv(results: Sequence[PointResult], *, measures: Sequence[Measure]) -> str:
    """A line for each point, with full keys and unrounded figures; empty if there is none."""
    keys = list(dict.fromkeys(key for result in results for key, _ in result.assignment))
    parts = ("before", "after", "difference", "low", "high", "p_value", "n", "distinct", "detectable")
    columns = [f"{test}.{name}.{part}" for test, name in measures for part in parts]
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    figures = ("calls", "reused", "cost", "updates", "seconds", "dev_loss")
    writer.writerow([*keys, "run", "state", "verdict", "passed", *columns, *figures, "message"])
    for result in results:
        outcome = result.outcome
        found = [outcome.comparison(measure) if outcome else None for measure in measures]
        writer.writerow(
            [
                *(value for _, value in result.assignment),
                *(result.name, result.state, _or_empty(outcome, "verdict"), _or_empty(outcome, "passed")),
                *(_or_empty(one, part) for one in found for part in parts),
                *(_or_empty(outcome, name) for name in figures),
                result.message,
            ]
        )
    return written.getvalue()


def change_cell(comparison: Comparison | None) -> str:
    """`47.2 → 51.3 [+3.4, +4.8], detectable 1.0`: the interval is that of the change."""
    if comparison is None:
        return NOTHING
    name = comparison.name
    before, after = (format_value(value, name=name) for value in (comparison.before, comparison.after))
    if not comparison.tells:
        return f"{before} → {after}, {format_n(comparison)}: too little text to tell"
    interval = f"{before} → {after} [{_interval(comparison.low, comparison.high, name)}]"
    return ", ".join([interval, *format_detectable(comparison)])


def _point_row(result: PointResult, *, measures: Sequence[Measure], dev: bool) -> tuple[str, ...]:
    values, outcome = [value for _, value in result.assignment], result.outcome
    if outcome is None:
        return (*values, result.state, *[NOTHING] * (len(measures) + dev + len(_COUNTS)))
    verdict = outcome.verdict if outcome.passed else f"{outcome.verdict}, not promoted"
    cells = [change_cell(outcome.comparison(measure)) for measure in measures]
    return (*values, verdict, *cells, *_count_cells(outcome, dev=dev))


def _count_cells(outcome: Outcome, *, dev: bool) -> Iterator[str]:
    if dev:
        yield NOTHING if outcome.dev_loss is None else f"{outcome.dev_loss:.3f}"
    yield from (f"{outcome.calls:,}", f"{outcome.reused:,}", format_money(outcome.cost))
    yield from (f"{outcome.updates:,}", format_seconds(outcome.seconds))


def _seeds_cell(gain: SettingGain | None, measure: Measure) -> str:
    if gain is None:
        return NOTHING
    name = measure[1]
    spread = "" if gain.spread is None else f" ± {format_signed(gain.spread, name=name).removeprefix('+')}"
    return f"{format_signed(gain.mean, name=name)}{spread} → {format_value(gain.after, name=name)}"


def _interval(low: float, high: float, name: str) -> str:
    return f"{format_signed(low, name=name)}, {format_signed(high, name=name)}"


def _escape(cell: str) -> str:
    return " ".join(cell.replace("|", "\\|").split())


def _or_empty(record: object | None, name: str) -> object:
    value = None if record is None else getattr(record, name)
    return "" if value is None else value
