"""How sure a score or a difference is: bootstrap over segments, on sums of per-segment statistics.

A corpus score is a function of sums (matched n-grams, lengths, counts), so a resample costs one product of a row of
counts with the statistics: no text is looked at twice.

What is drawn are distinct segments: a text that the test set holds several times is drawn with all its copies or not at
all, since copies tell nothing that the first did not. Without copies this is the usual bootstrap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tutelage.core.evidence import Comparison, Score

Floats = NDArray[np.float64]

SIGNIFICANCE_LEVEL = 0.05
_DETECTABLE_ERRORS = 2.80
"""Standard errors in the smallest difference that is found in 80 % of test sets at p < 0.05: 1.96 + 0.84."""
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
    texts: Sequence[str] = ()
    """What each row is measured on; rows of the same text count as one segment. Empty: every row is one."""
    may_lack: bool = False
    """Whether a row of zeros is a segment without a rating, which counts for nothing."""

    @property
    def n(self) -> int:
        """How many segments the measure rests on."""
        return len(self.counted(self.rows))

    @property
    def drawn(self) -> Floats:
        """The rows that a resample draws from: a sum for each distinct text, in the order of their first row."""
        rows = add_rows(self.rows, units=number_units(self.texts)) if self.texts else self.rows
        counted = self.counted(rows)
        return counted if len(counted) else rows

    def counted(self, rows: Floats) -> Floats:
        """Those of these rows that count: all, or those with a rating."""
        return rows[_are_rated(rows)] if self.may_lack else rows

    @property
    def value(self) -> float:
        """The corpus score."""
        return float(self.score_sums(self.rows.sum(axis=0, keepdims=True))[0])


def score_share(sums: Floats) -> Floats:
    """Percent from (hits, cases): the score function of every measure that is a share."""
    shares: Floats = 100.0 * sums[:, 0] / sums[:, 1]
    return shares


def score_with_interval(statistics: SegmentStatistics, *, seed: int, resamples: int = 1000) -> Score:
    """The corpus score with its 95 % percentile interval; no interval on fewer than two distinct segments."""
    low = high = None
    drawn = statistics.drawn
    if len(drawn) > 1:
        low, high = percentile_interval(statistics.score_sums(resample_sums(drawn, seed=seed, resamples=resamples)))
    return Score(
        name=statistics.name,
        value=statistics.value,
        low=low,
        high=high,
        n=statistics.n,
        higher_is_better=statistics.higher_is_better,
        signature=f"{statistics.signature}|bs:{resamples}|seed:{seed}",
        distinct=len(drawn),
    )


def compare_paired(
    before: SegmentStatistics, *, after: SegmentStatistics, test: str, seed: int, resamples: int = 1000
) -> Comparison:
    """Paired bootstrap (Koehn 2004): both systems on the same resampled segments, those that both have a rating of.

    The p-value is two-sided: the share of resampled differences that lie at least as far from their centre as the
    observed difference lies from 0, counting the observed one, so that it is never below 1 / (resamples + 1).
    sacrebleu counts one side only, so its p is about half of ours.
    """
    _check_pair(before, after)
    before, after = on_common_rows(before, after)
    width = before.rows.shape[1]
    drawn = (before.drawn, after.drawn)
    sums = resample_sums(np.hstack(drawn), seed=seed, resamples=resamples)
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
        distinct=len(drawn[0]),
        detectable=detectable_difference(differences),
    )


def score_each(statistics: Iterable[SegmentStatistics], *, seed: int, resamples: int = 1000) -> tuple[Score, ...]:
    """Every corpus score, as `score_with_interval` has it."""
    return tuple(score_with_interval(one, seed=seed, resamples=resamples) for one in statistics)


def compare_each(
    before: Sequence[SegmentStatistics],
    *,
    after: Sequence[SegmentStatistics],
    test: str,
    seed: int,
    resamples: int = 1000,
) -> tuple[Comparison, ...]:
    """The paired comparison by every measure, as `compare_paired` has it; the same measures in the same order."""
    return tuple(
        compare_paired(old, after=new, test=test, seed=seed, resamples=resamples)
        for old, new in zip(before, after, strict=True)
    )


def on_common_rows(before: SegmentStatistics, after: SegmentStatistics) -> tuple[SegmentStatistics, SegmentStatistics]:
    """Both, with zeros where one of them has no rating: what failed on one side says nothing of the other."""
    if not (before.may_lack and after.may_lack):
        return before, after
    both = np.logical_and(_are_rated(before.rows), _are_rated(after.rows))[:, None]
    return replace(before, rows=before.rows * both), replace(after, rows=after.rows * both)


def _are_rated(rows: Floats) -> NDArray[np.bool_]:
    rated: NDArray[np.bool_] = (rows != 0.0).any(axis=1)
    return rated


def number_units(texts: Sequence[str]) -> list[int]:
    """The number of each text among the distinct ones, from 0 in the order in which they come."""
    numbers: dict[str, int] = {}
    return [numbers.setdefault(text, len(numbers)) for text in texts]


def add_rows(rows: Floats, *, units: Sequence[int]) -> Floats:
    """The sum of the rows of each unit; the rows themselves if every one is a unit of its own."""
    count = max(units, default=-1) + 1
    if count == len(rows):
        return rows
    sums = np.zeros((count, rows.shape[1]))
    np.add.at(sums, units, rows)
    return sums


def detectable_difference(differences: Floats) -> float | None:
    """The smallest true difference that a test of this size finds in 80 % of cases at p < 0.05, two-sided.

    It is 2.80 standard errors, the minimum detectable effect of Bloom (1995, Evaluation Review 19(5)); the standard
    error is the spread of the resampled `differences`. None if they do not differ: nothing tells how far they could.
    """
    spread = float(np.std(differences))
    return _DETECTABLE_ERRORS * spread if spread > 1e-9 else None


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
