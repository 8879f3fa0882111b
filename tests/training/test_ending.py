import pytest

from tutelage.core.settings import TrainSettings
from tutelage.training.ending import FEWEST_PASSES, MOST_PASSES, Ending, StopsRising, planned_passes


class Control:
    should_training_stop = False


class State:
    def __init__(self, scores, metric):
        self.log_history = [{metric: score} for score in scores]


def stops(scores, *, patience=2, higher_is_better=True):
    control = Control()
    watch = StopsRising("score", patience=patience, higher_is_better=higher_is_better)
    watch.on_evaluate(None, State(scores, "score"), control)
    return control.should_training_stop


@pytest.mark.parametrize(
    ("scores", "ends"),
    [
        ([], False),
        ([50.0], False),
        ([50, 51, 52], False),
        ([50, 49], False),
        ([50, 49, 50], True),
        ([50, 49, 51], False),
    ],
)
def test_it_ends_after_so_many_measurements_without_a_better_one(scores, ends):
    assert stops(scores) is ends


def test_an_equal_score_is_not_better_and_the_first_of_equals_is_kept():
    assert stops([50, 50, 50])


def test_of_losses_lower_is_better():
    assert stops([2.0, 2.1, 2.2], higher_is_better=False)
    assert not stops([2.0, 1.9, 1.8], higher_is_better=False)


@pytest.mark.parametrize(
    ("given", "open_end", "passes"),
    [
        ({"epochs": 4.5}, False, 4.5),
        ({}, False, FEWEST_PASSES),
        ({}, True, MOST_PASSES),
        ({"epochs": 2}, True, 2),
    ],
)
def test_passes_are_those_given_or_many_where_the_end_is_left_open(given, open_end, passes):
    assert planned_passes(TrainSettings(**given), tokens=10_000, is_open=open_end) == passes


def test_an_open_end_over_many_examples_plans_fewer_passes():
    assert planned_passes(TrainSettings(), tokens=20_000_000, is_open=True) < MOST_PASSES
    assert planned_passes(TrainSettings(), tokens=10**10, is_open=True) == FEWEST_PASSES


def test_small_sets_are_not_measured_at_every_few_updates():
    small = Ending(updates=60 * 7, passes=60, settings=TrainSettings(), is_open=True)
    large = Ending(updates=60 * 5000, passes=60, settings=TrainSettings(), is_open=True)
    assert (small.measured_every, large.measured_every) == (20, 500)
    assert Ending(35, 5, TrainSettings(epochs=5), is_open=False).measured_every == 7


def test_a_number_of_updates_is_measured_once_an_epoch_and_not_at_every_few():
    """An epoch of 8 updates, and one of 50."""
    given = TrainSettings(max_updates=1000)
    assert Ending(1000, 125, given, is_open=False).measured_every == 20
    assert Ending(1000, 20, given, is_open=False).measured_every == 50
    assert Ending(10, 0.5, given, is_open=False).measured_every == 10
    assert Ending(10, 5, TrainSettings(max_updates=10, evaluate_every=3), is_open=False).measured_every == 3


def test_the_rate_does_not_fall_towards_an_end_that_nobody_knows():
    assert Ending(100, 10, TrainSettings(), is_open=True).schedule == "constant_with_warmup"
    assert Ending(100, 10, TrainSettings(epochs=10), is_open=False).schedule == "cosine"
    assert Ending(100, 10, TrainSettings(schedule="linear"), is_open=True).schedule == "linear"
    assert Ending(6000, 60, TrainSettings(warmup_share=0.1), is_open=True).warmup_updates == 50
