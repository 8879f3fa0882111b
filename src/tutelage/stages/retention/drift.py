"""How far a causal student has moved away from the one that it was made of, on what that one answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tutelage.core.evidence import Score
from tutelage.core.languages import Direction
from tutelage.core.stage import FolderStage, Records, Stage, Work
from tutelage.evaluation.retention.drift import AnswerDrift, score_drift
from tutelage.evaluation.retention.items import AbilityItem
from tutelage.evaluation.retention.suite import Suite, sign_items
from tutelage.stages.retention.answers import OF_CHAT_MODELS, AbilityAnswer
from tutelage.storage.stages import MadeFolder, StageFolder
from tutelage.students.causal_student import CausalStudent
from tutelage.students.chat_writer import load_chat_student
from tutelage.students.decoder import Weights
from tutelage.students.divergence import (
    Head,
    Written,
    diverge_from,
    head_of,
    read_answers,
    read_reading,
    write_reading,
)
from tutelage.students.student_folder import with_weights

MAX_TOKENS = 64
"""Of an answer: its beginning tells as much, and long answers would count for most."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A question of the suite and what the first student answered."""

    id: str
    written: Written


@dataclass(frozen=True, slots=True)
class ReadInputs:
    """The first student and its answers, which it reads again."""

    answered: Records[Answered]
    before: Weights
    direction: Direction
    """It matters to translating alone, which is not asked for here."""
    max_tokens: int = MAX_TOKENS


def read_before(inputs: ReadInputs, work: Work, folder: Path) -> None:
    """What the first student makes of the answers, once for all students that are made of it."""
    work.progress.start(work.name, total=None)
    before = _read(inputs.before, inputs.direction)
    written = (one.written for one in inputs.answered.records)
    write_reading(read_answers(before, written, max_tokens=inputs.max_tokens), folder / STATES)
    work.progress.finish()


READ = FolderStage("drift-read", 1, read_before)
STATES = "states.safetensors"


@dataclass(frozen=True, slots=True)
class DriftInputs:
    """Both students, the first one's answers, and what it makes of them."""

    answered: Records[Answered]
    read: MadeFolder
    before: Weights
    after: Weights
    direction: Direction


def measure_drift(inputs: DriftInputs, work: Work) -> Iterator[AnswerDrift]:
    """The divergence on each answer that is not done, those without a token left out."""
    read = list(zip(inputs.answered.records, read_reading(inputs.read.path / STATES), strict=True))
    todo = [(one.id, answer) for one, answer in read if one.id not in work.done]
    work.progress.start(work.name, total=len(read), unit="answers")
    work.progress.advance(len(work.done))
    if todo:
        head = _head_before(inputs)  # one student after the other: together they may not fit into memory
        after = _read(inputs.after, inputs.direction)
        moved = diverge_from((answer for _, answer in todo), head, after)
        for (number, _), divergence in zip(todo, moved, strict=True):
            if divergence.tokens:
                yield AnswerDrift(number, divergence.nats, divergence.tokens, divergence.end_nats)
            work.progress.advance()
    work.progress.finish()


def _head_before(inputs: DriftInputs) -> Head:
    """Of the first student, which is gone when this is done."""
    return head_of(_read(inputs.before, inputs.direction))


def _read(weights: Weights, direction: Direction) -> CausalStudent:
    return with_weights(load_chat_student(weights.folder, direction=direction, fix=OF_CHAT_MODELS))


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
        moved = self.measure(answers, folder=folder)
        if not moved:
            return ()
        signature = f"kl:before-after|tokens:{MAX_TOKENS}|prompts:{len(moved)}|{self.suite.signature}"
        return score_drift(moved, signature=signature, seed=seed, resamples=resamples)

    def measure(self, answers: Iterable[AbilityAnswer], *, folder: StageFolder) -> list[AnswerDrift]:
        """The divergence on each of the answers that are drawn; empty if no question is asked."""
        answered = Records(tuple(self._draw({answer.id: answer for answer in answers})))
        if not answered.records:
            return []
        read = folder.make(READ, ReadInputs(answered, self.before, self.direction))
        return list(folder.make(DRIFT, DriftInputs(answered, read, self.before, self.after, self.direction)))

    def _draw(self, given: Mapping[str, AbilityAnswer]) -> Iterator[Answered]:
        for item in _drawn(self.suite, self.prompts):
            answer = given[item.id]
            yield Answered(item.id, Written(item.messages, answer.text, answer.finished))


def suite_for_drift(suite: Suite, *, prompts: int) -> Suite:
    """The questions that drift is measured on alone, with answers no longer than is read of them."""
    items = tuple(
        replace(item, max_answer_tokens=min(item.max_answer_tokens, MAX_TOKENS)) for item in _drawn(suite, prompts)
    )
    return Suite(items, sign_items(items))


def _drawn(suite: Suite, prompts: int) -> list[AbilityItem]:
    """So many of a suite's questions, drawn by hash."""
    ranked = sorted(suite.items, key=lambda item: hashlib.sha256(f"drift {item.id}".encode()).digest())
    return ranked[:prompts]
