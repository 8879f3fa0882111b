"""The mean of one measure over several test sets, such as over directions: each counts the same, whatever its size.

The test sets are resampled one by one with the same seed. Those of equal size get the same samples, so that directions
of one multi-parallel text vary together, as they should; others vary independently.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tutelage.core.evidence import Comparison, Score
from tutelage.evaluation.significance import (
    Floats,
    SegmentStatistics,
    percentile_interval,
    resample_sums,
    two_sided_p,
)


def score_mean(statistics: Sequence[SegmentStatistics], *, seed: int, resamples: int = 1000) -> Score:
    """The mean score with its 95 % interval; no interval where a test set has fewer than two segments."""
    first, low, high = statistics[0], None, None
    if all(one.n > 1 for one in statistics):
        low, high = percentile_interval(_resample_mean(statistics, seed=seed, resamples=resamples))
    signatures = " & ".join(dict.fromkeys(one.signature for one in statistics))
    return Score(
        name=first.name,
        value=_mean(statistics),
        low=low,
        high=high,
        n=sum(one.n for one in statistics),
        higher_is_better=first.higher_is_better,
        signature=f"mean of {len(statistics)}: {signatures}|bs:{resamples}|seed:{seed}",
    )


def compare_means(
    before: Sequence[SegmentStatistics],
    *,
    after: Sequence[SegmentStatistics],
    test: str,
    seed: int,
    resamples: int = 1000,
) -> Comparison:
    """Paired bootstrap of the means, as `compare_paired` of one test set; `n` counts segments of all test sets."""
    _check_pairs(before, after)
    resampled = [_resample_mean(one, seed=seed, resamples=resamples) for one in (before, after)]
    differences, difference = resampled[1] - resampled[0], _mean(after) - _mean(before)
    low, high = percentile_interval(differences)
    return Comparison(
        test=test,
        name=before[0].name,
        before=_mean(before),
        after=_mean(after),
        difference=difference,
        low=low,
        high=high,
        p_value=two_sided_p(differences, difference),
        higher_is_better=before[0].higher_is_better,
        n=sum(one.n for one in before),
    )


def _mean(statistics: Sequence[SegmentStatistics]) -> float:
    return float(np.mean([one.value for one in statistics]))


def _resample_mean(statistics: Sequence[SegmentStatistics], *, seed: int, resamples: int) -> Floats:
    """[resamples]: the mean score over the test sets in each resample."""
    scores = [one.score_sums(resample_sums(one.rows, seed=seed, resamples=resamples)) for one in statistics]
    mean: Floats = np.mean(scores, axis=0)
    return mean


def _check_pairs(before: Sequence[SegmentStatistics], after: Sequence[SegmentStatistics]) -> None:
    told = [[(one.name, one.rows.shape) for one in side] for side in (before, after)]
    if not before or told[0] != told[1]:
        raise ValueError(f"only one measure on the same test sets can be compared: {told[0]} and {told[1]}")
