"""Whether an answer to a question can be used: read, verified, and with something left after the role's own filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from tutelage.core.languages import Direction
from tutelage.core.records import Feedback, Rejection
from tutelage.labelling.roles.analogies import usable_analogies
from tutelage.labelling.roles.contexts import usable_pairs
from tutelage.labelling.roles.feedback import make_feedback
from tutelage.methods.train_patcher.questions import Question
from tutelage.teachers.calling.parsing import parse_answer
from tutelage.teachers.role import Answered


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an answer is worth: its fault, or none, and in the role *feedback* the feedback."""

    fault: str | None
    feedback: Feedback | None = None


def judge_answer(
    question: Question, text: str, *, direction: Direction, mode: Literal["strict", "paper"], truncated: bool = False
) -> Judgement:
    """The answer judged as patching judges a teacher's, but that it gets no second turn."""
    parsed = parse_answer(text, schema=question.role.schema, truncated=truncated)
    if parsed.value is None:
        return Judgement("unreadable_answer")
    fault = question.role.verify(question.item, parsed.value)
    if fault is not None:
        return Judgement(fault)
    return _judge_use(question, Answered(question.item.id, parsed.value), direction=direction, mode=mode)


def _judge_use(
    question: Question, answered: Answered, *, direction: Direction, mode: Literal["strict", "paper"]
) -> Judgement:
    """What the role's filters leave of a verified answer."""
    left: Any
    rejections: list[Rejection]
    if question.role.name == "feedback":
        left, rejections = make_feedback(question.item, answered, direction=direction, mode=mode)
        return Judgement(None, left) if left is not None else Judgement(rejections[-1].reason)
    if question.role.name == "contexts":
        left, rejections = usable_pairs(question.item, answered, direction, mode=mode)
    elif question.role.name == "analogies":
        left, rejections = usable_analogies(question.item, answered)
    else:
        return Judgement(None)
    return Judgement(None if left else rejections[-1].reason)
