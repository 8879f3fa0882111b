"""What a translator is shown: the student's output for each text, the least certain first, and like translations."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from tutelage.core.decoding import Decoding
from tutelage.core.errors import CorpusError, StudentError
from tutelage.core.languages import Direction
from tutelage.core.protection.spans import ALL, ProtectedSpan, Protection, find_protected
from tutelage.core.protocols import Progress
from tutelage.core.records import Hypothesis, Pair, Segment
from tutelage.corpora.fuzzy_matches import Match, find_matches
from tutelage.stages.selection.certainty import score_hypotheses
from tutelage.students.loading import load_student
from tutelage.students.naming import open_student
from tutelage.students.promoted import is_run_folder, promoted_student

MOST_READ = 20_000
"""Different texts that are translated to find the least certain of them."""


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One text with what the student makes of it."""

    segment: Segment
    draft: str
    confidence: float | None
    """Geometric mean of the probabilities of its tokens, 0 to 1; `None` if the student cannot tell."""
    protected: tuple[ProtectedSpan, ...]
    """What of the source must be in the translation as it is."""
    matches: tuple[Match, ...] = ()


def make_items(
    segments: Iterable[Segment],
    *,
    student: str,
    direction: Direction,
    decoding: Decoding,
    most: int,
    protection: Protection | None = ALL,
    progress: Progress,
) -> list[ReviewItem]:
    """At most so many items, the least certain first; CorpusError if there is no text."""
    texts = list(islice(_distinct(segments), MOST_READ))
    if not texts:
        raise CorpusError("there is nothing to review.", fix="Give a text with source segments.")
    progress.start("student translates", total=len(texts))
    hypotheses = list(_translate(texts, student, direction, decoding, protection, progress))
    progress.finish()
    values = _confidences(hypotheses, student, direction, protection, progress)
    order = sorted(range(len(texts)), key=lambda place: (_or_sure(values[place]), place))[:most]
    marked = [find_protected(texts[place].text, protection or ALL) for place in order]
    return [
        ReviewItem(texts[place], hypotheses[place].text, values[place], spans)
        for place, spans in zip(order, marked, strict=True)
    ]


def with_matches(items: Sequence[ReviewItem], memory: Iterable[Pair]) -> list[ReviewItem]:
    """The items with what a translation memory has for like texts."""
    found = find_matches([item.segment.text for item in items], memory)
    return [replace(item, matches=matches) for item, matches in zip(items, found, strict=True)]


def _distinct(segments: Iterable[Segment]) -> Iterator[Segment]:
    seen: set[str] = set()
    for segment in segments:
        if segment.text.strip() and segment.text not in seen:
            seen.add(segment.text)
            yield segment


def _translate(
    segments: Sequence[Segment],
    student: str,
    direction: Direction,
    decoding: Decoding,
    protection: Protection | None,
    progress: Progress,
) -> Iterator[Hypothesis]:
    engine = open_student(student, direction=direction, protection=protection)
    outputs = engine.translate((segment.text for segment in segments), decoding=decoding)
    for segment, text in zip(segments, outputs, strict=True):
        progress.advance()
        yield Hypothesis(segment, text, student)


def _confidences(
    hypotheses: Sequence[Hypothesis],
    student: str,
    direction: Direction,
    protection: Protection | None,
    progress: Progress,
) -> list[float | None]:
    progress.start("student scores", total=len(hypotheses))
    try:
        folder = promoted_student(Path(student)) if is_run_folder(Path(student)) else student
        loaded = load_student(str(folder), direction=direction)
        loaded.require_trainable()
        values: list[float | None] = [
            math.exp(value) for value in score_hypotheses(loaded, hypotheses, protection=protection)
        ]
    except StudentError as error:
        progress.finish(f"in the order of the text, since the student's confidence is not known: {error}")
        return [None] * len(hypotheses)
    progress.advance(len(hypotheses))
    progress.finish()
    return values


def _or_sure(value: float | None) -> float:
    return 1.0 if value is None else value
