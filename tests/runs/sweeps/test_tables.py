"""Table, means over seeds, CSV and charts of a sweep, from results written by hand."""

import csv
import io
import re
import xml.etree.ElementTree as ET

import pytest

from tutelage.core.evidence import Comparison
from tutelage.runs.sweeps.charts import dot_chart, line_chart
from tutelage.runs.sweeps.grid import Varied
from tutelage.runs.sweeps.page import SweepPage, heat_table, render_page
from tutelage.runs.sweeps.results import Outcome, PointResult, group_gains, has_seeds, list_measures, moving_measures
from tutelage.runs.sweeps.tables import points_table, render_csv, render_markdown, seeds_table

RATE, SHARE = "step.0.train.learning_rate", "step.0.select.share"
CHRF = ("domain", "chrf")


def compare(name, before, after, *, test="domain", higher=True):
    difference = after - before
    return Comparison(test, name, before, after, difference, difference - 1, difference + 1, 0.01, higher, 100)


def point(values, *comparisons, state="done", message="", exit_code=0):
    outcome = Outcome("better", True, comparisons, 10, 5, 0.5, 40, 90.0, 2.25) if state == "done" else None
    name = "-".join(values.values())
    return PointResult(name, tuple(values.items()), state, message, exit_code, outcome)


@pytest.fixture
def seeded():
    """Two rates with two seeds each, one of the runs failed."""
    rows = [("1e-4", "1", 52.0), ("1e-4", "2", 55.0), ("2e-4", "1", 49.0)]
    still = compare("off_target", 0.0, 0.0, higher=False)
    done = [point({RATE: rate, "seed": seed}, compare("chrf", 50.0, after), still) for rate, seed, after in rows]
    return (*done, point({RATE: "2e-4", "seed": "2"}, state="failed", message="no | teacher\nhere.", exit_code=75))


def test_the_table_has_a_row_for_each_point(seeded):
    table = points_table(seeded, measures=list_measures(seeded), dev=True)
    assert table.header == (
        "learning_rate", "seed", "verdict", "chrF", "off-target", "dev loss", "calls", "from ledger", "cost",
        "updates", "time",
    )  # fmt: skip
    assert table.rows[0] == (
        "1e-4", "1", "better", "50.0 → 52.0 [+1.0, +3.0]", "0.0 % → 0.0 % [−1.0, +1.0]", "2.250", "10", "5", "$0.50",
        "40", "1 min 30 s",
    )  # fmt: skip
    assert table.rows[3] == ("2e-4", "2", "failed", *["–"] * 8)
    assert moving_measures(seeded) == (CHRF,)


def test_means_and_spread_over_seeds_by_hand(seeded):
    first, second = group_gains(seeded, CHRF)
    # changes +2 and +5: mean 3.5, standard deviation 3 / √2
    assert (first.mean, first.spread, first.low, first.high) == (3.5, pytest.approx(2.1213203), 2.0, 5.0)
    assert (second.mean, second.spread, second.low, second.high) == (-1.0, None, -2.0, 0.0)
    assert has_seeds(seeded)
    table = seeds_table(seeded, measures=[CHRF])
    assert table.rows == (("1e-4", "2", "+3.5 ± 2.1 → 53.5"), ("2e-4", "1", "−1.0 → 49.0"))


def test_markdown_and_csv_say_the_same(seeded):
    text = render_markdown(points_table(seeded, measures=[CHRF], dev=False))
    lines = text.splitlines()
    assert len(lines) == 6 and len({line.count("|") for line in lines}) == 1
    rows = list(csv.DictReader(io.StringIO(render_csv(seeded, measures=[CHRF]))))
    assert [row[RATE] for row in rows] == ["1e-4", "1e-4", "2e-4", "2e-4"]
    assert (rows[1]["domain.chrf.difference"], rows[1]["domain.chrf.low"], rows[1]["updates"]) == ("5.0", "4.0", "40")
    assert rows[3]["message"] == "no | teacher\nhere." and rows[3]["domain.chrf.after"] == ""


def shapes(svg):
    root = ET.fromstring(svg)
    return [float(one.get("cx").rstrip("%")) for one in root.iter("circle") if one.get("class") != "one"]


def test_a_wide_range_stands_on_a_logarithmic_axis():
    results = [point({RATE: rate}, compare("chrf", 50.0, 51.0)) for rate in ("1e-2", "1e-4", "1e-3")]
    low, middle, high = shapes(line_chart(group_gains(results, CHRF), name="chrf"))
    assert middle - low == pytest.approx(high - middle)
    results = [point({SHARE: share}, compare("chrf", 50.0, 51.0)) for share in ("0.1", "0.2", "0.4")]
    low, middle, high = shapes(line_chart(group_gains(results, CHRF), name="chrf"))
    assert 2 * (middle - low) == pytest.approx(high - middle)


def test_a_point_is_coloured_only_if_its_whole_interval_is_on_one_side():
    changes = {"a": (50.0, 53.0), "b": (50.0, 50.5), "c": (50.0, 47.0)}
    results = [point({"x": key}, compare("chrf", *change)) for key, change in changes.items()]
    svg = dot_chart(group_gains(results, CHRF), name="chrf")
    assert re.findall(r'<g class="(\w+)"', svg) == ["up", "even", "down"]
    falling = [point({"x": "a"}, compare("off_target", 9.0, 3.0, higher=False))]
    assert '<g class="up"' in dot_chart(group_gains(falling, ("domain", "off_target")), name="off_target")


def make_page(varied, results):
    table = points_table(results, measures=list_measures(results), dev=False)
    return SweepPage(
        "x-sweep", "x.toml", "tutelage sweep x.toml", "0", "now", varied, tuple(results), list_measures(results),
        ("One sentence.",), table, None,
    )  # fmt: skip


def test_two_keys_make_a_heat_table():
    afters = {("1e-4", "0.1"): 52.0, ("1e-4", "0.3"): 54.0, ("2e-4", "0.1"): 48.0}
    results = [point({RATE: r, SHARE: s}, compare("chrf", 50.0, after)) for (r, s), after in afters.items()]
    page = make_page((Varied(RATE, ("1e-4", "2e-4")), Varied(SHARE, ("0.1", "0.3"))), results)
    heat = heat_table(page, CHRF)
    assert (heat.row_key, heat.column_key, heat.columns) == ("learning_rate", "share", ("0.1", "0.3"))
    cells = [[(cell.text, cell.look) for cell in row] for _, row in heat.rows]
    assert cells == [[("+2.0", "up"), ("+4.0", "up")], [("−2.0", "down"), ("–", "")]]
    assert [cell.percent for _, row in heat.rows for cell in row] == [28, 55, 28, 0]
    assert 'class="heat"' in render_page(page)


def test_the_page_escapes_what_it_is_given_and_fetches_nothing():
    value = '<script>alert("x")</script>'
    results = [
        point({"student.model": value}, compare("chrf", 50.0, 52.0)),
        point({"student.model": "b"}, state="failed", message="<b>bad</b>"),
    ]
    page = render_page(make_page((Varied("student.model", (value, "b")),), results))
    assert "<script" not in page and "<b>bad" not in page
    assert "&lt;script&gt;" in page and "1 of 2 points." in page and "One sentence." in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert not re.search(r"(src|href)=", page)
