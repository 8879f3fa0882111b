"""Translation against retention: the points of a run, the frontier, and the plot on the page."""

from dataclasses import replace

from sample_report import make_report, make_step
from tutelage.core.evidence import Score, SystemScores
from tutelage.evaluation.pareto import ParetoPoint, frontier, pareto_chart, pareto_points
from tutelage.evaluation.report import render_report
from tutelage.evaluation.verdict import render_verdict_lines


def score(name, value):
    return Score(name, value, value, value, 100, True, "s")


def with_abilities(step, *, before, after, retention=()):
    """The step with scores of its abilities, and with a retention of those named."""
    told = [score(f"retention.{one}", after[one] / before[one]) for one in retention]
    overall = [score("retention", 0.5)] if retention else []
    levels = [[score(f"ability.{one}", value) for one, value in scores.items()] for scores in (before, after)]
    systems = (
        *step.systems,
        SystemScores("before", "abilities", "", (*levels[0], score("abilities", 10))),
        SystemScores("after", "abilities", "", (*levels[1], score("abilities", 10), *overall, *told)),
    )
    return replace(step, systems=systems)


def two_steps():
    first = with_abilities(
        make_step(),
        before={"facts": 60, "arithmetic": 20, "refusal": 0},
        after={"facts": 54, "arithmetic": 10, "refusal": 50},
        retention=("facts", "arithmetic"),
    )
    second = with_abilities(
        make_step(),
        before={"facts": 54, "arithmetic": 10, "refusal": 50},
        after={"facts": 58, "arithmetic": 18, "refusal": 0},
        retention=("facts",),
    )
    return (first, replace(second, number=2, method="radis"))


def test_points_are_against_the_first_student_over_what_it_could():
    points = pareto_points(two_steps())
    assert [(one.label, round(one.retention, 3)) for one in points] == [
        ("the student that came in", 1.0),
        ("1 patching", 0.8),
        ("2 radis", 0.95),
    ]
    assert [one.translation for one in points] == [47.2, 51.3, 51.3]


def test_without_retention_there_is_nothing_to_plot():
    assert pareto_points((make_step(),)) == ()
    assert pareto_chart(()) == ""
    assert "Translation against retention" not in render_report(make_report())


def test_frontier_drops_what_is_beaten_in_both():
    points = [ParetoPoint(name, x, y, "after") for name, x, y in (("a", 1, 40), ("b", 0.9, 50), ("c", 0.8, 45))]
    assert [one.label for one in frontier(points)] == ["b", "a"]
    assert [one.label for one in frontier([points[0], points[0]])] == ["a", "a"]


def test_the_page_shows_abilities_and_the_plot():
    report = replace(make_report(), steps=two_steps())
    page = render_report(report)
    assert page.count("General abilities") == 2
    assert "no ratio: too little before" in page
    assert "Translation against retention" in page
    assert "2 radis: chrF 51.3, retention 0.950" in page
    assert any("retention 0.500" in line for line in render_verdict_lines(report))


def test_texts_in_the_plot_are_escaped():
    points = [ParetoPoint("<b>", 1.0, 40, "before"), ParetoPoint("x", 0.9, 50, "after")]
    assert "<b>" not in pareto_chart(points)
