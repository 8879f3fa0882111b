"""The role *contexts*, in one language only: sentences around a word, which another teacher translates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tutelage.core.languages import language_name
from tutelage.labelling.error_words import ErrorWord, contains_phrase
from tutelage.labelling.roles.prompts import read_prompt
from tutelage.teachers.messages import Message, delimit
from tutelage.teachers.role import SignedRole

PROMPT = "contexts-1"
TOKENS_PER_SENTENCE = 60
MAX_SENTENCE_CHARACTERS = 140
"""Small models run on without an end; a server with grammars holds them to this."""
SHOWN = (
    (
        "printer",
        ("The printer is out of paper.", "Choose a printer from the list.", "Restart the printer to continue."),
    ),
    ("log in", ("Log in to see your files.", "You must log in before you can save.", "Users log in with a password.")),
)
"""Answers shown as turns of the conversation: a small model follows examples better than instructions."""


class WrittenSentences(BaseModel):
    """The answer of the role contexts."""

    model_config = ConfigDict(extra="forbid")

    sentences: list[Annotated[str, Field(max_length=MAX_SENTENCE_CHARACTERS)]]


class WriteSentences(SignedRole):
    """Write sentences with a word in them."""

    name = "contexts"
    prompt_version = PROMPT
    schema = WrittenSentences
    temperature = 1.0

    def __init__(self, lang: str, *, count: int) -> None:
        self.lang = lang
        self.max_tokens, self._count = TOKENS_PER_SENTENCE * (count + 1), count
        self._instruction = read_prompt(PROMPT, source_language=language_name(lang), count=count)

    def render(self, item: ErrorWord) -> Sequence[Message]:
        """The shown examples, then the instruction and the delimited word."""
        turns = [
            turn
            for word, sentences in SHOWN
            for turn in (self._question(word), Message("assistant", self._answer(sentences[: self._count])))
        ]
        return [*turns, self._question(item.source_form or item.source)]

    def verify(self, item: ErrorWord, answer: WrittenSentences) -> str | None:
        """At least one sentence must hold the word."""
        return None if any(usable_sentence(text, item) for text in answer.sentences) else "word_missing"

    def _question(self, word: str) -> Message:
        return Message("user", f"{self._instruction}\n\n{delimit(word)}")

    def _answer(self, sentences: Sequence[str]) -> str:
        return json.dumps({"sentences": sentences})


def usable_sentence(text: str, error: ErrorWord) -> bool:
    """Whether the word stands in it, among others."""
    return contains_phrase(text, error.source) and len(text.split()) > len(error.source.split()) + 1
