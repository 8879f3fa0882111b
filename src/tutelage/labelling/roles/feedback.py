"""The role *feedback*: what is wrong in a hypothesis, why, and how it should read (MT-Patcher, §3.1)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from tutelage.core.glossary.glossary import Glossary
from tutelage.core.languages import Direction
from tutelage.core.records import ErrorSpan, Feedback, Hypothesis, Rejection
from tutelage.labelling.roles.error_spans import Judged, Mode, locate_error
from tutelage.labelling.roles.feedback_answer import Category, FeedbackAnswer, PostEditFirst
from tutelage.labelling.roles.feedback_repair import REPAIRABLE, derive_errors, find_contradiction, written_post_edit
from tutelage.labelling.roles.plausibility import find_doubt, find_false_praise, is_unexplained
from tutelage.labelling.roles.prompts import name_languages, read_prompt
from tutelage.labelling.roles.terms import tell_terms
from tutelage.teachers.comparing.agreement import measure_agreement
from tutelage.teachers.messages import Message, delimit
from tutelage.teachers.plain_text import between_space_of
from tutelage.teachers.role import Answered, SignedRole

PROMPT = "feedback-2"
PROMPT_POST_EDIT_FIRST = "feedback-2-post-edit-first"
REPAIRED = "repaired"
"""Origin of feedback whose error spans were derived from the post-edit, or whose post-edit was made of its errors."""


@dataclass(frozen=True, slots=True)
class FeedbackExample:
    """A hypothesis and the answer to it, shown to the teacher before the question."""

    source: str
    translation: str
    answer: FeedbackAnswer


class GiveFeedback(SignedRole):
    """Judge one hypothesis."""

    name = "feedback"
    prompt_version = PROMPT
    schema: type[FeedbackAnswer | PostEditFirst] = FeedbackAnswer
    temperature = 0.1
    """The paper's."""

    def __init__(
        self,
        direction: Direction,
        *,
        mode: Mode = "strict",
        max_tokens: int = 1536,
        examples: Sequence[FeedbackExample] = (),
        post_edit_first: bool = False,
        glossary: Glossary | None = None,
    ) -> None:
        """With a glossary the terms of the source are told."""
        self.glossary = glossary
        self.direction, self.mode, self.max_tokens = direction, mode, max_tokens
        if post_edit_first:
            self.prompt_version, self.schema = PROMPT_POST_EDIT_FIRST, PostEditFirst
        categories = ", ".join(get_args(Category))
        self._instruction = read_prompt(self.prompt_version, categories=categories, **name_languages(direction))
        self._examples = [
            (_show(one.source, one.translation), self.schema.model_validate(one.answer.model_dump()).model_dump_json())
            for one in examples
        ]

    def render(self, item: Hypothesis) -> Sequence[Message]:
        """The instruction, the examples as earlier turns, then source and hypothesis between marks."""
        turns = [turn for question, answer in self._examples for turn in (("user", question), ("assistant", answer))]
        turns.append(("user", _show(item.segment.text, item.text)))
        instruction = tell_terms(self._instruction, [item.segment.text], self.glossary)
        first = (turns[0][0], f"{instruction}\n\n{turns[0][1]}")
        return [Message(role, content) for role, content in (first, *turns[1:])]

    def verify(self, item: Hypothesis, answer: FeedbackAnswer | PostEditFirst) -> str | None:
        """What contradicts itself beyond repair; whether it is true of the text is seen by `make_feedback`."""
        fault = find_contradiction(answer, item.text)
        if fault is not None and self.mode == "strict" and written_post_edit(answer, item.text) is not None:
            return None
        return fault


def make_feedback(
    hypothesis: Hypothesis, answered: Answered, *, direction: Direction, mode: Mode = "strict"
) -> tuple[Feedback | None, list[Rejection]]:
    """The feedback, or none, and what was dropped: single errors, or the whole answer, each with its reason.

    `paper` drops errors as the paper does; `strict` also drops quotations that are not there and answers that cannot
    be a review of this hypothesis (`plausibility`). With no error left, `strict` finds them by comparison with the
    post-edit; otherwise the sentence is dropped: `no_error_left`.
    """
    answer: FeedbackAnswer | PostEditFirst = answered.answer
    written = answer.post_edit if mode == "paper" else written_post_edit(answer, hypothesis.text)
    if written is None or (mode == "paper" and not answer.has_error):
        return _praise(hypothesis, answered, direction=direction, mode=mode)
    post_edit = between_space_of(hypothesis.segment.text, written)
    judged = Judged(hypothesis, post_edit, direction, mode)
    fault = _fault(answer, judged)
    if fault is not None:
        return None, [_reject(answered, fault, post_edit)]
    located = [(error, locate_error(error, judged=judged)) for error in answer.errors]
    errors = tuple(dict.fromkeys(place for _, place in located if isinstance(place, ErrorSpan)))
    rejections = [
        _reject(answered, reason, error.model_dump_json()) for error, reason in located if isinstance(reason, str)
    ]
    is_repaired = mode == "strict" and (not errors or find_contradiction(answer, hypothesis.text) is not None)
    if not errors and mode == "strict" and all(one.reason in REPAIRABLE for one in rejections):
        errors = derive_errors(hypothesis, post_edit, direction=direction)
    if not errors:
        return None, [*rejections, _reject(answered, "no_error_left", post_edit)]
    provenance = answered.provenance
    if is_repaired:
        provenance = dataclasses.replace(provenance, origin=REPAIRED)
    quality = measure_agreement(hypothesis.text, post_edit)
    return Feedback(hypothesis, errors, post_edit, quality, provenance), rejections


def _show(source: str, translation: str) -> str:
    return f"{delimit(source, name='source')}\n\n{delimit(translation, name='translation')}"


def _praise(
    hypothesis: Hypothesis, answered: Answered, *, direction: Direction, mode: Mode
) -> tuple[Feedback | None, list[Rejection]]:
    """Feedback without an error, if the hypothesis can be right."""
    source = hypothesis.segment.text
    fault = find_false_praise(source, hypothesis.text, direction=direction) if mode == "strict" else None
    if fault is not None:
        return None, [_reject(answered, fault, hypothesis.text)]
    return Feedback(hypothesis, (), None, 1.0, answered.provenance), []


def _fault(answer: FeedbackAnswer | PostEditFirst, judged: Judged) -> str | None:
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
