"""Translations in either direction by one of the recipe's teachers, for checks of what another teacher said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tutelage.core.errors import BudgetError, TeacherError
from tutelage.core.languages import Direction
from tutelage.core.records import Pair, Segment
from tutelage.stages.context import StepContext


def translate_back(
    context: StepContext, texts: Iterable[tuple[str, str]], *, teacher: str | None, total: int | None
) -> Iterator[tuple[str, str]]:
    """Each (id, target text) as (id, source text), streaming; what the teacher cannot translate is left out."""
    direction = context.recipe.direction.direction
    back = Direction(direction.target, direction.source)
    return _translate(context, texts, teacher=teacher, direction=back, label="translate back", total=total)


def translate_there(
    context: StepContext, texts: Iterable[tuple[str, str]], *, teacher: str | None, total: int | None
) -> Iterator[tuple[str, str]]:
    """Each (id, source text) as (id, target text), streaming; what the teacher cannot translate is left out."""
    direction = context.recipe.direction.direction
    return _translate(context, texts, teacher=teacher, direction=direction, label="teacher translates", total=total)


def _translate(
    context: StepContext,
    texts: Iterable[tuple[str, str]],
    *,
    teacher: str | None,
    direction: Direction,
    label: str,
    total: int | None,
) -> Iterator[tuple[str, str]]:
    segments = (Segment(text_id, text, direction.source) for text_id, text in texts)
    context.progress.start(label, total=total, unit="texts")
    try:
        for outcome in context.teachers.translator(teacher).translate(segments, direction=direction):
            if isinstance(outcome, Pair):
                yield outcome.id, outcome.target.text
            context.progress.advance()
    except (TeacherError, BudgetError):
        context.progress.finish("stopped")
        raise
    context.progress.finish()
