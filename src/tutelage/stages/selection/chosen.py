"""The stages `chosen` and `drawn`: what of the pool teachers are asked about, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tutelage.core.records import Segment
from tutelage.core.stage import Stage, Work
from tutelage.stages.selection.pilot import Learned, pool_standings
from tutelage.stages.selection.scores import Numbers, PoolScores, Scored, read_scores
from tutelage.stages.selection.settings import AskSettings
from tutelage.stages.selection.strategies import Strategy
from tutelage.storage.stages import StageTable


@dataclass(frozen=True, slots=True)
class Chosen:
    """A segment that teachers are asked about."""

    segment: Segment
    rank: int
    """0 came first."""
    score: float
    """Of the strategy; or of several the mean of their ranks, negated; or the error that the pilot predicts. Higher is
    asked about first, after the pilot."""
    reason: str
    """What each strategy says of it."""
    tokens: int
    """Of its source, about."""


@dataclass(frozen=True, slots=True)
class ChosenInputs:
    """What is chosen from, by which strategies, and how much of it."""

    pool: StageTable[Segment]
    scores: StageTable[Scored]
    strategies: tuple[Strategy, ...]
    settings: AskSettings
    pilot: StageTable[Segment] | None = None
    """Asked about already."""
    learned: Learned | None = None


def choose_segments(inputs: ChosenInputs, _: Work) -> Iterator[Chosen]:
    """The segments that are asked about, in the pool's order; a few numbers of each segment are held, no text."""
    scores = read_scores(inputs.scores, features=len(inputs.strategies))
    ranks = [scores.ranks(column) for column in scores.values.T]
    pilot = frozenset(one.id for one in inputs.pilot or ())
    is_pilot = np.fromiter((one.id in pilot for one in inputs.scores), dtype=bool, count=inputs.scores.rows)
    total = _totals(scores, ranks, inputs.learned)
    order = np.lexsort((scores.places, -total, ~is_pilot))
    rank_of = np.empty(len(order), dtype=int)
    rank_of[order] = np.arange(len(order))
    most = inputs.settings.cut(scores.tokens[order])
    for row, segment in enumerate(inputs.pool):
        if rank_of[row] < most:
            told = _reason(inputs.strategies, scores.values[row].tolist(), [one[row] for one in ranks])
            reason = f"{_lead(inputs.learned, float(total[row]), is_pilot=bool(is_pilot[row]))}{told}"
            yield Chosen(segment, int(rank_of[row]), float(total[row]), reason, int(scores.tokens[row]))


def _totals(scores: PoolScores, ranks: Sequence[Numbers], learned: Learned | None) -> Numbers:
    """By which the segments are taken, the highest first."""
    if learned is not None:
        return learned.model.predict(pool_standings(scores.values)) if learned.tells else np.zeros(len(scores.places))
    return scores.values[:, 0] if len(ranks) == 1 else -np.mean(ranks, axis=0)


def _lead(learned: Learned | None, total: float, *, is_pilot: bool) -> str:
    if is_pilot:
        return "pilot, drawn at random: "
    if learned is None:
        return ""
    return f"predicted error {total:.2f}: " if learned.tells else "drawn at random, as the pilot taught nothing: "


def _reason(strategies: Sequence[Strategy], scores: Sequence[float], ranks: Sequence[float]) -> str:
    each = zip(strategies, scores, ranks, strict=True)
    return ", ".join(f"{one.signature} {score:.4g} (place {rank + 1:,.0f})" for one, score, rank in each)


@dataclass(frozen=True, slots=True)
class DrawnInputs:
    """What was chosen."""

    chosen: StageTable[Chosen]


def list_drawn(inputs: DrawnInputs, _: Work) -> Iterator[Segment]:
    """The segments alone, as the stages that ask read them."""
    return (one.segment for one in inputs.chosen)


CHOSEN = Stage("chosen", 2, Chosen, choose_segments)
DRAWN = Stage("drawn", 3, Segment, list_drawn)
