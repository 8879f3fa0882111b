"""Results as lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tutelage.cli.output import align
from tutelage.core.counts import counted
from tutelage.evaluation.figures import format_change, format_money, format_value, measure_label
from tutelage.evaluation.measures import is_silent

if TYPE_CHECKING:
    from tutelage.core.evidence import Score, SystemScores
    from tutelage.core.recipe import Recipe
    from tutelage.runs.checks.recipe_check import RecipeCheck
    from tutelage.runs.checks.step_estimates import StepEstimate
    from tutelage.runs.checks.text_checks import TextFacts
    from tutelage.runs.run_list import RunSummary
    from tutelage.tasks.evaluation import Evaluation


def render_check(recipe: Recipe, check: RecipeCheck) -> Iterator[str]:
    """The recipe in short, what each step will take, and what should be known."""
    yield f"{recipe.name}: no problems"
    student = recipe.student.model or "a new one"
    yield f"student {student}, {recipe.direction.direction}"
    yield from map(_text_line, check.texts)
    yield ""
    header = ("step", "method", "pool", "teacher calls", "tokens", "examples", "time", "cost")
    yield from align([header, *map(_estimate_row, check.estimates)], right=range(2, 8))
    yield "Rough figures, for a student of the embedded one's size; answers that the ledger holds are free."
    for note in check.notes:
        yield f"note: {note}"


def _text_line(facts: TextFacts) -> str:
    count = counted(facts.segments, "segment")
    first = f"; the first: {facts.first}" if facts.first else ""
    return f"text.{facts.use}: {count if facts.whole else f'first {count} read'}{first}"


def render_evaluation(evaluation: Evaluation) -> Iterator[str]:
    """Scores with intervals by student, the comparisons with the first, and the signatures."""
    from tutelage.evaluation.off_target.table import language_table

    yield f"{counted(evaluation.segments, 'segment')}, 95 % intervals"
    names = _shown_measures(evaluation.systems)
    header = ("student", *(measure_label(name) for name in names))
    yield from align(
        [header, *(_score_row(system, names) for system in evaluation.systems)], right=range(1, len(header))
    )
    for comparison in evaluation.comparisons:
        yield ""
        yield f"{comparison.student} against {comparison.baseline}:"
        yield from (f"  {format_change(one)}" for one in comparison.comparisons if one.name in names)
    yield ""
    yield f"off-target of the references: {score_cell(evaluation.reference.score('off_target'))}"
    table = language_table(evaluation.confusions)
    yield from align(table, right=range(2, len(table[0])))
    yield ""
    yield from (f"signature of {system.system}: {system.signature}" for system in evaluation.systems)
    yield from (f"signature of {measure_label(s.name)}: {s.signature}" for s in evaluation.systems[0].scores)


def render_runs(runs: Sequence[RunSummary]) -> Iterator[str]:
    """One line for each run."""
    if not runs:
        yield "no runs yet"
        return
    header = ("run", "state", "verdict", "scores", "date")
    rows = [(run.name, run.state, _verdict(run), headline_figures(run.headline), _date(run.updated)) for run in runs]
    yield from align([header, *rows])


def headline_figures(headline: str) -> str:
    """`chrF 47.2 → 51.3` out of `verdict: better  chrF 47.2 → 51.3 (+4.1, …)`."""
    figures = headline.partition("  ")[2] if headline.startswith("verdict:") else headline
    return figures.partition(" (")[0].strip()


def _estimate_row(step: StepEstimate) -> tuple[str, ...]:
    estimate = step.estimate
    cost = "unknown" if step.cost is None else format_money(step.cost)
    return (
        str(step.number), step.method, f"{estimate.pool_segments:,}", f"{step.calls:,}",
        f"{step.tokens:,}", f"{estimate.training_examples:,}", _minutes(estimate.minutes),
        f"at most {cost}" if step.cost else cost,
    )  # fmt: skip


def _minutes(minutes: float) -> str:
    if minutes < 1:
        return "under 1 min"
    return f"{minutes:,.0f} min" if minutes < 120 else f"{minutes / 60:,.1f} h"


def _shown_measures(systems: Sequence[SystemScores]) -> list[str]:
    """Names of all measures but the quiet ones that no system has any of."""
    names = [score.name for score in systems[0].scores]
    return [name for name in names if not is_silent(name, *(system.score(name).value for system in systems))]


def _score_row(system: SystemScores, names: Sequence[str]) -> tuple[str, ...]:
    found = {score.name: score for score in system.scores}
    return (system.system, *(score_cell(found.get(name)) for name in names))


def score_cell(score: Score | None) -> str:
    """`51.3 [50.1–52.4]`, or a dash where it was not measured."""
    if score is None:
        return "–"
    value = format_value(score.value, name=score.name)
    if score.low is None or score.high is None:
        return value
    low, high = (format_value(end, name=score.name).removesuffix(" %") for end in (score.low, score.high))
    return f"{value} [{low}–{high}]"


def _verdict(run: RunSummary) -> str:
    if run.verdict is None:
        return "–"
    return f"{run.verdict}, not promoted" if run.passed is False else run.verdict


def _date(stamp: str) -> str:
    """`2026-01-31 12:00` out of `2026-01-31T12:00:00Z`."""
    return stamp.replace("T", " ")[:16]
