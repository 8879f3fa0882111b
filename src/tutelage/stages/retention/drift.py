"""How far a causal student has moved away from the one that it was made of, on what that one answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tutelage.core.evidence import Score
from tutelage.core.languages import Direction
from tutelage.core.stage import Records, Stage, Work
from tutelage.evaluation.retention.drift import AnswerDrift, score_drift
from tutelage.evaluation.retention.suite import Suite
from tutelage.stages.retention.answers import OF_CHAT_MODELS, AbilityAnswer
from tutelage.storage.stages import StageFolder
from tutelage.students.chat_writer import load_chat_student
from tutelage.students.decoder import Weights
from tutelage.students.divergence import Reading, Written, diverge_from, read_answers

MAX_TOKENS = 64
"""Of an answer: its beginning tells as much, and long answers would count for most."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A question of the suite and what the first student answered."""

    id: str
    written: Written


@dataclass(frozen=True, slots=True)
class DriftInputs:
    """Both students, and the first one's answers."""

    answered: Records[Answered]
    before: Weights
    after: Weights
    direction: Direction
    """It matters to translating alone, which is not asked for here."""
    max_tokens: int = MAX_TOKENS


def measure_drift(inputs: DriftInputs, work: Work) -> Iterator[AnswerDrift]:
    """The divergence on each answer that is not done, those without a token left out."""
    todo = [one for one in inputs.answered.records if one.id not in work.done]
    work.progress.start(work.name, total=len(inputs.answered.records), unit="answers")
    work.progress.advance(len(work.done))
    if todo:
        reading = _read_before(inputs, todo)  # one student after the other: together they may not fit into memory
        after = load_chat_student(inputs.after.folder, direction=inputs.direction, fix=OF_CHAT_MODELS)
        for one, divergence in zip(todo, diverge_from(reading, after), strict=True):
            if divergence.tokens:
                yield AnswerDrift(one.id, divergence.nats, divergence.tokens, divergence.end_nats)
            work.progress.advance()
    work.progress.finish()


def _read_before(inputs: DriftInputs, todo: Sequence[Answered]) -> Reading:
    """What the first student makes of the answers; it is gone when this is done."""
    before = load_chat_student(inputs.before.folder, direction=inputs.direction, fix=OF_CHAT_MODELS)
    return read_answers(before, (one.written for one in todo), max_tokens=inputs.max_tokens)


DRIFT = Stage("drift", 2, AnswerDrift, measure_drift, resumes=True)


@dataclass(frozen=True, slots=True)
class Moved:
    """Two students, the second made of the first, and how much of the suite they are compared on."""

    suite: Suite
    before: Weights
    after: Weights
    direction: Direction
    prompts: int

    def score(
        self, answers: Iterable[AbilityAnswer], *, folder: StageFolder, seed: int, resamples: int
    ) -> tuple[Score, ...]:
        """The drift, by the answers that the first student gave to the suite; empty if no question is asked."""
        answered = Records(tuple(self._draw({answer.id: answer for answer in answers})))
        if not answered.records:
            return ()
        moved = list(folder.make(DRIFT, DriftInputs(answered, self.before, self.after, self.direction)))
        signature = f"kl:before-after|tokens:{MAX_TOKENS}|prompts:{len(moved)}|{self.suite.signature}"
        return score_drift(moved, signature=signature, seed=seed, resamples=resamples)

    def _draw(self, given: Mapping[str, AbilityAnswer]) -> Iterator[Answered]:
        """So many questions, drawn by hash, with their answers."""
        ranked = sorted(self.suite.items, key=lambda item: hashlib.sha256(f"drift {item.id}".encode()).digest())
        for item in ranked[: self.prompts]:
            answer = given[item.id]
            yield Answered(item.id, Written(item.messages, answer.text, answer.finished))
