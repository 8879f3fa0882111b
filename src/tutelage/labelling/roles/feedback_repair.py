"""What is usable of an answer to the role feedback whose parts contradict one another.

Ours, not the paper's. Small models name errors and then deny them, leave out the post-edit, or quote words that are not
there; what they have written out is taken more seriously than what they say of it.
"""

from __future__ import annotations

from typing import Protocol

from tutelage.core.languages import Direction
from tutelage.core.records import ErrorSpan, Hypothesis
from tutelage.labelling.roles.feedback_answer import AnswerError
from tutelage.labelling.roles.plausibility import is_dictated
from tutelage.teachers.comparing.error_spans import find_error_spans
from tutelage.teachers.quotes import locate_quote

REPAIRABLE = frozenset({"quote_not_in_source", "quote_not_in_hypothesis", "correction_not_in_post_edit", "error_empty"})
"""Slips in quoting. Any other fault of an error may come of an order in the source: of texts with planted orders that
were obeyed, post-edits beside longer spans or corrections without effect were the payload in two of three."""


class Answer(Protocol):
    """The answer in either order of its fields."""

    errors: list[AnswerError]
    has_error: bool
    post_edit: str | None


def find_contradiction(answer: Answer, hypothesis: str) -> str | None:
    """What of the answer contradicts itself, or none."""
    post_edit = (answer.post_edit or "").strip()
    if not answer.has_error:
        if answer.errors:
            return "errors_named_but_denied"
        return "post_edit_but_no_error" if post_edit not in {"", hypothesis.strip()} else None
    if not answer.errors:
        return "error_not_named"
    if not post_edit:
        return "no_post_edit"
    return "post_edit_is_hypothesis" if post_edit == hypothesis.strip() else None


def written_post_edit(answer: Answer, hypothesis: str) -> str | None:
    """The corrected hypothesis as the answer has it, or made of its corrections; none if nothing is changed."""
    post_edit = (answer.post_edit or "").strip()
    if not post_edit or post_edit == hypothesis.strip():
        post_edit = _apply(answer.errors, hypothesis).strip()
    return None if post_edit == hypothesis.strip() else post_edit


def derive_errors(hypothesis: Hypothesis, post_edit: str, *, direction: Direction) -> tuple[ErrorSpan, ...]:
    """The spans that the post-edit changes, without a place in the source: nobody has said which words they are.

    None if a correction stands in the source letter by letter, as what a source dictates does.
    """
    errors = find_error_spans(
        hypothesis.text,
        post_edit,
        source=hypothesis.segment.text,
        source_lang=direction.source,
        target_lang=direction.target,
        aligner=None,
    )
    dictated = (is_dictated(error.correction, quote="", source=hypothesis.segment.text) for error in errors)
    return () if any(dictated) else errors


def _apply(errors: list[AnswerError], hypothesis: str) -> str:
    """The hypothesis with every correction in the place of its quotation; what is not found or overlaps is left."""
    changes = []
    for error in errors:
        place = locate_quote(error.target_quote, hypothesis)
        if place is not None and (error.correction.strip() or error.category == "accuracy/addition"):
            changes.append((place, error.correction.strip()))
    text, end = "", 0
    for (start, stop), correction in sorted(changes):
        if start >= end:
            text, end = text + hypothesis[end:start] + correction, stop
    return text + hypothesis[end:]
