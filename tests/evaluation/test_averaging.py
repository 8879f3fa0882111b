"""Means of one measure over test sets: hand-computed, and the same as one test set where there is one."""

import numpy as np
import pytest

from tutelage.evaluation.averaging import compare_means, score_mean
from tutelage.evaluation.significance import SegmentStatistics, compare_paired, score_share, score_with_interval


def share(hits, *, name="off_target"):
    rows = np.array([(float(hit), 1.0) for hit in hits])
    return SegmentStatistics(name, rows, score_share, higher_is_better=False, signature="s")


SMALL, LARGE = share([1, 0]), share([1] * 9 + [0])


def test_each_test_set_counts_the_same():
    score = score_mean([SMALL, LARGE], seed=1, resamples=200)
    assert score.value == pytest.approx((50 + 90) / 2)
    assert score.n == 12
    assert score.low < score.value < score.high
    assert score.signature == "mean of 2: s|bs:200|seed:1"


def test_one_test_set_is_its_own_mean():
    plain, mean = score_with_interval(LARGE, seed=3), score_mean([LARGE], seed=3)
    assert (mean.value, mean.low, mean.high, mean.n) == (plain.value, plain.low, plain.high, plain.n)
    before = share([1, 1, 1, 1, 0, 1, 1, 0, 1, 1])
    one = compare_paired(before, after=LARGE, test="t", seed=3)
    assert compare_means([before], after=[LARGE], test="t", seed=3) == one


def test_equal_systems_do_not_differ():
    comparison = compare_means([SMALL, LARGE], after=[SMALL, LARGE], test="zero_shot", seed=1)
    assert (comparison.difference, comparison.low, comparison.high, comparison.p_value) == (0, 0, 0, 1)


def test_a_gain_in_every_test_set_is_significant():
    before, after = [share([1] * 30), share([1] * 20)], [share([0] * 20 + [1] * 10), share([0] * 20)]
    comparison = compare_means(before, after=after, test="zero_shot", seed=1)
    assert comparison.difference == pytest.approx((100 / 3 + 0) / 2 - 100)
    assert comparison.p_value < 0.01
    assert (comparison.test, comparison.n) == ("zero_shot", 50)


def test_a_single_segment_has_no_interval():
    assert score_mean([share([1]), LARGE], seed=1).low is None


@pytest.mark.parametrize("after", [[SMALL], [LARGE, SMALL], [SMALL, share([1] * 10, name="echo")]])
def test_only_the_same_test_sets_can_be_compared(after):
    with pytest.raises(ValueError, match="same test sets"):
        compare_means([SMALL, LARGE], after=after, test="t", seed=1)
