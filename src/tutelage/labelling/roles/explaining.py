"""The role *explain*: what was wrong where a hypothesis was corrected, for corrections that are known already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tutelage.core.languages import Direction
from tutelage.core.records import ErrorSpan, Feedback
from tutelage.labelling.roles.feedback_answer import MAX_EXPLANATION_CHARACTERS, Category, Severity, lower
from tutelage.labelling.roles.prompts import name_languages, read_prompt
from tutelage.teachers.messages import Message, delimit
from tutelage.teachers.role import SignedRole

PROMPT = "explain-1"


class Explanation(BaseModel):
    """What was wrong with one correction, by its number."""

    model_config = ConfigDict(extra="forbid")

    number: int
    explanation: str = Field(max_length=MAX_EXPLANATION_CHARACTERS)
    category: Annotated[Category, BeforeValidator(lower)]
    severity: Annotated[Severity, BeforeValidator(lower)]


class Explanations(BaseModel):
    """The answer of the role explain."""

    model_config = ConfigDict(extra="forbid")

    errors: list[Explanation]


@dataclass(frozen=True, slots=True)
class Corrected:
    """Corrected hypotheses that are explained in one answer."""

    feedbacks: tuple[Feedback, ...]

    @property
    def id(self) -> str:
        """Of the first segment, and how many there are."""
        return f"{self.feedbacks[0].id}+{len(self.feedbacks)}"

    @property
    def errors(self) -> list[tuple[Feedback, ErrorSpan]]:
        """All corrections in the order of their numbers, from 1."""
        return [(feedback, error) for feedback in self.feedbacks for error in feedback.errors]


class ExplainErrors(SignedRole):
    """Explain the corrections of several hypotheses."""

    name = "explain"
    prompt_version = PROMPT
    schema = Explanations
    temperature = 0.1

    def __init__(self, direction: Direction, *, max_tokens: int = 2048) -> None:
        self.direction, self.max_tokens = direction, max_tokens
        categories = ", ".join(get_args(Category))
        self._instruction = read_prompt(PROMPT, categories=categories, **name_languages(direction))

    def render(self, item: Corrected) -> Sequence[Message]:
        """The instruction, then every hypothesis with its numbered corrections, all between marks."""
        shown, number = [], 0
        for feedback in item.feedbacks:
            lines = [f"source: {feedback.hypothesis.segment.text.strip()}"]
            lines += [
                f"translation: {feedback.hypothesis.text.strip()}",
                f"corrected: {(feedback.post_edit or '').strip()}",
            ]
            for error in feedback.errors:
                number += 1
                wrong = feedback.hypothesis.text[error.target_start : error.target_end]
                lines.append(f"{number}. [{wrong}] → [{error.correction}]")
            shown.append("\n".join(lines))
        corrections = delimit("\n\n".join(shown), name="corrections")
        return [Message("user", f"{self._instruction}\n\n{corrections}")]

    def verify(self, item: Corrected, answer: Explanations) -> str | None:
        """Whether nothing of it can be used; single explanations are looked at by `explained_errors`."""
        return None if explained_errors(item, answer) else "nothing_explained"


def explained_errors(item: Corrected, answer: Explanations) -> dict[int, Explanation]:
    """Explanations by the place of their correction, from 0; a number that comes twice, or of nothing, is left out."""
    numbers = [one.number for one in answer.errors]
    fit = (one for one in answer.errors if 1 <= one.number <= len(item.errors) and one.explanation.strip())
    return {one.number - 1: one for one in fit if numbers.count(one.number) == 1}
