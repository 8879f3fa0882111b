import pytest

from tutelage.teachers.calling.rate import FIRST_PATIENCE, GENTLE, LONGEST_PAUSE_SECONDS, Pace


def answer(pace, times):
    for _ in range(times):
        pace.succeed()


def answer_until(pace, limit):
    """Rounds of answers until the limit is reached."""
    answers = 0
    while pace.in_flight_limit < limit:
        pace.succeed()
        answers += 1
        assert answers < 100_000
    return answers


def pushed_back(pace):
    pace.push_back(era=pace.era)
    return pace


def test_doubles_in_each_round_until_the_first_push_back():
    pace = Pace(start=4, maximum=100)
    answer(pace, 4)
    assert pace.in_flight_limit == 8
    answer(pace, 8)
    assert pace.in_flight_limit == 16
    answer(pace, 1000)
    assert pace.in_flight_limit == 100


def test_first_push_back_halves_and_then_one_more_comes_with_each_round():
    pace = Pace(start=16, maximum=64)
    pushed_back(pace)
    assert pace.in_flight_limit == 8
    assert answer_until(pace, 9) in {8, 9}
    assert answer_until(pace, 10) in {9, 10}


def test_one_round_of_push_backs_counts_once():
    pace = Pace(start=16, maximum=32)
    era = pace.era
    for _ in range(16):
        pace.push_back(era=era)
    assert pace.in_flight_limit == 8


def test_push_back_after_good_rounds_is_gentle_and_right_after_another_halves():
    pace = pushed_back(Pace(start=80, maximum=100))
    answer_until(pace, 60)
    before = pace.limit
    assert pushed_back(pace).limit == pytest.approx(GENTLE * before)
    before = pace.limit
    assert pushed_back(pace).limit == pytest.approx(before / 2)


def test_known_ceiling_is_probed_ever_more_rarely_and_forgotten_when_passed():
    pace = pushed_back(Pace(start=41, maximum=100))
    waits = []
    for _ in range(4):
        answer_until(pace, 40)
        waits.append(answer_until(pace, 41) / 40)
        pushed_back(pace)
    assert waits == pytest.approx([FIRST_PATIENCE, 2 * FIRST_PATIENCE, 4 * FIRST_PATIENCE, 8 * FIRST_PATIENCE], rel=0.1)
    answer_until(pace, 42)  # the server takes more now
    assert answer_until(pace, 43) <= 44


def test_limit_stays_close_below_a_fixed_capacity():
    capacity, pace = 40, Pace(start=4, maximum=64)
    limits = []
    for _ in range(400):  # rounds: all calls in flight are answered, those beyond the capacity refused
        era, in_flight = pace.era, pace.in_flight_limit
        limits.append(min(in_flight, capacity))
        answer(pace, min(in_flight, capacity))
        for _ in range(in_flight - capacity):
            pace.push_back(era=era)
    assert sum(limits) / (capacity * len(limits)) > 0.95


def test_limit_never_falls_below_one():
    pace = Pace(start=2, maximum=4)
    for _ in range(10):
        pushed_back(pace)
    assert pace.in_flight_limit == 1


def test_pauses_double_with_jitter_and_honour_the_server():
    pace = Pace(start=1, maximum=1, first_pause_seconds=1.0)
    for attempt in range(1, 6):
        doubled = 2.0 ** (attempt - 1)
        assert doubled / 2 <= pace.pause_seconds(attempt) <= doubled
    assert pace.pause_seconds(60) <= LONGEST_PAUSE_SECONDS
    assert pace.pause_seconds(10**6) <= LONGEST_PAUSE_SECONDS
    assert 30.0 <= pace.pause_seconds(1, retry_after=30.0) <= 30.1


def test_a_timeout_of_everything_leaves_one_call_at_a_time():
    pace = Pace(start=8, maximum=8)
    assert not pace.was_answered
    pace.push_back(era=0, to_one=not pace.was_answered)
    pace.push_back(era=0, to_one=True)  # of the same round
    assert (pace.in_flight_limit, pace.era) == (1, 1)
    pace.succeed()
    assert pace.was_answered and pace.in_flight_limit == 2
