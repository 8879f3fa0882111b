"""How sure a score or a difference is: bootstrap over segments, on sums of per-segment statistics.

A corpus score is a function of sums (matched n-grams, lengths, counts), so a resample costs one product of a row of
counts with the statistics: no text is looked at twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tutelage.core.evidence import Comparison, Score

Floats = NDArray[np.float64]

SIGNIFICANCE_LEVEL = 0.05
_CELLS_AT_ONCE = 1 << 22
"""Resample counts held in memory at a time (32 MiB of float64)."""


@dataclass(frozen=True, slots=True)
class SegmentStatistics:
    """One measure of one system on one test set, before it is summed."""

    name: str
    rows: Floats
    """Sufficient statistics, segments × k; only segments on which the measure is defined."""
    score_sums: Callable[[Floats], Floats]
    """From sums (m × k) to m scores."""
    higher_is_better: bool
    signature: str

    @property
    def n(self) -> int:
        """How many segments the measure rests on."""
        return len(self.rows)

    @property
    def value(self) -> float:
        """The corpus score."""
        return float(self.score_sums(self.rows.sum(axis=0, keepdims=True))[0])


def score_share(sums: Floats) -> Floats:
    """Percent from (hits, cases): the score function of every measure that is a share."""
    shares: Floats = 100.0 * sums[:, 0] / sums[:, 1]
    return shares


def score_with_interval(statistics: SegmentStatistics, *, seed: int, resamples: int = 1000) -> Score:
    """The corpus score with its 95 % percentile interval; no interval on fewer than two segments."""
    low = high = None
    if statistics.n > 1:
        resampled = statistics.score_sums(resample_sums(statistics.rows, seed=seed, resamples=resamples))
        low, high = percentile_interval(resampled)
    return Score(
        name=statistics.name,
        value=statistics.value,
        low=low,
        high=high,
        n=statistics.n,
        higher_is_better=statistics.higher_is_better,
        signature=f"{statistics.signature}|bs:{resamples}|seed:{seed}",
    )


def compare_paired(
    before: SegmentStatistics, *, after: SegmentStatistics, test: str, seed: int, resamples: int = 1000
) -> Comparison:
    """Paired bootstrap (Koehn 2004): both systems on the same resampled segments.

    The p-value is two-sided: the share of resampled differences that lie at least as far from their centre as the
    observed difference lies from 0, counting the observed one, so that it is never below 1 / (resamples + 1).
    sacrebleu counts one side only, so its p is about half of ours.
    """
    _check_pair(before, after)
    width = before.rows.shape[1]
    sums = resample_sums(np.hstack([before.rows, after.rows]), seed=seed, resamples=resamples)
    differences = after.score_sums(sums[:, width:]) - before.score_sums(sums[:, :width])
    difference = after.value - before.value
    low, high = percentile_interval(differences)
    return Comparison(
        test=test,
        name=before.name,
        before=before.value,
        after=after.value,
        difference=difference,
        low=low,
        high=high,
        p_value=two_sided_p(differences, difference),
        higher_is_better=before.higher_is_better,
        n=before.n,
    )


def resample_sums(rows: Floats, *, seed: int, resamples: int) -> Floats:
    """Sums of the statistics over bootstrap samples of the segments: resamples × k.

    The same seed and number of segments give the same samples, whatever is measured.
    """
    generator = np.random.default_rng(seed)
    return np.vstack([counts @ rows for counts in _sample_counts(len(rows), generator=generator, resamples=resamples)])


def _sample_counts(n: int, *, generator: np.random.Generator, resamples: int) -> Iterator[Floats]:
    """How often each of n segments is drawn in each resample, some resamples at a time."""
    chunk = max(1, _CELLS_AT_ONCE // n)
    for start in range(0, resamples, chunk):
        size = min(chunk, resamples - start)
        drawn = generator.integers(n, size=(size, n)) + np.arange(size)[:, None] * n
        yield np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n).astype(np.float64)


def percentile_interval(values: Floats) -> tuple[float, float]:
    """The middle 95 % of resampled scores."""
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def two_sided_p(differences: Floats, observed: float) -> float:
    """The p-value that `compare_paired` describes."""
    # The tolerance keeps exact ties (small test sets, shares) on the cautious side of rounding.
    extreme = np.abs(differences - differences.mean()) >= abs(observed) - 1e-9
    return float((extreme.sum() + 1) / (len(differences) + 1))


def _check_pair(before: SegmentStatistics, after: SegmentStatistics) -> None:
    if before.name != after.name or before.rows.shape != after.rows.shape:
        raise ValueError(
            f"only one measure on the same segments can be compared: {before.name} {before.rows.shape} "
            f"and {after.name} {after.rows.shape}"
        )
