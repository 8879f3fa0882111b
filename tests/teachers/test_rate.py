import asyncio

import pytest

from tutelage.teachers.rate import LONGEST_PAUSE_SECONDS, Pace, Rate


def test_one_more_after_each_round_that_went_well():
    pace = Pace(start=4, maximum=6)
    for _ in range(5):
        pace.succeed()
    assert pace.in_flight_limit == 5
    for _ in range(100):
        pace.succeed()
    assert pace.in_flight_limit == 6


def test_one_round_of_push_backs_halves_once():
    pace = Pace(start=16, maximum=32)
    era = pace.era
    for _ in range(16):
        pace.push_back(era=era)
    assert pace.in_flight_limit == 8
    pace.push_back(era=pace.era)
    assert pace.in_flight_limit == 4


def test_limit_never_falls_below_one():
    pace = Pace(start=2, maximum=4)
    for _ in range(10):
        pace.push_back(era=pace.era)
    assert pace.in_flight_limit == 1


def test_pauses_double_with_jitter_and_honour_the_server():
    pace = Pace(start=1, maximum=1, first_pause_seconds=1.0)
    for attempt in range(1, 6):
        doubled = 2.0 ** (attempt - 1)
        assert doubled / 2 <= pace.pause_seconds(attempt) <= doubled
    assert pace.pause_seconds(60) <= LONGEST_PAUSE_SECONDS
    assert 30.0 <= pace.pause_seconds(1, retry_after=30.0) <= 30.1


def test_rate_lets_in_no_more_than_the_limit_and_stops():
    async def run():
        rate = Rate(Pace(start=3, maximum=3))
        inside, most = 0, 0

        async def work():
            nonlocal inside, most
            async with rate.slot():
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0.002)
                inside -= 1

        await asyncio.gather(*(work() for _ in range(20)))
        rate.stop(RuntimeError("enough"))
        with pytest.raises(RuntimeError, match="enough"):
            await work()
        return most

    assert asyncio.run(run()) == 3
