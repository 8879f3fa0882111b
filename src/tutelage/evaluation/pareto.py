"""Translation against retention: where each student of a run stands, and which of them no other one beats in both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from tutelage.core.evidence import Score, SystemScores
from tutelage.evaluation.charts import Axis, choose_axis
from tutelage.evaluation.figures import format_value
from tutelage.evaluation.measures import MEASURES
from tutelage.evaluation.report_data import StepReport
from tutelage.evaluation.retention.names import OVERALL, TEST, ability_of, ability_score, is_retention

_HEIGHT, _AXIS_HEIGHT = 260, 40
_MEASURE = "chrf"


@dataclass(frozen=True, slots=True)
class ParetoPoint:
    """One student."""

    label: str
    retention: float
    """Of the first student's abilities, as a ratio."""
    translation: float
    """chrF on the domain's test set."""
    look: str
    """before or after, as the style sheet has them."""


def pareto_points(steps: Sequence[StepReport]) -> tuple[ParetoPoint, ...]:
    """The student that came in and what each step made of it, against the first; fewer than two: nothing to plot.

    Every step is measured over the abilities in which the first student has a ratio.
    """
    measured = [step for step in steps if _find(step.systems, "after", OVERALL) and _translation(step, "after")]
    first = _translation(measured[0], "before") if measured else None
    if first is None:
        return ()
    base = measured[0].systems
    names = [score.name for score in _scores(base, "after") if is_retention(score.name) and score.name != OVERALL]
    abilities = [ability_of(name) for name in names]
    before = ParetoPoint("the student that came in", 1.0, first.value, "before")
    return (before, *_after_steps(measured, abilities, level=_mean(base, "before", abilities)))


def frontier(points: Sequence[ParetoPoint]) -> tuple[ParetoPoint, ...]:
    """The points that no other one equals or beats in both, from the least retention to the most."""
    best = [one for one in points if not any(_beats(other, one) for other in points)]
    return tuple(sorted(best, key=lambda one: one.retention))


def pareto_chart(points: Sequence[ParetoPoint]) -> str:
    """A plot of the points, retention to the right and translation upwards; empty for fewer than two."""
    if len(points) < 2:
        return ""
    across = choose_axis(min(one.retention for one in points), max(one.retention for one in points))
    up = choose_axis(min(one.translation for one in points), max(one.translation for one in points))
    label = escape("; ".join(map(_describe, points)), quote=True)
    body = [*_grid(across, up), _frontier_line(frontier(points), across, up)]
    body += [_dot(one, across, up) for one in points]
    return (
        f'<svg class="chart" role="img" aria-label="{label}" width="100%" height="{_HEIGHT + _AXIS_HEIGHT}">'
        f"{''.join(body)}</svg>"
    )


def _after_steps(steps: Sequence[StepReport], abilities: Sequence[str], *, level: float) -> Iterator[ParetoPoint]:
    for step in steps:
        score = _translation(step, "after")
        if score is not None and level > 0:
            kept = _mean(step.systems, "after", abilities) / level
            yield ParetoPoint(f"{step.number} {step.method}", kept, score.value, "after")


def _beats(other: ParetoPoint, one: ParetoPoint) -> bool:
    there, here = (other.retention, other.translation), (one.retention, one.translation)
    return there != here and there[0] >= here[0] and there[1] >= here[1]


def _mean(systems: Sequence[SystemScores], system: str, abilities: Sequence[str]) -> float:
    found = [_find(systems, system, ability_score(ability)) for ability in abilities]
    values = [score.value for score in found if score is not None]
    return sum(values) / len(values) if values else 0.0


def _translation(step: StepReport, system: str) -> Score | None:
    return _find(step.systems, system, _MEASURE, test="domain")


def _find(systems: Sequence[SystemScores], system: str, name: str, *, test: str = TEST) -> Score | None:
    return next((score for score in _scores(systems, system, test=test) if score.name == name), None)


def _scores(systems: Sequence[SystemScores], system: str, *, test: str = TEST) -> list[Score]:
    return [score for one in systems if (one.system, one.test) == (system, test) for score in one.scores]


def _describe(point: ParetoPoint) -> str:
    translation = format_value(point.translation, name=_MEASURE)
    retention = format_value(point.retention, name=OVERALL)
    return f"{point.label}: {MEASURES[_MEASURE].label} {translation}, retention {retention}"


def _y(up: Axis, value: float) -> float:
    return _HEIGHT * (1 - up.percent(value) / 100)


def _grid(across: Axis, up: Axis) -> Iterator[str]:
    for tick in across.ticks:
        x = across.percent(tick)
        yield f'<line class="grid" x1="{x:.2f}%" x2="{x:.2f}%" y1="0" y2="{_HEIGHT}"/>'
        yield f'<text class="tick" x="{x:.2f}%" y="{_HEIGHT + 16}" text-anchor="middle">{tick:g}</text>'
    for tick in up.ticks:
        y = _y(up, tick)
        yield f'<line class="grid" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="tick" x="0" y="{y - 4:.1f}">{tick:g}</text>'
    yield f'<text class="tick" x="100%" y="{_HEIGHT + 34}" text-anchor="end">retention →</text>'
    yield '<text class="tick" x="0" y="-6">chrF ↑</text>'


def _frontier_line(points: Sequence[ParetoPoint], across: Axis, up: Axis) -> str:
    places = [(across.percent(one.retention), _y(up, one.translation)) for one in points]
    return "".join(
        f'<line class="frontier" x1="{x1:.2f}%" x2="{x2:.2f}%" y1="{y1:.1f}" y2="{y2:.1f}"/>'
        for (x1, y1), (x2, y2) in pairwise(places)
    )


def _dot(point: ParetoPoint, across: Axis, up: Axis) -> str:
    x, y = across.percent(point.retention), _y(up, point.translation)
    anchor, shift = ("end", -10) if x > 70 else ("start", 10)
    place = f'x="{x:.2f}%" dx="{shift}" y="{y + 4:.1f}" text-anchor="{anchor}"'
    return (
        f'<g class="{escape(point.look, quote=True)}"><title>{escape(_describe(point))}</title>'
        f'<circle cx="{x:.2f}%" cy="{y:.1f}" r="5.5"/></g>'
        f'<text class="tick" {place}>{escape(point.label)}</text>'
    )
