"""The role *contexts* of a chat teacher: sentences around a word that the student got wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tutelage.core.languages import language_name
from tutelage.core.records import Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.methods.patching.asking import ask_about
from tutelage.methods.patching.error_words import ErrorWord, contains_phrase
from tutelage.methods.patching.rounds import Round
from tutelage.methods.patching.sentences import Context
from tutelage.teachers.messages import Message, delimit
from tutelage.teachers.role import Answered

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


class WriteSentences:
    """Write sentences with a word in them."""

    name = "contexts"
    prompt_version = PROMPT
    schema = WrittenSentences
    temperature = 1.0

    def __init__(self, lang: str, *, count: int) -> None:
        self.max_tokens, self._count = TOKENS_PER_SENTENCE * (count + 1), count
        prompt = (files("tutelage.methods.patching") / "prompts" / f"{PROMPT}.txt").read_text("utf-8")
        self._instruction = prompt.strip().format(source_language=language_name(lang), count=count)

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
        return None if any(_usable(text, item) for text in answer.sentences) else "word_missing"

    def _question(self, word: str) -> Message:
        return Message("user", f"{self._instruction}\n\n{delimit(word)}")

    def _answer(self, sentences: Sequence[str]) -> str:
        return json.dumps({"sentences": sentences})


def write_sentences(
    work: Round, words: Sequence[ErrorWord], *, stage: str, count: int
) -> Iterator[Context | Rejection]:
    """Sentences that the chat teacher writes for each word; those without the word are dropped."""
    lang = work.context.recipe.direction.source
    answers = ask_about(
        work.context,
        words,
        role=WriteSentences(lang, count=count),
        teacher=work.settings.context_writer,
        seed=work.seed,
        label="teacher writes contexts",
        total=len(words),
    )
    for word, outcome in answers:
        if isinstance(outcome, Rejection):
            yield outcome
        else:
            yield from _contexts(word, outcome, lang=lang, stage=stage)


def _contexts(error: ErrorWord, outcome: Answered, *, lang: str, stage: str) -> Iterator[Context | Rejection]:
    provenance = replace(outcome.provenance, origin="written", parents=error.parents())
    for text in dict.fromkeys(sentence.strip() for sentence in outcome.answer.sentences):
        if _usable(text, error):
            yield Context(error, Segment(f"written:{content_key(error.id, text)}", text, lang, "", provenance))
        else:
            yield Rejection(error.id, stage, "word_missing", raw=text, provenance=provenance)


def _usable(text: str, error: ErrorWord) -> bool:
    return contains_phrase(text, error.source) and len(text.split()) > len(error.source.split()) + 1
