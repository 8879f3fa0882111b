"""The role *rate*: how good a translation is, without a reference, by the errors in it or as a number.

By errors as GEMBA-MQM (Kocmi and Federmann 2023, arXiv 2310.13988), as a number as GEMBA-DA (Kocmi and Federmann 2023,
arXiv 2302.14520). Other than there, the answer is JSON of a schema, no examples are shown, and an error whose words are
neither in the translation nor in the source is not counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tutelage.core.languages import Direction
from tutelage.core.metrics import Form
from tutelage.labelling.roles.feedback_answer import MAX_ERRORS, MAX_QUOTE_CHARACTERS, Category, Severity, lower
from tutelage.labelling.roles.prompts import name_languages, read_prompt
from tutelage.teachers.messages import Message, delimit
from tutelage.teachers.quotes import contains_quote
from tutelage.teachers.role import SignedRole

WEIGHTS = {"minor": 1, "major": 5, "critical": 25}
"""What an error takes off (Freitag et al. 2021, as GEMBA-MQM)."""
WORST = 25
"""No translation loses more."""


@dataclass(frozen=True, slots=True)
class Rated:
    """A translation to be rated."""

    id: str
    source: str
    hypothesis: str


class MarkedError(BaseModel):
    """One error, by its words."""

    model_config = ConfigDict(extra="forbid")

    quote: str = Field(max_length=MAX_QUOTE_CHARACTERS)
    category: Annotated[Category, BeforeValidator(lower)]
    severity: Annotated[Severity, BeforeValidator(lower)]


class MarkedErrors(BaseModel):
    """The answer by errors."""

    model_config = ConfigDict(extra="forbid")

    errors: list[MarkedError] = Field(max_length=MAX_ERRORS)


class QualityScore(BaseModel):
    """The answer as a number."""

    model_config = ConfigDict(extra="forbid")

    score: int = Field(ge=0, le=100)


@dataclass(frozen=True, slots=True)
class RatingForm:
    """What is asked for."""

    prompt: str
    schema: type[BaseModel]
    max_tokens: int
    """Of an answer."""


FORMS: Mapping[Form, RatingForm] = {
    "errors": RatingForm("rate-errors-1", MarkedErrors, 1024),
    "score": RatingForm("rate-score-1", QualityScore, 32),
}


class Rate(SignedRole):
    """Rate one translation, by errors or as a number."""

    name = "rate"
    temperature = 0.0

    def __init__(self, direction: Direction, *, asks: Form) -> None:
        form = FORMS[asks]
        self.prompt_version, self.schema, self.max_tokens = form.prompt, form.schema, form.max_tokens
        blanks = {"categories": ", ".join(get_args(Category))} if asks == "errors" else {}
        self._instruction = read_prompt(self.prompt_version, **blanks, **name_languages(direction))

    def render(self, item: Rated) -> Sequence[Message]:
        """The instruction, then source and translation between marks."""
        texts = {"source": item.source, "translation": item.hypothesis}
        parts = (delimit(text, name=name) for name, text in texts.items())
        return [Message("user", "\n\n".join((self._instruction, *parts)))]

    def verify(self, item: Rated, answer: BaseModel) -> str | None:  # noqa: ARG002
        """Whatever fits the schema is an answer; quotations are looked at by `rating_of`."""
        return None


def rating_of(item: Rated, answer: Any) -> float:
    """The higher, the better: 0 to 100 as a number; 0 down to -25 by errors, whose weights are taken off."""
    if isinstance(answer, QualityScore):
        return float(answer.score)
    texts = (item.hypothesis, item.source)
    found = (one for one in answer.errors if any(contains_quote(text, one.quote) for text in texts))
    return -float(min(WORST, sum(WEIGHTS[one.severity] for one in found)))
