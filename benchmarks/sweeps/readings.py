"""What the points of a figure came to, as a picture and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.claims.claim.plot import Family, Panel, Point
from benchmarks.claims.claim.tables import read_evidence
from benchmarks.sweeps.figures import Axis, Curve, Figure
from tutelage.core.evidence import Comparison
from tutelage.evaluation.figures import format_signed, format_value, measure_label
from tutelage.evaluation.measures import find_measure
from tutelage.runs.sweeps.results import PointResult, read_results
from tutelage.runs.sweeps.state import read_sweep_state


@dataclass(frozen=True, slots=True)
class Reading:
    """A system's score at one place of the axis, with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Place:
    """A finished point of a curve: where it stands, its run and what that came to."""

    across: str
    folder: Path
    result: PointResult

    def read(self, axis: Axis, *, system: str) -> Reading | None:
        """`None` if the system has no such score: of drift there is none before."""
        for scored in read_evidence(self.folder, "scores"):
            if (scored["system"], scored["test"]) == (system, axis.test):
                for score in scored["scores"]:
                    if score["name"] == axis.measure:
                        ends = (score["low"], score["high"])
                        return Reading(score["value"], *(score["value"] if end is None else end for end in ends))
        return None


def read_places(sweep: Path, across: Mapping[str, str]) -> list[Place]:
    """The finished points of a sweep's folder, in the order of the axis; `across` names each value's place."""
    state = read_sweep_state(sweep)
    results = read_results(sweep, state["points"]) if state else ()
    found = {across[one.assignment[0][1]]: one for one in results if one.outcome and one.assignment[0][1] in across}
    return [Place(name, sweep / found[name].name, found[name]) for name in across.values() if name in found]


def draw_panels_of(figure: Figure, places: Mapping[str, Sequence[Place]]) -> Iterator[Panel]:
    """A panel for each measure; `places` are by the curve's name. Values stand at equal distances.

    Whiskers are the paired interval of the change against before, which is narrower than that of the score, and end at
    0, below which no score goes; the score's own where nothing was compared.
    """
    ticks = list(dict.fromkeys(name for curve in figure.curves for name in curve.values))
    for axis in figure.axes:
        families = [
            Family(_name(curve, label), list(_points(places[curve.name], axis, system=system, ticks=ticks)))
            for curve in figure.curves
            for system, label in figure.systems.items()
        ]
        first = next((place for of_curve in places.values() for place in of_curve), None)
        before = first.read(axis, system="before") if first else None
        yield Panel(families, figure.across, axis.label, ticks, before.value if before else None)


def render_table(figure: Figure, places: Mapping[str, Sequence[Place]]) -> str:
    """Markdown: a row for each point and system, with the scores and the changes against the student that came in."""
    compared = {axis: _is_compared(axis, places) for axis in figure.axes}
    cells = [cell for axis, changes in compared.items() for cell in _heads(axis, changes=changes)]
    rows = [
        f"| {_name(curve, label)} | {place.across} | {_joined(_cells(place, compared, system))} "
        f"| {_updates(place, system)} |"
        for curve in figure.curves
        for system, label in figure.systems.items()
        for place in places[curve.name]
    ]
    header = f"| curve | {figure.across} | {_joined(iter(cells))} | updates |\n|---|--:|{'--:|' * len(cells)}--:|"
    return "\n".join([header, *_before(compared, places), *rows])


def _joined(cells: Iterator[str]) -> str:
    return " | ".join(cells)


def _is_compared(axis: Axis, places: Mapping[str, Sequence[Place]]) -> bool:
    """Whether the student that came in has such a score at all: it has not drifted from itself."""
    return any(_change(place, axis, system="after") for of_curve in places.values() for place in of_curve)


def _heads(axis: Axis, *, changes: bool) -> Iterator[str]:
    yield f"{measure_label(axis.measure, test=axis.test)} (95 % interval)"
    if changes:
        yield "against before"


def _points(places: Sequence[Place], axis: Axis, *, system: str, ticks: Sequence[str]) -> Iterator[Point]:
    for place in places:
        found, x = place.read(axis, system=system), float(ticks.index(place.across))
        if found is not None:
            change = _change(place, axis, system=system)
            ends = (change.before + change.low, change.before + change.high) if change else (found.low, found.high)
            yield Point(x, found.value, (x, x), (max(0.0, ends[0]), ends[1]))


def _before(compared: Mapping[Axis, bool], places: Mapping[str, Sequence[Place]]) -> Iterator[str]:
    for place in [place for of_curve in places.values() for place in of_curve][:1]:
        cells = (
            _score(place.read(axis, system="before"), axis) + (" | " if changes else "")
            for axis, changes in compared.items()
        )
        yield f"| before | | {_joined(cells)} | |"


def _cells(place: Place, compared: Mapping[Axis, bool], system: str) -> Iterator[str]:
    for axis, changes in compared.items():
        yield _score(place.read(axis, system=system), axis)
        if not changes:
            continue
        change = _change(place, axis, system=system)
        if change is None:
            yield ""
        else:
            sides = (format_signed(one, name=axis.measure) for one in (change.difference, change.low, change.high))
            yield "{} ({} to {})".format(*sides)


def _change(place: Place, axis: Axis, *, system: str) -> Comparison | None:
    outcome = place.result.outcome
    return outcome.comparison((axis.test, axis.measure)) if outcome and system == "after" else None


def _score(reading: Reading | None, axis: Axis) -> str:
    if reading is None:
        return ""
    value, low, high = (format_value(one, name=axis.measure) for one in (reading.value, reading.low, reading.high))
    measure = find_measure(axis.measure)
    unit = measure.unit if measure else ""
    return f"{value} ({low.removesuffix(unit)} to {high.removesuffix(unit)})"


def _updates(place: Place, system: str) -> str:
    """Those of the whole run, and so of no system before its end."""
    return f"{place.result.outcome.updates:,}" if place.result.outcome and system == "after" else ""


def _name(curve: Curve, label: str) -> str:
    return ", ".join(part for part in (curve.name, label) if part)
