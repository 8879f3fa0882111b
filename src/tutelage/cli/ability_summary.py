"""Abilities as lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tutelage.cli.summaries import score_cell
from tutelage.cli.tables import align
from tutelage.evaluation.figures import format_value, measure_label
from tutelage.evaluation.retention.names import TEST
from tutelage.evaluation.retention.rows import ability_rows, describe_retention

if TYPE_CHECKING:
    from tutelage.tasks.abilities.comparison import AbilityReport
    from tutelage.tasks.abilities.judgement import JudgedAnswers


def render_abilities(report: AbilityReport) -> Iterator[str]:
    """A row for each ability, what was kept, and the signatures."""
    yield f"{report.items:,} built-in items, 95 % intervals"
    yield from _alone(report) if report.against is None else _compared(report, report.against)
    if report.judged is not None:
        yield from _judged(report.judged)
    yield ""
    yield from dict.fromkeys(f"signature of {one.system}: {one.signature}" for one in report.systems)
    own = report.systems[-1].scores
    yield from (f"signature of {measure_label(score.name, test=TEST)}: {score.signature}" for score in own)


def _alone(report: AbilityReport) -> Iterator[str]:
    (system,) = report.systems
    rows = [(measure_label(one.name, test=TEST), f"{one.n:,}", score_cell(one)) for one in system.scores]
    yield from align([("ability", "items", system.system), *rows], right=range(1, 3))


def _compared(report: AbilityReport, against: str) -> Iterator[str]:
    names = (against, report.student)
    header = ("ability", "items", against, report.student, "change", "kept")
    rows = [
        (row.label, f"{row.before.n:,}", score_cell(row.before), score_cell(row.after), row.change, row.kept)
        for row in ability_rows(report.systems, report.comparisons, names=names)
    ]
    yield from align([header, *rows], right=range(1, 6))
    yield ""
    yield describe_retention(report.systems, names=names) or ""


def _judged(judged: JudgedAnswers) -> Iterator[str]:
    share = judged.share_won
    low, high = (format_value(end, name=share.name) for end in (share.low or 0.0, share.high or 0.0))
    yield ""
    yield f"open answers: {format_value(share.value, name=share.name)} % won ({low} to {high}), n = {share.n:,}"
    yield (
        f"{judged.wins:,} better, {judged.ties:,} even, {judged.losses:,} worse; {judged.inconsistent:,} of the even "
        f"ones by disagreeing orders, {judged.unjudged:,} without a verdict"
    )
    yield f"signature of the judge: {share.signature}"
