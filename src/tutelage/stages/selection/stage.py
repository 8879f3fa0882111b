"""The stages `chosen` and `drawn`: what of the pool teachers are asked about, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tutelage.core.errors import CorpusError, UsageError
from tutelage.core.records import Segment
from tutelage.core.stage import Stage, Work
from tutelage.evaluation.report_data import FunnelRow
from tutelage.stages.checks.text_sizes import BYTES_PER_TOKEN
from tutelage.stages.context import StepContext
from tutelage.stages.selection.certainty import AGREEMENTS, CONFIDENCES, AgreementInputs, ConfidenceInputs
from tutelage.stages.selection.settings import AskSettings
from tutelage.stages.selection.strategies import Candidates, Strategy, load_strategy, place_of
from tutelage.stages.translations import HYPOTHESES, HypothesesInputs
from tutelage.storage.stages import StageTable

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A segment that teachers are asked about."""

    segment: Segment
    rank: int
    """0 came first."""
    score: float
    """Of the strategy, or of several the mean of their ranks, negated; higher is asked about first."""
    reason: str
    """What each strategy says of it."""
    tokens: int
    """Of its source, about."""


@dataclass(frozen=True, slots=True)
class ChosenInputs:
    """What is chosen from, by which strategies, and how much of it."""

    candidates: Candidates
    strategies: tuple[Strategy, ...]
    settings: AskSettings


def choose_segments(inputs: ChosenInputs, _: Work) -> Iterator[Chosen]:
    """The segments that are asked about, in the pool's order; a few numbers of each segment are held, no text."""
    candidates = inputs.candidates
    places, tokens = np.empty(candidates.pool.rows), np.empty(candidates.pool.rows)
    for index, segment in enumerate(candidates.pool):
        places[index], tokens[index] = place_of(segment, seed=candidates.seed), count_tokens(segment)
    candidates = replace(candidates, part=inputs.settings.part_of(len(tokens), float(tokens.sum())))
    scores = [_scores(strategy, candidates) for strategy in inputs.strategies]
    ranks = [_ranks(one, places) for one in scores]
    total = scores[0] if len(scores) == 1 else -np.mean(ranks, axis=0)
    order = np.lexsort((places, -total))
    rank_of = _ranks(total, places)
    most = inputs.settings.cut(tokens[order])
    for index, segment in enumerate(candidates.pool):
        if rank_of[index] < most:
            reason = _reason(inputs.strategies, [one[index] for one in scores], [one[index] for one in ranks])
            yield Chosen(segment, int(rank_of[index]), float(total[index]), reason, int(tokens[index]))


def count_tokens(segment: Segment) -> int:
    """Of a large model, about; at least one."""
    return max(1, round(len(segment.text.encode(errors="replace")) / BYTES_PER_TOKEN))


def _scores(strategy: Strategy, candidates: Candidates) -> Numbers:
    found = np.fromiter(strategy.score(candidates), dtype=np.float64)
    if len(found) != candidates.pool.rows or not np.isfinite(found).all():
        raise UsageError(
            f"the selection strategy {strategy.signature} gave {len(found):,} scores, or some that are no numbers, for "
            f"{candidates.pool.rows:,} segments.",
            where="ask.strategy",
            fix="It must score each segment once. Name another strategy.",
        )
    return found


def _ranks(scores: Numbers, places: Numbers) -> Numbers:
    ranks = np.empty(len(scores))
    ranks[np.lexsort((places, -scores))] = np.arange(len(scores))
    return ranks


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


CHOSEN = Stage("chosen", 1, Chosen, choose_segments)
DRAWN = Stage("drawn", 3, Segment, list_drawn)


@dataclass(frozen=True, slots=True)
class Drawn:
    """The part of the pool that teachers are asked about, and what the report says of it."""

    segments: StageTable[Segment]
    funnel: tuple[FunnelRow, ...] = ()
    decisions: tuple[str, ...] = ()


def drawn_stage(context: StepContext, pool: StageTable[Segment], ask: AskSettings | None) -> Drawn:
    """What of the pool teachers are asked about, as the recipe says; all of it without a word of it."""
    if ask is None:
        return Drawn(pool)
    strategies = tuple(map(load_strategy, ask.names))
    inputs = ChosenInputs(_candidates(context, pool, strategies), strategies, ask)
    chosen = context.folder.make(CHOSEN, inputs)
    drawn = context.folder.make(DRAWN, DrawnInputs(chosen))
    return Drawn(drawn, (FunnelRow("chosen to be asked about", drawn.rows),), (_decision(inputs, chosen),))


def _candidates(context: StepContext, pool: StageTable[Segment], strategies: Sequence[Strategy]) -> Candidates:
    """With the tables that the strategies read, made by the student that comes in."""
    read = frozenset[str]().union(*(one.reads for one in strategies))
    student, folder = context.decoder(context.student), context.folder
    confidences = agreements = None
    if "confidences" in read:
        hypotheses = folder.make(HYPOTHESES.named("pool_hypotheses"), HypothesesInputs(pool, student))
        confidences = folder.make(
            CONFIDENCES, ConfidenceInputs(hypotheses, student.weights, student.direction, student.protection)
        )
    if "agreements" in read:
        agreements = folder.make(AGREEMENTS, AgreementInputs(pool, student))
    known = context.texts.text("parallel") if "known" in read else None
    return Candidates(pool, 1.0, context.recipe.seed, known, confidences, agreements)


def _decision(inputs: ChosenInputs, chosen: StageTable[Chosen]) -> str:
    """What was asked about and why, for the report; CorpusError if nothing was."""
    pool, tokens, first = inputs.candidates.pool, 0, None
    for one in chosen:
        tokens += one.tokens
        first = one if first is None or one.rank < first.rank else first
    if first is None:
        raise CorpusError(
            f"nothing of the pool, {pool.rows:,} segments, fits into what may be asked about.",
            where="ask",
            fix="Raise ask.share, ask.segments or ask.tokens.",
        )
    ideas = "; and ".join(one.idea for one in inputs.strategies)
    return (
        f"ask.strategy = {', '.join(inputs.settings.names)}: teachers were asked about {chosen.rows:,} of "
        f"{pool.rows:,} segments (about {tokens:,} tokens of source), {ideas}. First: "
        f"“{first.segment.text[:80]}” ({first.reason}). `chosen.parquet` tells why each."
    )
