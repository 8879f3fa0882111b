"""Drift as a score: nats for each token over all answers, with an interval over the prompts."""

import pytest

from tutelage.evaluation.figures import format_value
from tutelage.evaluation.retention.drift import AnswerDrift, farthest_share, score_drift


def test_every_token_counts_the_same():
    answers = [AnswerDrift("a", 1.0, 10), AnswerDrift("b", 0.5, 40)]
    (score,) = score_drift(answers, signature="s", seed=1, resamples=200)
    assert score.value == pytest.approx(1.5 / 50)
    assert (score.name, score.n, score.higher_is_better) == ("drift", 2, False)
    assert score.low == pytest.approx(0.5 / 40)
    assert score.high == pytest.approx(1.0 / 10)
    assert format_value(score.value, name=score.name) == "0.030 nats a token"


def test_a_hundred_answers_tell_a_small_drift_from_none():
    answers = [AnswerDrift(str(number), 0.1 * (number % 7), 20) for number in range(100)]
    (score,) = score_drift(answers, signature="s", seed=1)
    assert 0 < score.low < score.value < score.high < 2 * score.value


def test_ends_are_told_apart():
    answers = [AnswerDrift("a", 5.0, 10, 4.0), AnswerDrift("b", 0.5, 40, 1.0), AnswerDrift("cut", 9.0, 50)]
    drift, ends = score_drift(answers, signature="s", seed=1, resamples=200)
    assert drift.value == pytest.approx(14.5 / 100)
    assert (ends.name, ends.n, ends.value) == ("drift_ends", 2, pytest.approx(2.5))
    assert format_value(ends.value, name=ends.name) == "2.500 nats"


def test_no_answer_has_no_drift():
    assert score_drift([], signature="s", seed=1) == ()


@pytest.mark.parametrize("power", [0.7, 1.0, 1.4, 2.0, 3.0])
@pytest.mark.parametrize("bound", [0.3, 0.05, 0.004])
def test_the_share_is_the_largest_that_drifts_no_more(power, bound):
    asked = []

    def drift_at(share):
        asked.append(share)
        return 0.4 * share**power

    share = farthest_share(drift_at, bound=bound)
    assert 0.9 * bound <= 0.4 * share**power <= bound
    assert len(asked) <= 4


def test_what_drifts_less_than_it_may_goes_all_of_the_way_and_what_cannot_be_told_not_at_all():
    assert farthest_share(lambda share: 0.1 * share, bound=0.2) == 1.0
    assert farthest_share(lambda share: 1.0, bound=0.5) == 0.0
