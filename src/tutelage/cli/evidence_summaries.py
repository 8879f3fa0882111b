"""Word lists and probes as lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tutelage.cli.summaries import score_cell
from tutelage.cli.tables import align
from tutelage.evaluation.figures import format_change, measure_label

if TYPE_CHECKING:
    from tutelage.core.evidence import Score, SystemScores
    from tutelage.tasks.probe.probe import Probe
    from tutelage.tasks.words.building import WordListReport
    from tutelage.tasks.words.scoring import WordScores


def render_word_list(made: WordListReport) -> Iterator[str]:
    """Items by group, and what was left out."""
    yield f"{made.items:,} items of {made.words:,} words; {made.terms:,} terms, {made.training:,} training segments"
    rows = [(name, f"{count:,}") for name, count in made.groups.items()]
    yield from align([("group", "items"), *rows], right=[1])
    for reason, count in made.left_out.items():
        yield f"left out, {reason}: {count:,}"


def render_word_scores(scores: WordScores) -> Iterator[str]:
    """Term accuracy by system, group and way of matching; the comparisons; the signatures."""
    yield f"{scores.items:,} items, 95 % intervals"
    names = [score.name for score in scores.systems[0].scores]
    header = ("system", "group", "items", *map(measure_label, names))
    yield from align([header, *map(_word_row, scores.systems)], right=range(2, len(header)))
    for comparison in scores.comparisons:
        yield ""
        yield f"{comparison.system} against {comparison.baseline}:"
        yield from (f"  {format_change(one)}" for one in comparison.comparisons)
    yield ""
    yield from dict.fromkeys(f"signature of {one.system}: {one.signature}" for one in scores.systems)
    yield from (f"signature of {measure_label(s.name)}: {s.signature}" for s in scores.systems[0].scores)


def render_probe(probe: Probe) -> Iterator[str]:
    """Precision, recall and F1 by level, recall by kind of error, and what could not be used."""
    found = probe.detection
    yield f"{probe.teacher}, feedback {probe.how}, text.{probe.use}"
    yield f"{found.texts:,} texts, {found.damaged:,} of them with {found.errors:,} planted errors, 95 % intervals"
    if probe.thresholds:
        shown = ", ".join(f"{threshold:.3f}" for threshold in probe.thresholds)
        yield f"counted as right from an agreement of {shown}"
    yield ""
    names = ("precision", "recall", "f1", "false_alarms")
    rows = [(level.level, *_cells(level.scores, names)) for level in found.levels]
    yield from align([("", *map(measure_label, names)), *rows], right=range(1, 5))
    if found.kinds:
        yield ""
        kinds = [(k.kind, f"{k.errors:,}", score_cell(k.flagged), score_cell(k.touched)) for k in found.kinds]
        yield from align([("planted", "errors", "segment flagged", "span touched"), *kinds], right=range(1, 4))
    if found.unanswered:
        yield f"{found.unanswered:,} texts without usable feedback, not counted"
    yield from (f"rejected, {one.reason}: {one.count:,}" for one in probe.rejections)


def _word_row(system: SystemScores) -> tuple[str, ...]:
    items = max((score.n for score in system.scores), default=0)
    return (system.system, system.test, f"{items:,}", *map(score_cell, system.scores))


def _cells(scores: tuple[Score, ...], names: tuple[str, ...]) -> Iterator[str]:
    by_name = {score.name: score for score in scores}
    return (score_cell(by_name.get(name)) for name in names)
