"""The role *contexts* of a chat teacher: sentences around a word that the student got wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tutelage.core.languages import language_name
from tutelage.core.records import Provenance, Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.methods.patching.error_words import ErrorWord, contains_phrase
from tutelage.methods.patching.sentences import Context
from tutelage.methods.patching.settings import PatchingSettings
from tutelage.methods.step import StepContext
from tutelage.teachers.asking import ask
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
        return [*turns, self._question(item.source)]

    def verify(self, item: ErrorWord, answer: WrittenSentences) -> str | None:
        """At least one sentence must hold the word."""
        return None if any(_usable(text, item) for text in answer.sentences) else "word_missing"

    def _question(self, word: str) -> Message:
        return Message("user", f"{self._instruction}\n\n{delimit(word)}")

    def _answer(self, sentences: Sequence[str]) -> str:
        return json.dumps({"sentences": sentences})


def write_sentences(
    errors: Sequence[ErrorWord], *, settings: PatchingSettings, context: StepContext
) -> Iterator[Context | Rejection]:
    """Sentences that the chat teacher writes for each error word; those without the word are dropped."""
    direction = context.recipe.direction.direction
    role = WriteSentences(direction.source, count=settings.contexts.per_error)
    by_id = {error.id: error for error in errors}
    context.progress.start("teacher writes contexts", total=len(errors), unit="words")
    outcomes = ask(
        role,
        errors,
        teacher=context.teachers.chat(settings.contexts.writer),
        ledger=context.teachers.ledger,
        seed=context.recipe.seed,
        ordered=True,
    )
    for outcome in outcomes:
        context.progress.advance()
        if isinstance(outcome, Rejection):
            yield outcome
        else:
            yield from _contexts(by_id[outcome.item_id], outcome, lang=direction.source)
    context.progress.finish()


def _contexts(error: ErrorWord, outcome: Answered, *, lang: str) -> Iterator[Context | Rejection]:
    for text in dict.fromkeys(sentence.strip() for sentence in outcome.answer.sentences):
        if _usable(text, error):
            segment_id = f"written:{content_key(error.id, text)}"
            provenance = Provenance(
                origin="written",
                parents=(error.feedback_ids[0],),
                role=outcome.provenance.role,
                teacher=outcome.provenance.teacher,
                prompt_version=PROMPT,
                seed=outcome.provenance.seed,
            )
            yield Context(error, Segment(segment_id, text, lang, "", provenance))
        else:
            yield Rejection(error.id, "contexts", "word_missing", raw=text, provenance=outcome.provenance)


def _usable(text: str, error: ErrorWord) -> bool:
    return contains_phrase(text, error.source) and len(text.split()) > len(error.source.split()) + 1
