"""Context pairs that a chat teacher writes whole, from an analysis and a word with its correction (the paper's way)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tutelage.core.protocols import Progress
from tutelage.core.records import Pair, Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.labelling.error_words import ErrorWord
from tutelage.labelling.inquiry import inquire
from tutelage.labelling.roles.contexts import ContextQuestion, WritePairs, usable_pairs
from tutelage.labelling.roles.error_spans import Mode
from tutelage.labelling.teachers import AskedTeacher
from tutelage.teachers.role import Answered

Drawn = Literal["auto", "list", "samples"]
"""How several pairs for a word are asked for; see the settings of contexts."""
APART = 1000
"""Between the seeds of two samples: rounds, which follow one another by 1, must not meet the same seed again."""


@dataclass(frozen=True, slots=True)
class Draws:
    """How many pairs a question asks for, and how often it is asked."""

    count: int
    samples: int


def plan_draws(drawn: Drawn, *, wanted: int, at_once: int | None) -> Draws:
    """The questions for `wanted` pairs; `at_once` is what a teacher was trained to write (`None`: any number)."""
    count = {"list": wanted, "samples": 1, "auto": at_once or wanted}[drawn]
    return Draws(count, math.ceil(wanted / count))


@dataclass(frozen=True, slots=True)
class PairWriter:
    """Who writes pairs for a word, how it is asked, and how its answers are verified."""

    role: WritePairs
    teacher: AskedTeacher
    seed: int
    mode: Mode
    samples: int = 1
    """How often each question is asked, independently, each time with a seed of its own."""

    def write(
        self, words: Sequence[ErrorWord], *, analyses: Mapping[str, str] | None, stage: str, progress: Progress
    ) -> Iterator[tuple[ErrorWord, Pair] | Rejection]:
        """Pairs for each word, sample after sample; with `analyses`, a word whose sentence has none is dropped."""
        answerable = []
        for word in words:
            if analyses is None or word.feedback_ids[0] in analyses:
                answerable.append(word)
            else:
                yield Rejection(word.id, stage, "no_analysis", raw=word.example)
        by_id = {word.id: word for word in answerable}
        questions = [_question(word, analyses) for word in answerable]
        for sample in range(self.samples):
            answers = inquire(
                questions, role=self.role, teacher=self.teacher, seed=self.seed + APART * sample, progress=progress,
                label="teacher writes contexts", total=len(questions),
            )  # fmt: skip
            for question, outcome in answers:
                if isinstance(outcome, Rejection):
                    yield outcome
                else:
                    yield from self._pairs(by_id[question.id], question, outcome)

    def _pairs(
        self, word: ErrorWord, question: ContextQuestion, outcome: Answered
    ) -> Iterator[tuple[ErrorWord, Pair] | Rejection]:
        direction = self.role.direction
        pairs, rejections = usable_pairs(question, outcome, direction, mode=self.mode)
        yield from rejections
        for source, target in pairs:
            pair_id = f"pair:{content_key(word.id, source, target)}"
            written = Segment(pair_id, source, direction.source, "", outcome.provenance)
            translated = Segment(pair_id, target, direction.target, "", outcome.provenance)
            yield word, Pair(written, translated, outcome.provenance)


def _question(word: ErrorWord, analyses: Mapping[str, str] | None) -> ContextQuestion:
    analysis = None if analyses is None else analyses[word.feedback_ids[0]]
    return ContextQuestion(word.id, analysis, word.source_form, word.target_form)
