"""The mean of one measure over several test sets, such as over directions: each counts the same, whatever its size.

The test sets are resampled one by one with the same seed. Those of equal size get the same samples, so that directions
of one multi-parallel text vary together, as they should; others vary independently. A segment that one of these
directions holds twice is drawn as one in all of them, and one without a rating counts for nothing where it is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tutelage.core.evidence import Comparison, Score
from tutelage.evaluation.significance import (
    Floats,
    SegmentStatistics,
    add_rows,
    detectable_difference,
    number_units,
    on_common_rows,
    percentile_interval,
    resample_sums,
    two_sided_p,
)


def score_mean(statistics: Sequence[SegmentStatistics], *, seed: int, resamples: int = 1000) -> Score:
    """The mean score with its 95 % interval; no interval if a test set has fewer than two distinct segments."""
    first, low, high = statistics[0], None, None
    drawn = _drawn_together(statistics)
    if all(len(rows) > 1 for rows in drawn):
        low, high = percentile_interval(_resample_mean(statistics, drawn, seed=seed, resamples=resamples))
    signatures = " & ".join(dict.fromkeys(one.signature for one in statistics))
    return Score(
        name=first.name,
        value=_mean(statistics),
        low=low,
        high=high,
        n=sum(one.n for one in statistics),
        higher_is_better=first.higher_is_better,
        signature=f"mean of {len(statistics)}: {signatures}|bs:{resamples}|seed:{seed}",
        distinct=_count_distinct(statistics, drawn),
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
    before, after = zip(*map(on_common_rows, before, after), strict=True)
    drawn = [_drawn_together(one) for one in (before, after)]
    resampled = [
        _resample_mean(one, rows, seed=seed, resamples=resamples)
        for one, rows in zip((before, after), drawn, strict=True)
    ]
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
        distinct=_count_distinct(before, drawn[0]),
        detectable=detectable_difference(differences),
    )


def _mean(statistics: Sequence[SegmentStatistics]) -> float:
    return float(np.mean([one.value for one in statistics]))


def _drawn_together(statistics: Sequence[SegmentStatistics]) -> list[Floats]:
    """What is drawn from each test set; those of equal size have the same units, of which some may be several rows."""
    units: dict[int, list[int]] = {}
    for one in statistics:
        size = len(one.rows)
        same = units.setdefault(size, list(range(size)))
        units[size] = _join_units(same, one.texts) if one.texts else same
    return [add_rows(one.rows, units=units[len(one.rows)]) for one in statistics]


def _join_units(units: Sequence[int], texts: Sequence[str]) -> list[int]:
    """The units after rows of the same text have become one, numbered from 0."""
    names = [str(unit) for unit in units]
    changed = True
    while changed:
        first: dict[str, str] = {}
        joined = {name: first.setdefault(text, name) for name, text in zip(names, texts, strict=True)}
        changed = any(joined[name] != name for name in names)
        names = [joined[name] for name in names]
    return number_units(names)


def _count_distinct(statistics: Sequence[SegmentStatistics], drawn: Sequence[Floats]) -> int:
    """How many segments vary independently: those of test sets of equal size are counted once, by the one with most."""
    counts: dict[int, int] = {}
    for one, rows in zip(statistics, drawn, strict=True):
        counts[len(rows)] = max(len(one.counted(rows)), counts.get(len(rows), 0))
    return sum(counts.values())


def _resample_mean(
    statistics: Sequence[SegmentStatistics], drawn: Sequence[Floats], *, seed: int, resamples: int
) -> Floats:
    """[resamples]: the mean score over the test sets in each resample."""
    scores = [
        one.score_sums(resample_sums(rows, seed=seed, resamples=resamples))
        for one, rows in zip(statistics, drawn, strict=True)
    ]
    mean: Floats = np.mean(scores, axis=0)
    return mean


def _check_pairs(before: Sequence[SegmentStatistics], after: Sequence[SegmentStatistics]) -> None:
    told = [[(one.name, one.rows.shape) for one in side] for side in (before, after)]
    if not before or told[0] != told[1]:
        raise ValueError(f"only one measure on the same test sets can be compared: {told[0]} and {told[1]}")
