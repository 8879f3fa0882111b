"""The pilot: a few segments drawn at random that the teacher translates first, and what they teach of the others.

The student's error on a segment is 1 minus the agreement (chrF) of its translation with the teacher's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tutelage.core.records import Hypothesis, Pair, Segment
from tutelage.core.stage import Stage, ValuesStage, Work
from tutelage.stages.context import StepContext
from tutelage.stages.selection.regression import Correlation, ErrorModel, correlate, fit_errors, standings
from tutelage.stages.selection.scores import Numbers, Scored, read_scores
from tutelage.stages.selection.settings import AskSettings
from tutelage.stages.selection.strategies import Strategy
from tutelage.stages.translations import HYPOTHESES, HypothesesInputs, translations_stage
from tutelage.storage.stages import StageTable
from tutelage.teachers.comparing.agreement import measure_agreement


@dataclass(frozen=True, slots=True)
class PilotInputs:
    """What is drawn from, and how much."""

    pool: StageTable[Segment]
    scores: StageTable[Scored]
    settings: AskSettings


def draw_pilot(inputs: PilotInputs, _: Work) -> Iterator[Segment]:
    """The segments of the pilot, in the pool's order."""
    scores = read_scores(inputs.scores, features=0 if not inputs.scores.rows else _count_features(inputs.scores))
    ranks = scores.ranks(-scores.places)
    most = inputs.settings.cut_pilot(scores.tokens[np.argsort(ranks)])
    return (segment for segment, rank in zip(inputs.pool, ranks, strict=True) if rank < most)


def _count_features(scores: StageTable[Scored]) -> int:
    return len(next(iter(scores)).values)


@dataclass(frozen=True, slots=True)
class StudentError:
    """How wrong the student is on a segment: 0 to 1."""

    id: str
    error: float


@dataclass(frozen=True, slots=True)
class ErrorsInputs:
    """What the student makes of segments, and the teacher; it may have translated fewer."""

    hypotheses: StageTable[Hypothesis]
    translations: StageTable[Pair]


def measure_errors(inputs: ErrorsInputs, _: Work) -> Iterator[StudentError]:
    """The error on each segment that the teacher translated, in their order."""
    hypotheses = iter(inputs.hypotheses)
    for pair in inputs.translations:
        hypothesis = next(one for one in hypotheses if one.id == pair.id)
        yield StudentError(pair.id, 1 - measure_agreement(hypothesis.text, pair.target.text))


@dataclass(frozen=True, slots=True)
class LearnedFeature:
    """How a strategy alone tells the student's error."""

    name: str
    idea: str
    alone: Correlation
    weight: float
    """In the model: error from the middle of the pool to the segment with the highest score."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What the pilot taught."""

    segments: int
    """That the teacher translated."""
    model: ErrorModel
    features: tuple[LearnedFeature, ...]

    @property
    def tells(self) -> bool:
        """Whether the model may choose: what it predicts must clearly go with the errors that it has not seen."""
        return self.model.predicts.tells


@dataclass(frozen=True, slots=True)
class LearnedInputs:
    """The scores of the pool, and the errors on the pilot."""

    scores: StageTable[Scored]
    errors: StageTable[StudentError]
    strategies: tuple[Strategy, ...]


def learn_errors(inputs: LearnedInputs, _: Work) -> list[Learned]:
    """One record."""
    where = pool_standings(read_scores(inputs.scores, features=len(inputs.strategies)).values)
    error_of = {one.id: one.error for one in inputs.errors}
    asked = [(row, error_of[one.id]) for row, one in enumerate(inputs.scores) if one.id in error_of]
    rows, errors = [row for row, _ in asked], np.array([error for _, error in asked])
    model = fit_errors(where[rows], errors)
    features = (
        LearnedFeature(one.signature, one.idea, correlate(where[rows, column], errors), model.weights[column])
        for column, one in enumerate(inputs.strategies)
    )
    return [Learned(len(rows), model, tuple(features))]


def pool_standings(values: Numbers) -> Numbers:
    """Of each segment among the pool by each strategy [N, F]."""
    return np.column_stack([standings(column) for column in values.T])


PILOT = Stage("pilot", 1, Segment, draw_pilot)
ERRORS = Stage("student_errors", 1, StudentError, measure_errors)
LEARNED = ValuesStage("learned", 1, Learned, learn_errors)


@dataclass(frozen=True, slots=True)
class Pilot:
    """The pilot of a step."""

    segments: StageTable[Segment]
    errors: StageTable[StudentError]
    learned: Learned


def pilot_stage(
    context: StepContext, inputs: PilotInputs, strategies: tuple[Strategy, ...], *, teacher: str | None
) -> Pilot:
    """Draw it, have it translated by the student and by the teacher, and learn from it."""
    folder = context.folder
    segments = folder.make(PILOT, inputs)
    errors = errors_stage(
        context, segments, translations_stage(context, segments, teacher=teacher, name="pilot_translations"), of="pilot"
    )
    (learned,) = folder.make(LEARNED, LearnedInputs(inputs.scores, errors, strategies))
    return Pilot(segments, errors, learned)


def errors_stage(
    context: StepContext, segments: StageTable[Segment], translations: StageTable[Pair], *, of: str
) -> StageTable[StudentError]:
    """How wrong the student that comes in is on segments that the teacher has translated."""
    student = HypothesesInputs(segments, context.decoder(context.student))
    hypotheses = context.folder.make(HYPOTHESES.named(f"{of}_hypotheses"), student)
    return context.folder.make(ERRORS.named(f"{of}_errors"), ErrorsInputs(hypotheses, translations))
