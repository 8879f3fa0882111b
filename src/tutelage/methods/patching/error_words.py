"""The words that the student gets wrong, with the teacher's word for them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tutelage.core.records import ErrorSpan, Feedback

MAX_PHRASE_WORDS = 3
"""Longer stretches are sentence parts, for which no other context is found or written."""
MIN_LETTERS = 4
"""A phrase without a word of so many letters is made of function words."""
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class ErrorWord:
    """A source phrase and its correction, and the feedback that shows the error."""

    source: str
    """In lower case."""
    target: str
    """In lower case."""
    feedback_ids: tuple[str, ...]
    example: str
    """A source segment in which the student got it wrong."""

    @property
    def id(self) -> str:
        """Name of the error in tables and calls."""
        return f"{self.source}→{self.target}"


def collect_error_words(feedbacks: Iterable[Feedback], *, most: int) -> list[ErrorWord]:
    """The error words of flagged feedback, the most frequent first; ties in alphabetical order."""
    found: dict[tuple[str, str], list[Feedback]] = {}
    for feedback in feedbacks:
        for error in feedback.errors:
            phrase = _phrase(feedback, error)
            if phrase is not None:
                found.setdefault(phrase, []).append(feedback)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))[:most]
    return [
        ErrorWord(source, target, tuple(f.id for f in shown), shown[0].hypothesis.segment.text)
        for (source, target), shown in ordered
    ]


def contains_phrase(text: str, phrase: str) -> bool:
    """Whether the phrase stands in the text as whole words, in any case."""
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text.lower()) is not None


def _phrase(feedback: Feedback, error: ErrorSpan) -> tuple[str, str] | None:
    if error.source_start < 0 or not error.category.startswith("accuracy"):
        return None
    source = feedback.hypothesis.segment.text[error.source_start : error.source_end].lower().strip()
    target = error.correction.lower().strip()
    return (source, target) if _is_word_like(source) and _is_word_like(target) else None


def _is_word_like(phrase: str) -> bool:
    words = _WORD.findall(phrase)
    return 0 < len(phrase.split()) <= MAX_PHRASE_WORDS and any(len(word) >= MIN_LETTERS for word in words)
