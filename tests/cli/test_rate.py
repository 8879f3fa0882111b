import pytest

from tutelage.cli.rate import RateMeter, WorkMeter, describe_work, format_count, format_figure, format_rate


def test_rate_and_time_left_follow_the_clock():
    meter = RateMeter(total=100)
    for second in range(11):  # 1 unit at 0 s, then 2 units a second: 21 done at 10 s
        meter.add(1 if second == 0 else 2, now=float(second))
    assert meter.done == 21
    assert meter.rate(now=10.0) == pytest.approx(2.0)
    assert meter.seconds_left(now=10.0) == pytest.approx(79 / 2)


def test_what_an_earlier_run_had_done_does_not_count_as_speed():
    meter = RateMeter(total=1000)
    meter.add(900, now=0.0)
    meter.add(10, now=10.0)
    assert meter.rate(now=10.0) == pytest.approx(1.0)
    assert meter.seconds_left(now=10.0) == pytest.approx(90.0)


def test_loading_does_not_count_where_it_is_told_that_nothing_was_done_before():
    """A model that took ten seconds to load, and then gave its first segment, was said to take hours."""
    meter = RateMeter(total=2000)
    meter.add(0, now=0.0)
    meter.add(1, now=10.0)
    assert meter.seconds_left(now=10.0) is None
    meter.add(100, now=11.0)
    assert meter.rate(now=11.0) == pytest.approx(100)


def test_what_a_ledger_knew_does_not_shorten_the_time_left():
    """Of a local teacher that needs a second for each, 500 replayed at once made 500 more look like half a minute."""
    meter = RateMeter(total=1000)
    for replayed in range(0, 501, 50):
        meter.add(50 if replayed else 0, now=replayed / 500, replayed=replayed)
    assert meter.rate(now=1.0) == pytest.approx(500)  # nothing else has been done yet
    for second in range(2, 12):
        meter.add(1, now=float(second), replayed=500)
    assert meter.rate(now=11.0) == pytest.approx(10 / 11, rel=0.15)
    assert meter.seconds_left(now=11.0) == pytest.approx(490 * 1.1, rel=0.15)


def test_tokens_have_a_rate_too_and_nothing_replayed_is_not_said():
    meter = WorkMeter(total=100, unit="words")
    meter.add(0, {"replayed": 0, "tokens": 0.0}, now=0.0)
    for second in range(1, 6):
        meter.add(2, {"replayed": 0, "tokens": 150.0 * second}, now=float(second))
    assert meter.describe(now=5.0) == [
        "10 of 100 words (10 %)", "2 words/s", "45 s left", "tokens 750", "150 tokens/s"
    ]  # fmt: skip
    meter.add(1, {"replayed": 1}, now=6.0)
    assert "replayed 1" in meter.describe(now=6.0)


def test_the_rate_forgets_what_is_long_ago():
    meter = RateMeter(total=None)
    for second in range(100):
        meter.add(100 if second < 50 else 1, now=float(second))
    assert meter.rate(now=99.0) == pytest.approx(1.0)
    assert meter.seconds_left(now=99.0) is None


def test_nothing_is_known_before_the_second_count():
    meter = RateMeter(total=10)
    assert meter.rate(now=1.0) is None
    meter.add(1, now=2.0)
    assert meter.rate(now=2.0) is None
    assert meter.seconds_left(now=2.0) is None


def test_the_line_holds_count_share_rate_time_left_and_figures():
    meter = RateMeter(total=4000)
    meter.add(48, now=0.0)
    meter.add(1152, now=24.0)
    line = describe_work("student translates", meter, unit="segments", figures={"cost": 0.42}, now=24.0)
    assert line == ("student translates: 1,200 of 4,000 segments (30 %), 48 segments/s, 58 s left, cost $0.42")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (format_rate(0.123), "0.12"),
        (format_rate(1234.5), "1,234"),
        (format_figure("loss", 2.31), "loss 2.31"),
        (format_figure("dev_loss", 2.0), "dev loss 2"),
        (format_figure("cost", 0.001), "cost $0.0010"),
        (format_figure("tokens", 120000.0), "tokens 120,000"),
        (format_count(1, unit="segments"), "1 segment"),
        (format_count(1200, unit="updates"), "1,200 updates"),
    ],
)
def test_figures_are_short(shown, expected):
    assert shown == expected
