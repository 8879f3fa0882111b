"""What a teacher answers in the role *feedback*: errors by quotation, in MQM classes, and one post-edit."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MAX_ERRORS = 12
MAX_QUOTE_CHARACTERS = 300
MAX_EXPLANATION_CHARACTERS = 400
Category = Literal[
    "accuracy/mistranslation",
    "accuracy/omission",
    "accuracy/addition",
    "accuracy/untranslated",
    "accuracy/wrong-language",
    "terminology/wrong-term",
    "fluency/grammar",
    "fluency/spelling",
    "fluency/punctuation",
    "style/awkward",
    "locale/convention",
]
"""Of MQM, what a reader of single segments can tell."""
Severity = Literal["minor", "major", "critical"]


def lower(value: object) -> object:
    """A name as the classes have it, whatever its case."""
    return value.strip().lower() if isinstance(value, str) else value


class AnswerError(BaseModel):
    """One error, by quotations; what is wrong comes before its class, since a model writes in this order."""

    model_config = ConfigDict(extra="forbid")

    source_quote: str = Field(max_length=MAX_QUOTE_CHARACTERS)
    target_quote: str = Field(max_length=MAX_QUOTE_CHARACTERS)
    explanation: str = Field(max_length=MAX_EXPLANATION_CHARACTERS)
    category: Annotated[Category, BeforeValidator(lower)]
    severity: Annotated[Severity, BeforeValidator(lower)]
    correction: str = Field(max_length=MAX_QUOTE_CHARACTERS)


class FeedbackAnswer(BaseModel):
    """The answer of the role feedback: no error, or errors and exactly one post-edit.

    The errors come first: whether there is one is said after looking for them.
    """

    model_config = ConfigDict(extra="forbid")

    errors: list[AnswerError] = Field(max_length=MAX_ERRORS)
    has_error: bool
    post_edit: str | None


class PostEditFirst(BaseModel):
    """The same answer with the post-edit before the errors, which then say what it has changed."""

    model_config = ConfigDict(extra="forbid")

    post_edit: str | None
    errors: list[AnswerError] = Field(max_length=MAX_ERRORS)
    has_error: bool
