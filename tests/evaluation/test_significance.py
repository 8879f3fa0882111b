"""Bootstrap: hand-made tables, invariants, and agreement with sacrebleu's own paired test."""

from dataclasses import replace

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.significance import PairedTest

from tutelage.evaluation import significance
from tutelage.evaluation.significance import (
    SegmentStatistics,
    compare_paired,
    resample_sums,
    score_share,
    score_with_interval,
)
from tutelage.evaluation.translation import bleu_statistics, chrf_statistics

WORDS = "the file could not be opened because another program is using it right now please close that".split()  # noqa: SIM905


def share(hits, name="kept", higher_is_better=True):
    rows = np.array([(float(hit), 1.0) for hit in hits])
    return SegmentStatistics(name, rows, score_share, higher_is_better, f"{name}|test")


def make_systems(n=150, *, seed=3, noise=(0.5, 0.35)):
    generator = np.random.default_rng(seed)
    references = [" ".join(generator.choice(WORDS, size=10)) for _ in range(n)]

    def damage(text, rate):
        return " ".join(w if generator.random() > rate else str(generator.choice(WORDS)) for w in text.split())

    return references, *([damage(r, rate) for r in references] for rate in noise)


def test_share_value_and_interval_by_hand():
    score = score_with_interval(share([1] * 75 + [0] * 25), seed=1)
    # A binomial share of 0.75 on 100 has a standard error of 4.33 points.
    assert score.value == 75.0
    assert score.low == pytest.approx(75 - 1.96 * 4.33, abs=1.5)
    assert score.high == pytest.approx(75 + 1.96 * 4.33, abs=1.5)
    assert score.n == 100
    assert score.signature == "kept|test|bs:1000|seed:1"


def test_one_segment_has_no_interval():
    score = score_with_interval(share([1]), seed=1)
    assert (score.value, score.low, score.high) == (100.0, None, None)


def test_resamples_draw_n_segments_each_and_repeat_with_the_seed():
    rows = np.column_stack([np.ones(37), np.arange(37.0)])
    sums = resample_sums(rows, seed=5, resamples=50)
    assert sums.shape == (50, 2)
    assert (sums[:, 0] == 37).all()
    assert len(set(sums[:, 1])) > 10
    assert (sums == resample_sums(rows, seed=5, resamples=50)).all()
    assert (sums != resample_sums(rows, seed=6, resamples=50)).any()


def test_resampling_in_chunks_gives_the_same(monkeypatch):
    rows = np.arange(60.0).reshape(20, 3)
    whole = resample_sums(rows, seed=2, resamples=30)
    monkeypatch.setattr(significance, "_CELLS_AT_ONCE", 65)
    assert (resample_sums(rows, seed=2, resamples=30) == whole).all()


def test_a_system_against_itself_is_no_difference():
    same = share([1, 0, 1, 1, 0, 1])
    comparison = compare_paired(same, after=same, test="domain", seed=1)
    assert (comparison.difference, comparison.low, comparison.high, comparison.p_value) == (0.0, 0.0, 0.0, 1.0)


def test_pairing_finds_what_two_intervals_hide():
    hits = [1, 0] * 200
    better = [1, 0] * 185 + [1, 1] * 15
    before, after = share(hits), share(better)
    comparison = compare_paired(before, after=after, test="domain", seed=1)
    first, second = score_with_interval(before, seed=1), score_with_interval(after, seed=1)
    assert first.high > second.low
    assert comparison.difference == pytest.approx(3.75)
    assert comparison.p_value < 0.01
    assert comparison.low > 0


def test_swapping_the_systems_turns_the_sign_only():
    references, worse, better = make_systems()
    a, b = (chrf_statistics(x, references=references) for x in (worse, better))
    there, back = (compare_paired(x, after=y, test="domain", seed=9) for x, y in ((a, b), (b, a)))
    assert there.difference == pytest.approx(-back.difference)
    assert there.low == pytest.approx(-back.high)
    assert there.p_value == back.p_value


def test_p_is_uniform_enough_without_a_difference():
    generator = np.random.default_rng(0)
    ps = [
        compare_paired(
            share(generator.random(80) < 0.5), after=share(generator.random(80) < 0.5), test="t", seed=i, resamples=200
        ).p_value
        for i in range(300)
    ]
    assert 0.02 < np.mean(np.array(ps) < 0.05) < 0.09


def test_different_segments_cannot_be_compared():
    with pytest.raises(ValueError, match="same segments"):
        compare_paired(share([1, 0]), after=share([1, 0, 1]), test="domain", seed=1)


def compare_both(metric, statistics, noise):
    """Our comparison, our interval of the better system, and sacrebleu's results for the two systems."""
    references, worse, better = make_systems(noise=noise)
    systems = [("before", worse), ("after", better)]
    _, results = PairedTest(systems, {"metric": metric}, [references], test_type="bs", n_samples=2000)()
    theirs = next(value for key, value in results.items() if key != "System")
    before, after = (statistics(x, references=references) for x in (worse, better))
    ours = compare_paired(before, after=after, test="domain", seed=4, resamples=2000)
    return ours, score_with_interval(after, seed=4, resamples=2000), theirs


METRICS = pytest.mark.parametrize(
    ("metric", "statistics"), [(BLEU(), bleu_statistics), (CHRF(), chrf_statistics)], ids=["bleu", "chrf"]
)


@METRICS
@pytest.mark.parametrize("noise", [(0.5, 0.46), (0.5, 0.35)], ids=["near", "apart"])
def test_agrees_with_sacrebleu_paired_bootstrap(metric, statistics, noise):
    ours, interval, theirs = compare_both(metric, statistics, noise)
    assert ours.before == pytest.approx(theirs[0].score)
    assert ours.after == pytest.approx(theirs[1].score)
    assert (interval.high - interval.low) / 2 == pytest.approx(theirs[1].ci, rel=0.08)
    # Theirs counts one side, ours both.
    assert ours.p_value == pytest.approx(2 * theirs[1].p_value, rel=0.4, abs=0.003)


@METRICS
def test_agrees_with_sacrebleu_that_noise_is_noise(metric, statistics):
    ours, _, theirs = compare_both(metric, statistics, (0.42, 0.40))
    assert ours.p_value > 0.05 and theirs[1].p_value > 0.05


@pytest.mark.parametrize("copies", [1, 40])
def test_one_segment_tells_nothing_however_often_it_is_there(copies):
    texts = ["Open the file."] * copies
    before, after = (replace(share([hit] * copies), texts=texts) for hit in (0, 1))
    comparison = compare_paired(before, after=after, test="domain", seed=1)
    assert (comparison.n, comparison.distinct, comparison.tells) == (copies, 1, False)
    score = score_with_interval(after, seed=1)
    assert (score.low, score.high, score.distinct, score.tells) == (None, None, 1, False)


def test_copies_of_segments_make_nothing_surer():
    hits, better = [1, 0] * 40, [1, 0] * 35 + [1, 1] * 5
    texts = [f"text {number}" for number in range(80)]
    once = compare_paired(share(hits), after=share(better), test="t", seed=1)
    systems = (replace(share(one * 5), texts=texts * 5) for one in (hits, better))
    five_times = compare_paired(next(systems), after=next(systems), test="t", seed=1)
    assert replace(five_times, n=80) == once
    assert (five_times.n, five_times.distinct) == (400, 80)


def test_the_detectable_difference_is_that_of_a_power_of_80_percent():
    # 20 % of 400 pairs differ, half in each way: the difference has a standard error of 100 · √(0.2 / 400) = 2.24.
    before, after = [0] * 40 + [1] * 40 + [1] * 320, [1] * 40 + [0] * 40 + [1] * 320
    comparison = compare_paired(share(before), after=share(after), test="t", seed=1)
    assert comparison.detectable == pytest.approx(2.8 * 2.236, rel=0.06)


def test_a_difference_of_the_detectable_size_is_found_in_four_of_five_test_sets():
    generator, found = np.random.default_rng(5), []
    for seed in range(200):
        # 10 % lost, 20 % won: a difference of 10 points with a standard error of 100 · √((0.3 − 0.01) / n).
        n = round(2.8**2 * 0.29 / 0.01)
        drawn = generator.choice([-1, 0, 1], size=n, p=[0.1, 0.7, 0.2])
        before, after = share(drawn < 0), share(drawn > 0)
        found.append(compare_paired(before, after=after, test="t", seed=seed, resamples=200).p_value < 0.05)
    assert 0.7 < np.mean(found) < 0.9


def test_nothing_is_known_to_be_detectable_between_equal_systems():
    same = share([1, 0] * 40)
    assert compare_paired(same, after=same, test="t", seed=1).detectable is None
