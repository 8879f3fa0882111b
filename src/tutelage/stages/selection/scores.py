"""The stage `scores`: what each strategy says of each segment of the pool; a few numbers are held, no text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tutelage.core.counts import counted
from tutelage.core.errors import UsageError
from tutelage.core.records import Segment
from tutelage.core.stage import Stage, Work
from tutelage.stages.checks.text_sizes import BYTES_PER_TOKEN
from tutelage.stages.selection.settings import AskSettings
from tutelage.stages.selection.strategies import Candidates, Strategy, place_of
from tutelage.storage.stages import StageTable

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scored:
    """A segment of the pool."""

    id: str
    place: float
    """Where it falls in a random draw, 0 to 1; the lowest come first."""
    tokens: int
    """Of its source, about."""
    values: tuple[float, ...]
    """Of each strategy; the higher is asked about first."""


@dataclass(frozen=True, slots=True)
class ScoresInputs:
    """What is scored, by which strategies, and how much of it will be taken."""

    candidates: Candidates
    strategies: tuple[Strategy, ...]
    settings: AskSettings


def score_pool(inputs: ScoresInputs, _: Work) -> Iterator[Scored]:
    """Every segment of the pool, in its order."""
    candidates = inputs.candidates
    tokens = np.fromiter(map(count_tokens, candidates.pool), dtype=np.float64)
    candidates = replace(candidates, part=inputs.settings.part_of(len(tokens), float(tokens.sum())))
    scores = np.column_stack([_scores(strategy, candidates) for strategy in inputs.strategies])
    for segment, size, values in zip(candidates.pool, tokens, scores, strict=True):
        place = place_of(segment, seed=candidates.seed)
        yield Scored(segment.id, place, int(size), tuple(values.tolist()))


def count_tokens(segment: Segment) -> int:
    """Of a large model, about; at least one."""
    return max(1, round(len(segment.text.encode(errors="replace")) / BYTES_PER_TOKEN))


def _scores(strategy: Strategy, candidates: Candidates) -> Numbers:
    found = np.fromiter(strategy.score(candidates), dtype=np.float64)
    if len(found) != candidates.pool.rows or not np.isfinite(found).all():
        raise UsageError(
            f"the selection strategy {strategy.signature} gave {counted(len(found), 'score')}, or some that are no "
            f"numbers, for {counted(candidates.pool.rows, 'segment')}.",
            where="ask.strategy",
            fix="It must score each segment once. Name another strategy.",
        )
    return found


SCORES = Stage("ask_scores", 1, Scored, score_pool)


@dataclass(frozen=True, slots=True)
class PoolScores:
    """The whole table as numbers, in the pool's order."""

    places: Numbers
    tokens: Numbers
    values: Numbers
    """[N, F]: of each segment by each strategy."""

    def ranks(self, scores: Numbers) -> Numbers:
        """Of each segment, 0 for the highest score; the place decides between equals."""
        ranks = np.empty(len(scores))
        ranks[np.lexsort((self.places, -scores))] = np.arange(len(scores))
        return ranks


def read_scores(table: StageTable[Scored], *, features: int) -> PoolScores:
    """The table's numbers."""
    places, tokens, values = np.empty(table.rows), np.empty(table.rows), np.empty((table.rows, features))
    for row, one in enumerate(table):
        places[row], tokens[row], values[row] = one.place, one.tokens, one.values
    return PoolScores(places, tokens, values)
