"""Translations for checks of what another teacher said: there, and back into the source language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tutelage.core.errors import BudgetError, TeacherError
from tutelage.core.protocols import Progress
from tutelage.core.records import Pair, Segment
from tutelage.labelling.teachers import Translator


def translate_texts(
    texts: Iterable[tuple[str, str]], *, translator: Translator, progress: Progress, label: str, total: int | None
) -> Iterator[tuple[str, str]]:
    """Each (id, text) as (id, translation), streaming; what the teacher cannot translate is left out."""
    segments = (Segment(text_id, text, translator.direction.source) for text_id, text in texts)
    progress.start(label, total=total, unit="texts")
    try:
        for outcome in translator.translate(segments):
            if isinstance(outcome, Pair):
                yield outcome.id, outcome.target.text
            progress.advance()
    except (TeacherError, BudgetError):
        progress.finish("stopped")
        raise
    progress.finish()
