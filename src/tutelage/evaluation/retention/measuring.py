"""Scores of a student by ability, paired comparisons of two students, and what the second kept of the first.

Of every ability the share of items that passed, with an interval from a bootstrap over its items; two students are
resampled together. *Retention* is the score after divided by the score before. Overall it is the mean of the abilities
after divided by their mean before, over those abilities alone in which the first student could do something: an
ability that it lacked has no ratio, and gaining it must not pay for losing another.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tutelage.core.evidence import Comparison, Score
from tutelage.evaluation.retention.names import MEAN, OVERALL, TEST, ability_score, retention_score
from tutelage.evaluation.significance import (
    Floats,
    SegmentStatistics,
    compare_paired,
    resample_sums,
    score_share,
    score_with_interval,
)

LEAST_PASSED = 5
"""Fewer items passed before give no ratio: with five, less than 1 % of the resamples have none of them (e⁻⁵)."""


@dataclass(frozen=True, slots=True)
class AbilityResult:
    """What a student reached in one ability: a mark from 0 to 1 for each item, by its id."""

    ability: str
    marks: Mapping[str, float]
    signature: str
    """Of the items and their checks."""

    @property
    def percent(self) -> float:
        """The mean of the marks."""
        return 100.0 * sum(self.marks.values()) / len(self.marks)


def score_abilities(results: Sequence[AbilityResult], *, seed: int, resamples: int = 1000) -> tuple[Score, ...]:
    """The score of each ability, and their mean, with 95 % intervals; percent."""
    if not results:
        return ()
    scores = [
        score_with_interval(_statistics(one), seed=_stream(seed, one.ability), resamples=resamples) for one in results
    ]
    return (*scores, _mean_score(results, seed=seed, resamples=resamples))


def compare_abilities(
    before: Sequence[AbilityResult], *, after: Sequence[AbilityResult], seed: int, resamples: int = 1000
) -> tuple[Comparison, ...]:
    """Both students on the same items of each ability; paired bootstrap. Abilities that one of them lacks are left out.

    ValueError if an ability's items are not the same.
    """
    return tuple(
        compare_paired(
            _statistics(old), after=_statistics(new), test=TEST, seed=_stream(seed, old.ability), resamples=resamples
        )
        for old, new in _paired(before, after)
        if len(old.marks) > 1
    )


def measure_retention(
    before: Sequence[AbilityResult], *, after: Sequence[AbilityResult], seed: int, resamples: int = 1000
) -> tuple[Score, ...]:
    """Overall and by ability: the ratio after / before with its 95 % interval; `None` if too little was there before.

    The overall score's signature names the abilities that it includes. Empty if no ability has a ratio.
    """
    pairs = [(old, new) for old, new in _paired(before, after) if sum(old.marks.values()) >= LEAST_PASSED]
    if not pairs:
        return ()
    sampled = [_resampled_pair(old, new, seed=seed, resamples=resamples) for old, new in pairs]
    drawn = f"bs:{resamples}|seed:{seed}"
    by_ability = [
        _ratio_score(retention_score(old.ability), [(old, new)], sample, f"{old.signature}|{drawn}")
        for (old, new), sample in zip(pairs, np.stack(sampled), strict=True)
    ]
    of = "+".join(old.ability for old, _ in pairs)
    signatures = "+".join(dict.fromkeys(old.signature for old, _ in pairs))
    return (_ratio_score(OVERALL, pairs, np.mean(sampled, axis=0), f"of:{of}|{signatures}|{drawn}"), *by_ability)


def abilities_without_ratio(before: Sequence[AbilityResult]) -> tuple[str, ...]:
    """The abilities in which too little was there to speak of keeping it."""
    return tuple(one.ability for one in before if sum(one.marks.values()) < LEAST_PASSED)


def _ratio_score(
    name: str, pairs: Sequence[tuple[AbilityResult, AbilityResult]], sampled: Floats, signature: str
) -> Score:
    """`sampled` is resamples × (before, after) in percent."""
    value = sum(new.percent for _, new in pairs) / sum(old.percent for old, _ in pairs)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(sampled[:, 0] > 0, sampled[:, 1] / sampled[:, 0], np.nan)
    low, high = (float(end) for end in np.nanpercentile(ratios, [2.5, 97.5]))
    return Score(name, value, low, high, sum(len(old.marks) for old, _ in pairs), True, signature)


def _resampled_pair(old: AbilityResult, new: AbilityResult, *, seed: int, resamples: int) -> Floats:
    """Percent before and after in each resample of the items."""
    marks = np.array([[old.marks[item], new.marks[item]] for item in old.marks], dtype=np.float64)
    sums = resample_sums(marks, seed=_stream(seed, old.ability), resamples=resamples)
    percents: Floats = 100.0 * sums / len(marks)
    return percents


def _mean_score(results: Sequence[AbilityResult], *, seed: int, resamples: int) -> Score:
    """The mean of the abilities, each counting the same; its interval resamples the items inside each."""
    drawn = np.mean([_resampled(one, seed=seed, resamples=resamples) for one in results], axis=0)
    low, high = (float(end) for end in np.percentile(drawn, [2.5, 97.5]))
    signatures = "+".join(dict.fromkeys(one.signature for one in results))
    return Score(
        name=MEAN,
        value=sum(one.percent for one in results) / len(results),
        low=low,
        high=high,
        n=sum(len(one.marks) for one in results),
        higher_is_better=True,
        signature=f"of:{'+'.join(one.ability for one in results)}|{signatures}|bs:{resamples}|seed:{seed}",
    )


def _resampled(result: AbilityResult, *, seed: int, resamples: int) -> Floats:
    marks = np.array(list(result.marks.values()), dtype=np.float64)[:, None]
    sums = resample_sums(marks, seed=_stream(seed, result.ability), resamples=resamples)
    percents: Floats = 100.0 * sums[:, 0] / len(marks)
    return percents


def _statistics(result: AbilityResult) -> SegmentStatistics:
    rows = np.array([[mark, 1.0] for mark in result.marks.values()], dtype=np.float64)
    return SegmentStatistics(ability_score(result.ability), rows, score_share, True, result.signature)


def _paired(
    before: Sequence[AbilityResult], after: Sequence[AbilityResult]
) -> list[tuple[AbilityResult, AbilityResult]]:
    """Both students' results of each ability, the items of the second in the order of the first."""
    others = {one.ability: one for one in after}
    return [(old, _in_order(others[old.ability], old)) for old in before if old.ability in others]


def _in_order(result: AbilityResult, other: AbilityResult) -> AbilityResult:
    if result.signature != other.signature or set(result.marks) != set(other.marks):
        raise ValueError(f"only the same items can be compared; those of '{result.ability}' differ.")
    return AbilityResult(result.ability, {item: result.marks[item] for item in other.marks}, result.signature)


def _stream(seed: int, ability: str) -> int:
    """A seed of the ability's own: with one for all, abilities of equal size would be resampled in step."""
    return seed ^ zlib.crc32(ability.encode())
