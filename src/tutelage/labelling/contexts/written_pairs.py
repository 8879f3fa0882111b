"""Context pairs that a chat teacher writes whole, from an analysis and a word with its correction (the paper's way)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tutelage.core.protocols import Progress
from tutelage.core.records import Pair, Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.labelling.error_words import ErrorWord
from tutelage.labelling.inquiry import inquire
from tutelage.labelling.roles.contexts import ContextQuestion, WritePairs, usable_pairs
from tutelage.labelling.roles.error_spans import Mode
from tutelage.labelling.teachers import AskedTeacher
from tutelage.teachers.role import Answered


@dataclass(frozen=True, slots=True)
class PairWriter:
    """Who writes pairs for a word, how it is asked, and how its answers are verified."""

    role: WritePairs
    teacher: AskedTeacher
    seed: int
    mode: Mode

    def write(
        self, words: Sequence[ErrorWord], *, analyses: Mapping[str, str] | None, stage: str, progress: Progress
    ) -> Iterator[tuple[ErrorWord, Pair] | Rejection]:
        """Pairs for each word; with `analyses`, a word whose sentence has none is dropped."""
        answerable = []
        for word in words:
            if analyses is None or word.feedback_ids[0] in analyses:
                answerable.append(word)
            else:
                yield Rejection(word.id, stage, "no_analysis", raw=word.example)
        by_id = {word.id: word for word in answerable}
        answers = inquire(
            [_question(word, analyses) for word in answerable], role=self.role, teacher=self.teacher, seed=self.seed,
            progress=progress, label="teacher writes contexts", total=len(answerable),
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
