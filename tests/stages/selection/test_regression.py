"""What a pilot can learn: planted dependences are found, noise is told to be noise."""

import numpy as np
import pytest

from tutelage.stages.selection.regression import correlate, fit_errors, shared_ranks, standings

GENERATOR_SEEDS = range(20)


def planted(seed, *, noise, n=60):
    """Standings of three features, and errors that the first and the third decide."""
    generator = np.random.default_rng(seed)
    where = generator.uniform(-1, 1, (n, 3))
    return where, 0.5 + 0.2 * where[:, 0] - 0.1 * where[:, 2] + noise * generator.standard_normal(n)


def test_planted_weights_are_found_and_the_idle_feature_gets_none():
    where, errors = planted(1, noise=0.01)
    model = fit_errors(where, errors)
    assert model.weights == pytest.approx((0.2, 0, -0.1), abs=0.02)
    assert model.predicts.value > 0.95
    assert model.predict(where) == pytest.approx(errors, abs=0.05)


def test_a_prediction_for_a_left_out_segment_is_that_of_a_fit_without_it():
    """The closed form of leave-one-out against fits that leave one out."""
    from tutelage.stages.selection.regression import _fit

    where, errors = planted(2, noise=0.1, n=12)
    features, left = where - where.mean(axis=0), errors - errors.mean()
    told = _fit(features, left, features.T @ features + 0.5 * np.eye(3)).left_out + errors.mean()
    for row in range(12):
        # with the intercept as a column of its own that no penalty touches
        rest = np.delete(np.column_stack([np.ones(12), features]), row, axis=0)
        weights = np.linalg.solve(rest.T @ rest + np.diag([0, 0.5, 0.5, 0.5]), rest.T @ np.delete(errors, row))
        assert told[row] == pytest.approx(weights[0] + features[row] @ weights[1:])


def test_noise_is_seldom_taken_for_knowledge_and_a_clear_signal_hardly_ever_missed():
    noise = [fit_errors(where, np.random.default_rng(seed + 99).random(60)).predicts.tells
             for seed in GENERATOR_SEEDS for where in [planted(seed, noise=0)[0]]]  # fmt: skip
    signal = [fit_errors(*planted(seed, noise=0.15)).predicts.tells for seed in GENERATOR_SEEDS]
    assert sum(noise) <= 2
    assert sum(signal) >= 18


@pytest.mark.parametrize("errors", [[], [0.5] * 7, [0.5] * 30])
def test_too_few_segments_or_errors_that_are_all_alike_teach_nothing(errors):
    model = fit_errors(np.random.default_rng(0).random((len(errors), 2)), np.array(errors))
    assert not model.predicts.tells and set(model.weights) == {0.0}
    assert model.predict(np.zeros((3, 2))).tolist() == [model.mean] * 3


def test_equal_values_share_their_rank_and_standings_run_from_minus_one_to_one():
    assert shared_ranks(np.array([5.0, 1.0, 5.0, 9.0])).tolist() == [1.5, 0, 1.5, 3]
    assert standings(np.array([3.0, 1.0, 2.0])).tolist() == [1, -1, 0]
    assert standings(np.array([7.0, 7.0])).tolist() == [0, 0] and standings(np.array([7.0])).tolist() == [0]


def test_a_feature_that_never_differs_breaks_nothing():
    where, errors = planted(3, noise=0.05)
    where[:, 1] = 0
    assert fit_errors(where, errors).weights[1] == pytest.approx(0)


def test_the_correlation_is_spearmans_with_ties():
    one, other = np.array([1, 2, 2, 4, 5, 6, 7, 8.0]), np.array([10, 30, 20, 40, 50, 50, 70, 90.0])
    found = correlate(one, other)
    assert found.value == pytest.approx(0.9879518, abs=1e-6)  # scipy.stats.spearmanr
    assert found.low < found.value < found.high
