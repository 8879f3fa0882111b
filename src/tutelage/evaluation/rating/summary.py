"""What raters said, as figures: means by system, how far each system falls behind one of them, and agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tutelage.core.evidence import Score, SystemScores
from tutelage.evaluation.rating.agreement import Alpha, Unit, measure_agreement_of
from tutelage.evaluation.rating.blinding import BlindSet
from tutelage.evaluation.rating.ratings import Rating, count_missing
from tutelage.evaluation.rating.rubric import CRITERION_NAMES, OVERALL, RUBRIC
from tutelage.evaluation.significance import (
    Floats,
    SegmentStatistics,
    percentile_interval,
    resample_sums,
    score_with_interval,
)

TEST = "ratings"
MEASURES = (*CRITERION_NAMES, OVERALL)

_Means = dict[tuple[int, str], dict[str, float]]
"""By item and letter, the mean over raters of each criterion that somebody rated, and of all where all were."""


@dataclass(frozen=True, slots=True)
class Drop:
    """How far a system's mean falls behind the baseline's, on the same items (paired bootstrap)."""

    system: str
    name: str
    value: float
    """100 · (1 − system / baseline): percent; below 0 the system is rated higher."""
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class RaterShare:
    """How much a rater did."""

    rater: str
    given: int
    missing: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the raters agree on one criterion."""

    name: str
    ordinal: Alpha
    interval: Alpha


@dataclass(frozen=True, slots=True)
class RatingSummary:
    """All figures of one set of ratings."""

    items: int
    raters: tuple[RaterShare, ...]
    systems: tuple[SystemScores, ...]
    baseline: str | None
    drops: tuple[Drop, ...]
    agreement: tuple[Agreement, ...]
    """Empty for a single rater."""


def summarise_ratings(
    ratings: Sequence[Rating], *, blind: BlindSet, baseline: str | None, seed: int = 1, resamples: int = 1000
) -> RatingSummary:
    """Means over raters and items, drops behind the baseline (`None`: no drops), and alpha; bootstrap over items."""
    means, missing = _means(ratings), count_missing(ratings, blind=blind)
    asked = blind.texts * len(CRITERION_NAMES)
    signature = f"{RUBRIC}|raters:{len(missing)}"
    others = [] if baseline is None else [name for name in blind.systems if name != baseline]
    drops = [
        _drop(blind, means, name, system=system, baseline=baseline or "", seed=seed, resamples=resamples)
        for system in others
        for name in MEASURES
    ]
    return RatingSummary(
        items=len(blind.items),
        raters=tuple(RaterShare(rater, asked - count, count) for rater, count in missing.items()),
        systems=tuple(
            _score_system(blind, means, system, signature=signature, seed=seed, resamples=resamples)
            for system in blind.systems
        ),
        baseline=baseline,
        drops=tuple(drop for drop in drops if drop is not None),
        agreement=_agreement(ratings, blind, seed=seed, resamples=resamples) if len(missing) > 1 else (),
    )


def score_mean_of(sums: Floats) -> Floats:
    """The mean from (sum, count)."""
    means: Floats = sums[:, 0] / sums[:, 1]
    return means


def _means(ratings: Sequence[Rating]) -> _Means:
    given: dict[tuple[int, str], dict[str, list[int]]] = {}
    for rating in ratings:
        told = given.setdefault((rating.item, rating.letter), {})
        for name, value in zip(CRITERION_NAMES, rating.values, strict=True):
            if value is not None:
                told.setdefault(name, []).append(value)
    means: _Means = {}
    for key, told in given.items():
        found = {name: sum(values) / len(values) for name, values in told.items()}
        whole = {OVERALL: sum(found.values()) / len(found)} if len(found) == len(CRITERION_NAMES) else {}
        means[key] = found | whole
    return means


def _values(blind: BlindSet, means: _Means, system: str, name: str) -> dict[int, float]:
    """The system's mean ratings by item, if there are any."""
    found = ((item.number, means.get((item.number, item.find_text(system).letter), {})) for item in blind.items)
    return {number: told[name] for number, told in found if name in told}


def _score_system(
    blind: BlindSet, means: _Means, system: str, *, signature: str, seed: int, resamples: int
) -> SystemScores:
    scores: list[Score] = []
    for name in MEASURES:
        values = _values(blind, means, system, name)
        if values:
            rows = np.array([[value, 1.0] for value in values.values()])
            statistics = SegmentStatistics(name, rows, score_mean_of, True, signature)
            scores.append(score_with_interval(statistics, seed=seed, resamples=resamples))
    return SystemScores(system, TEST, signature, tuple(scores))


def _drop(
    blind: BlindSet, means: _Means, name: str, *, system: str, baseline: str, seed: int, resamples: int
) -> Drop | None:
    own, other = (_values(blind, means, one, name) for one in (system, baseline))
    shared = sorted(own.keys() & other.keys())
    if not shared:
        return None
    rows = np.array([[own[number], other[number]] for number in shared])
    low, high = percentile_interval(_score_drop(resample_sums(rows, seed=seed, resamples=resamples)))
    value = float(_score_drop(rows.sum(axis=0, keepdims=True))[0])
    return Drop(system, name, value, low, high, len(shared))


def _score_drop(sums: Floats) -> Floats:
    """Ratings begin at 1, so the baseline's sum is never 0."""
    drops: Floats = 100.0 * (1.0 - sums[:, 0] / sums[:, 1])
    return drops


def _agreement(ratings: Sequence[Rating], blind: BlindSet, *, seed: int, resamples: int) -> tuple[Agreement, ...]:
    by_text: dict[tuple[int, str], list[Rating]] = {}
    for rating in ratings:
        by_text.setdefault((rating.item, rating.letter), []).append(rating)
    found = []
    for place, name in enumerate(CRITERION_NAMES):
        items = _units(by_text, blind, place)
        ordinal = measure_agreement_of(items, metric="ordinal", seed=seed, resamples=resamples)
        interval = measure_agreement_of(items, metric="interval", seed=seed, resamples=resamples)
        found.append(Agreement(name, ordinal, interval))
    return tuple(found)


def _units(by_text: Mapping[tuple[int, str], Sequence[Rating]], blind: BlindSet, place: int) -> list[list[Unit]]:
    """For each item the ratings of its texts on one criterion."""
    return [
        [[rating.values[place] for rating in by_text.get((item.number, text.letter), ())] for text in item.texts]
        for item in blind.items
    ]
