"""Charts: dots where the figures are, and always well-formed."""

import math
import re
from xml.etree import ElementTree

import pytest

from tutelage.core.training import LossPoint
from tutelage.evaluation.charts import IntervalRow, choose_axis, interval_chart, loss_chart


def row(look, value, half=1.0, text="t"):
    return IntervalRow(look, value, value - half, value + half, text)


@pytest.mark.parametrize(("low", "high"), [(47.2, 51.3), (0.9612, 0.9713), (-3, 98), (5, 5.0001)])
def test_axes_hold_their_values_and_have_ticks(low, high):
    axis = choose_axis(low, high)
    assert 0 <= axis.percent(low) <= axis.percent(high) <= 100
    assert 2 <= len(axis.ticks) <= 7
    assert all(axis.low <= tick <= axis.high for tick in axis.ticks)


@pytest.mark.parametrize("value", [0, 100, 51.25])
def test_a_single_value_is_the_only_tick(value):
    axis = choose_axis(value, value)
    assert axis.ticks == (value,)
    assert axis.percent(value) == 50


def test_dots_stand_in_order():
    svg = interval_chart([row("before", 47.2), row("after", 51.3), row("teacher", 75.2)])
    ElementTree.fromstring(svg)
    places = [float(x) for x in re.findall(r'cx="([\d.]+)%"', svg)]
    assert places == sorted(places) and len(places) == 3
    assert (places[1] - places[0]) / (places[2] - places[0]) == pytest.approx(4.1 / 28, abs=0.01)


def test_a_missing_interval_draws_the_dot_alone():
    svg = interval_chart([IntervalRow("after", 3.0, None, None, "after 3")])
    assert 'class="interval"' not in svg and svg.count("<circle") == 1


def test_text_is_escaped():
    svg = interval_chart([row("after", 1.0, text='"><script>alert(1)</script>')])
    ElementTree.fromstring(svg)
    assert "<script" not in svg


def test_loss_curves():
    svg = loss_chart([LossPoint(10, 3.0, None), LossPoint(20, 2.0, 2.5), LossPoint(30, math.nan, 2.0)])
    ElementTree.fromstring(svg)
    assert svg.count("<polyline") == 2 and "nan" not in svg


@pytest.mark.parametrize(
    "losses", [(), (LossPoint(1, 2.0, None),), (LossPoint(1, math.inf, None), LossPoint(2, None, None))]
)
def test_too_few_points_give_no_chart(losses):
    assert loss_chart(losses) == ""
