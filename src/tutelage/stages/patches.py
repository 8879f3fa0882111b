"""Which corrections a report shows, with what the new student writes now."""

from __future__ import annotations

from collections.abc import Iterable

from tutelage.core.records import Feedback
from tutelage.corpora.normalising import short_hash
from tutelage.evaluation.report_data import PatchView
from tutelage.stages.context import StepContext
from tutelage.stages.outcome import StepOutcome

MAX_WORDS = 40
"""Longer segments do not read well on a page."""


def show_patches(context: StepContext, outcome: StepOutcome) -> tuple[PatchView, ...]:
    """Some corrections that were trained on, drawn by hash and not by beauty, and the outputs of the new student."""
    if outcome.feedback is None:
        return ()
    trained = {parent for example in outcome.examples for parent in example.provenance.parents}
    shown = _draw(
        (item for item in outcome.feedback if item.flagged and item.id in trained),
        most=context.recipe.evaluation.examples_in_report,
    )
    sources = [item.hypothesis.segment.text for item in shown]
    outputs = context.engine(outcome.student).translate(sources, decoding=context.decoding) if sources else ()
    return tuple(_view(item, after) for item, after in zip(shown, outputs, strict=True))


def _draw(flagged: Iterable[Feedback], *, most: int) -> list[Feedback]:
    readable = (item for item in flagged if item.errors and 3 <= len(item.hypothesis.segment.text.split()) <= MAX_WORDS)
    return sorted(readable, key=lambda item: short_hash(item.id))[:most]


def _view(item: Feedback, after: str) -> PatchView:
    segment = item.hypothesis.segment
    return PatchView(
        source=segment.text,
        hypothesis=item.hypothesis.text,
        errors=item.errors,
        post_edit=item.post_edit,
        after=after,
        note=segment.id,
    )
