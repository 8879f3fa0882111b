"""Sentences that a chat teacher writes around the words that the student got wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tutelage.core.protocols import Progress
from tutelage.core.records import Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.labelling.contexts.retrieval import Context
from tutelage.labelling.error_words import ErrorWord
from tutelage.labelling.inquiry import inquire
from tutelage.labelling.roles.sentences import WriteSentences, usable_sentence
from tutelage.labelling.teachers import AskedTeacher
from tutelage.teachers.role import Answered


@dataclass(frozen=True, slots=True)
class SentenceWriter:
    """Who writes sentences for a word, and how it is asked."""

    role: WriteSentences
    teacher: AskedTeacher
    seed: int

    def write(self, words: Sequence[ErrorWord], *, stage: str, progress: Progress) -> Iterator[Context | Rejection]:
        """Sentences for each word; those without the word are dropped."""
        answers = inquire(
            words, role=self.role, teacher=self.teacher, seed=self.seed, progress=progress,
            label="teacher writes contexts", total=len(words),
        )  # fmt: skip
        for word, outcome in answers:
            if isinstance(outcome, Rejection):
                yield outcome
            else:
                yield from _contexts(word, outcome, lang=self.role.lang, stage=stage)


def _contexts(error: ErrorWord, outcome: Answered, *, lang: str, stage: str) -> Iterator[Context | Rejection]:
    provenance = replace(outcome.provenance, origin="written", parents=error.parents())
    for text in dict.fromkeys(sentence.strip() for sentence in outcome.answer.sentences):
        if usable_sentence(text, error):
            yield Context(error, Segment(f"written:{content_key(error.id, text)}", text, lang, "", provenance))
        else:
            yield Rejection(error.id, stage, "word_missing", raw=text, provenance=provenance)
