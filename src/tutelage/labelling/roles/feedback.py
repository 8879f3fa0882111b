"""The role *feedback*: what is wrong in a hypothesis, why, and how it should read (MT-Patcher, §3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from tutelage.core.languages import Direction
from tutelage.core.records import ErrorSpan, Feedback, Hypothesis, Rejection
from tutelage.labelling.roles.error_spans import Judged, Mode, locate_error
from tutelage.labelling.roles.feedback_answer import Category, FeedbackAnswer
from tutelage.labelling.roles.plausibility import find_doubt, find_false_praise, is_unexplained
from tutelage.labelling.roles.prompts import name_languages, read_prompt
from tutelage.teachers.comparing.agreement import measure_agreement
from tutelage.teachers.messages import Message, delimit
from tutelage.teachers.plain_text import between_space_of
from tutelage.teachers.role import Answered, SignedRole

PROMPT = "feedback-2"


class GiveFeedback(SignedRole):
    """Judge one hypothesis."""

    name = "feedback"
    prompt_version = PROMPT
    schema = FeedbackAnswer
    temperature = 0.1
    """The paper's."""

    def __init__(self, direction: Direction, *, mode: Mode = "strict", max_tokens: int = 1536) -> None:
        self.direction, self.mode, self.max_tokens = direction, mode, max_tokens
        categories = ", ".join(get_args(Category))
        self._instruction = read_prompt(PROMPT, categories=categories, **name_languages(direction))

    def render(self, item: Hypothesis) -> Sequence[Message]:
        """The instruction, then source and hypothesis between marks."""
        source, translation = delimit(item.segment.text, name="source"), delimit(item.text, name="translation")
        return [Message("user", f"{self._instruction}\n\n{source}\n\n{translation}")]

    def verify(self, item: Hypothesis, answer: FeedbackAnswer) -> str | None:
        """What contradicts itself; whether it is true of the text is seen by `make_feedback`."""
        post_edit = (answer.post_edit or "").strip()
        if not answer.has_error:
            if answer.errors:
                return "errors_named_but_denied"
            return "post_edit_but_no_error" if post_edit not in {"", item.text.strip()} else None
        if not answer.errors:
            return "error_not_named"
        if not post_edit:
            return "no_post_edit"
        return "post_edit_is_hypothesis" if post_edit == item.text.strip() else None


def make_feedback(
    hypothesis: Hypothesis, answered: Answered, *, direction: Direction, mode: Mode = "strict"
) -> tuple[Feedback | None, list[Rejection]]:
    """The feedback, or none, and what was dropped: single errors, or the whole answer, each with its reason.

    `paper` drops errors as the paper does; `strict` also drops quotations that are not there and answers that cannot
    be a review of this hypothesis (`plausibility`). With no error left the sentence is dropped: `no_error_left`.
    """
    answer: FeedbackAnswer = answered.answer
    if not answer.has_error:
        return _praise(hypothesis, answered, direction=direction, mode=mode)
    post_edit = between_space_of(hypothesis.segment.text, answer.post_edit or "")
    judged = Judged(hypothesis, post_edit, direction, mode)
    fault = _fault(answer, judged)
    if fault is not None:
        return None, [_reject(answered, fault, post_edit)]
    errors: list[ErrorSpan] = []
    rejections: list[Rejection] = []
    for named in answer.errors:
        located = locate_error(named, judged=judged)
        if isinstance(located, ErrorSpan):
            errors.append(located)
        else:
            rejections.append(_reject(answered, located, named.model_dump_json()))
    errors = list(dict.fromkeys(errors))
    if not errors:
        return None, [*rejections, _reject(answered, "no_error_left", post_edit)]
    quality = measure_agreement(hypothesis.text, post_edit)
    return Feedback(hypothesis, tuple(errors), post_edit, quality, answered.provenance), rejections


def _praise(
    hypothesis: Hypothesis, answered: Answered, *, direction: Direction, mode: Mode
) -> tuple[Feedback | None, list[Rejection]]:
    """Feedback without an error, if the hypothesis can be right."""
    source = hypothesis.segment.text
    fault = find_false_praise(source, hypothesis.text, direction=direction) if mode == "strict" else None
    if fault is not None:
        return None, [_reject(answered, fault, hypothesis.text)]
    return Feedback(hypothesis, (), None, 1.0, answered.provenance), []


def _fault(answer: FeedbackAnswer, judged: Judged) -> str | None:
    """Why the whole answer is dropped, or none; in paper mode nothing is."""
    if judged.mode == "paper":
        return None
    text, corrections = judged.hypothesis.text, [error.correction for error in answer.errors]
    doubt = find_doubt(judged.source, judged.post_edit, hypothesis=text, direction=judged.direction)
    if doubt is not None:
        return doubt
    target = judged.direction.target
    unexplained = is_unexplained(judged.post_edit, hypothesis=text, corrections=corrections, lang=target)
    return "unexplained_post_edit" if unexplained else None


def _reject(answered: Answered, reason: str, raw: str) -> Rejection:
    return Rejection(answered.item_id, GiveFeedback.name, reason, raw=raw, provenance=answered.provenance)
