"""The role *rate*: a text rated against its source by the raters' own rubric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tutelage.evaluation.rating.rubric import describe_rubric
from tutelage.teachers.messages import Message, delimit
from tutelage.teachers.role import SignedRole

PROMPT = "rate-1"
"""Changes with the prompt, and with the rubric, which is a part of it."""
MAX_EXPLANATION_CHARACTERS = 400

Step = Literal[1, 2, 3, 4, 5]


@dataclass(frozen=True, slots=True)
class RatingQuestion:
    """A source and one text made from it; who made it is not told."""

    id: str
    source: str
    text: str


class GivenRatings(BaseModel):
    """The answer of the role; the explanation comes first, so that the ratings follow from it."""

    model_config = ConfigDict(extra="forbid")

    explanation: str = Field(max_length=MAX_EXPLANATION_CHARACTERS)
    meaning: Step
    fluency: Step
    lexical_change: Step
    syntactic_change: Step


class RateText(SignedRole):
    """Rate a text."""

    name = "rate"
    prompt_version = PROMPT
    schema = GivenRatings
    temperature = 0.0
    max_tokens = 256

    def __init__(self) -> None:
        text = (files("tutelage.tasks.judge") / "prompts" / f"{PROMPT}.txt").read_text("utf-8").strip()
        self._instruction = text.format(rubric=describe_rubric())

    def render(self, item: RatingQuestion) -> Sequence[Message]:
        """The instruction with the rubric, then source and text between marks."""
        parts = (delimit(item.source, name="source"), delimit(item.text, name="text"))
        return [Message("user", "\n\n".join((self._instruction, *parts)))]

    def verify(self, item: RatingQuestion, answer: GivenRatings) -> str | None:  # noqa: ARG002
        """Every rating is an opinion."""
        return None
