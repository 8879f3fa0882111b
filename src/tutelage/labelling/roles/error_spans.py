"""From an error as a teacher words it to its place in source and hypothesis, or the reason why it is not used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tutelage.core.languages import Direction
from tutelage.core.records import NOWHERE, ErrorSpan, Hypothesis
from tutelage.labelling.roles.feedback_answer import AnswerError
from tutelage.labelling.roles.plausibility import is_dictated, is_everything, is_out_of_proportion
from tutelage.teachers.comparing.error_spans import MAX_SPAN_WORDS
from tutelage.teachers.comparing.words import split_words
from tutelage.teachers.quotes import contains_quote, count_quote, locate_quote

Mode = Literal["strict", "paper"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the errors are about."""

    hypothesis: Hypothesis
    post_edit: str
    direction: Direction
    mode: Mode

    @property
    def source(self) -> str:
        """The text translated."""
        return self.hypothesis.segment.text


def locate_error(error: AnswerError, *, judged: Judged) -> ErrorSpan | str:
    """The error with its offsets, or why it is dropped.

    Both modes drop what the paper drops: corrections that are in the hypothesis already or absent from the post-edit,
    and spans of over 20 words (characters in scripts without spaces). Strict mode also drops quotations that are not
    in the text, and corrections that the source dictates. An addition has no place in the source: (-1, -1). Words
    that cannot be found in the hypothesis (an omission; in paper mode, a wrong quotation) have an empty span where
    the post-edit has the correction.
    """
    reason = _length_fault(error, judged) or _correction_fault(error, judged)
    if reason is not None:
        return reason
    source = locate_quote(error.source_quote, judged.source)
    target = locate_quote(error.target_quote, judged.hypothesis.text)
    if judged.mode == "strict":
        reason = _quote_fault(error, judged, source=source, target=target)
        if reason is not None:
            return reason
    target = target or _gap(judged.hypothesis.text, judged.post_edit, correction=error.correction)
    return ErrorSpan(
        *(source or NOWHERE),
        *target,
        category=error.category,
        severity=error.severity,
        correction=error.correction.strip(),
        explanation=error.explanation.strip(),
    )


def _length_fault(error: AnswerError, judged: Judged) -> str | None:
    source, target = judged.direction.source, judged.direction.target
    parts = ((error.source_quote, source), (error.target_quote, target), (error.correction, target))
    longest = max(sum(not word.is_punctuation for word in split_words(text, lang=lang)) for text, lang in parts)
    return "span_too_long" if longest > MAX_SPAN_WORDS else None


def _correction_fault(error: AnswerError, judged: Judged) -> str | None:
    correction, hypothesis, post_edit = error.correction.strip(), judged.hypothesis.text, judged.post_edit
    if not correction:
        return _addition_fault(error, judged)
    if judged.mode == "paper":
        missing, there = correction not in post_edit, correction in hypothesis
    else:
        missing, there = not contains_quote(post_edit, correction), _is_noop(error, judged)
    return "correction_not_in_post_edit" if missing else "correction_is_noop" if there else None


def _addition_fault(error: AnswerError, judged: Judged) -> str | None:
    """Words to be taken out: they must be named, and be fewer afterwards."""
    if not error.target_quote.strip():
        return "error_empty"
    kept = count_quote(judged.post_edit, error.target_quote) >= max(
        1, count_quote(judged.hypothesis.text, error.target_quote)
    )
    return "correction_is_noop" if kept else None


def _is_noop(error: AnswerError, judged: Judged) -> bool:
    """Whether the hypothesis has the correction as often as the post-edit has; case and typography are corrections."""
    correction, quote = error.correction.strip(), error.target_quote.strip()
    if correction == quote:
        return True
    if contains_quote(quote, correction) and not contains_quote(judged.post_edit, quote):
        return False  # the quotation is a longer stretch, shortened to the correction
    if correction not in judged.hypothesis.text:
        return False
    return count_quote(judged.hypothesis.text, correction) >= count_quote(judged.post_edit, correction)


def _quote_fault(
    error: AnswerError, judged: Judged, *, source: tuple[int, int] | None, target: tuple[int, int] | None
) -> str | None:
    is_addition, is_omission = not error.correction.strip(), not error.target_quote.strip()
    if source is None and not (is_addition and not error.source_quote.strip()):
        return "quote_not_in_source"
    if target is None and not is_omission:
        return "quote_not_in_hypothesis"
    text, lang = judged.hypothesis.text, judged.direction.target
    if is_everything(error.target_quote, hypothesis=text, post_edit=judged.post_edit, lang=lang):
        return "span_is_everything"
    if is_out_of_proportion(error.correction, quote=error.source_quote, direction=judged.direction):
        return "correction_out_of_proportion"
    if is_dictated(error.correction, quote=error.source_quote, source=judged.source):
        return "dictated_correction"
    return None


def _gap(hypothesis: str, post_edit: str, *, correction: str) -> tuple[int, int]:
    """The point of the hypothesis that answers to the start of the correction in the post-edit."""
    from rapidfuzz.distance import Levenshtein

    found = locate_quote(correction, post_edit)
    if found is None:
        return len(hypothesis), len(hypothesis)
    for code in Levenshtein.opcodes(hypothesis, post_edit):
        if code.dest_start <= found[0] < code.dest_end:
            point = code.src_start + (found[0] - code.dest_start if code.tag == "equal" else 0)
            return point, point
    return len(hypothesis), len(hypothesis)
