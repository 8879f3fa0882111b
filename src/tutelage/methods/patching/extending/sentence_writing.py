"""Sentences that a chat teacher writes around the words that the student got wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tutelage.core.records import Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.labelling.error_words import ErrorWord
from tutelage.labelling.roles.sentences import WriteSentences, usable_sentence
from tutelage.methods.patching.extending.retrieving import Context
from tutelage.methods.patching.rounds import Round
from tutelage.stages.asking import ask_about
from tutelage.teachers.role import Answered


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
        if usable_sentence(text, error):
            yield Context(error, Segment(f"written:{content_key(error.id, text)}", text, lang, "", provenance))
        else:
            yield Rejection(error.id, stage, "word_missing", raw=text, provenance=provenance)
