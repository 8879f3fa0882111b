import pytest

from tutelage.evaluation.report_data import StageTime
from tutelage.evaluation.timeline import busy_seconds, lay_out


def bars(*times):
    return [(bar.stage, round(bar.start, 3), round(bar.end, 3)) for bar in lay_out(times)]


def test_stages_at_the_same_time_lie_above_one_another():
    times = (StageTime("pool", 1.0, 100.0), StageTime("feedback", 6.0, 102.0), StageTime("hypotheses", 4.0, 101.0))
    assert bars(*times) == [("pool", 0, 1), ("hypotheses", 1, 5), ("feedback", 2, 8)]
    assert busy_seconds(times) == 8.0


def test_time_in_which_nothing_ran_is_left_out():
    times = (StageTime("pool", 1.0, 100.0), StageTime("hypotheses", 4.0, 9_000.0), StageTime("student", 2.0, 9_004.5))
    assert bars(*times) == [("pool", 0, 1), ("hypotheses", 1, 5), ("student", 5, 7)]
    assert busy_seconds(times) == pytest.approx(7.0)


def test_stages_of_older_runs_lie_behind_one_another():
    times = (StageTime("pool", 1.0), StageTime("hypotheses", 4.0))
    assert bars(*times) == [("pool", 0, 1), ("hypotheses", 1, 5)]
    assert busy_seconds(times) == 5.0


def test_a_step_without_stages_took_no_time():
    assert busy_seconds(()) == 0.0
