"""What a recipe is said to take on much more text, held against figures worked out by hand."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from tutelage.core.errors import UsageError
from tutelage.core.recipe import BudgetSettings
from tutelage.core.teacher_settings import EndpointSettings
from tutelage.evaluation.report_data import SpendRow
from tutelage.runs.plans.costs import MeasuredRun, StageCost, measure_run
from tutelage.runs.plans.plan import LONGEST_SECONDS, Machine, make_plan

MACHINE = Machine(cores=2, memory_bytes=10**10, disk_bytes=10**11)


def cost(name, **told):
    figures = {"rows": 0, "seconds": 0, "cpu_seconds": 0, "bytes": 0, "calls": 0, "tokens": 0, "cost": 0}
    return StageCost(f"01-patching/{name}", **(figures | told))


def plan(*stages, segments=1_000_000, budget=None, measured=1000):
    run = MeasuredRun(Path("runs/demo"), measured, stages, (cost("scores", seconds=5.0, cpu_seconds=4.0),))
    return make_plan(run, segments=segments, machine=MACHINE, budget=budget or BudgetSettings())


def test_stages_grow_with_the_text_and_measuring_does_not():
    made = plan(
        cost("hypotheses", rows=900, cpu_seconds=3.6, bytes=90_000),
        cost("feedback", rows=900, calls=900, tokens=450_000, cost=0.9, cpu_seconds=0.4),
    )
    hypotheses, feedback = made.at
    assert (hypotheses.rows, hypotheses.cpu_seconds, hypotheses.bytes) == pytest.approx((900_000, 3600, 9e7))
    assert (feedback.calls, feedback.tokens, feedback.cost) == pytest.approx((900_000, 4.5e8, 900))
    assert made.per_million == made.at
    assert made.whole.cpu_seconds == pytest.approx(3600 + 400 + 4)
    assert made.whole.cost == pytest.approx(900)


def test_a_cost_that_is_unknown_stays_unknown():
    assert plan(cost("feedback", calls=10, cost=None), cost("pool")).whole.cost is None


def test_what_gives_way_is_told_in_its_order():
    made = plan(
        cost("pool", rows=1000),  # 60 bytes a row of 10 GB: 167 million
        cost("hypotheses", seconds=10.0),  # 10 ms a segment: 60.48 million in a week
        cost("feedback", calls=1000, bytes=500_000),  # 500 + 1,500 bytes a segment of 100 GB: 50 million
        segments=200_000_000,
    )
    told = [(limit.what, limit.segments) for limit in made.limits]
    assert told == [
        ("disk", 50_000_000),
        ("a week of 01-patching/hypotheses", round(LONGEST_SECONDS / 0.01)),
        ("memory of 01-patching/pool", 166_666_666),
    ]


def test_what_holds_out_is_not_told():
    assert not plan(cost("pool", rows=1000), segments=1_000_000).limits


def test_a_budget_gives_way_where_it_is_used_up():
    made = plan(cost("feedback", calls=1000, tokens=200_000, cost=1.0), budget=BudgetSettings(tokens=10**6, cost=50))
    assert [(limit.what, limit.segments) for limit in made.limits] == [
        ("budget.tokens", 5_000),
        ("budget.cost", 50_000),
    ]


def test_a_stage_that_asks_waits_for_its_teacher():
    (limit,) = plan(cost("feedback", calls=1, seconds=1.0), segments=10**9).limits[:1]
    assert limit.what == "a week of the teacher in 01-patching/feedback" and "endpoints" in limit.remedy


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (None, "no run that was measured"),
        ("{", "damaged"),
        (json.dumps({"state": "running", "stages": {}}), "not finished"),
    ],
)
def test_a_run_that_says_nothing_is_told(tmp_path, facts, told):
    if facts is not None:
        (tmp_path / "run.json").write_text(facts)
    with pytest.raises(UsageError, match=told):
        measure_run(tmp_path, None)


def written_run(tmp_path, monkeypatch):
    """A run of a step with a table, a student and scores, as its folder tells of it."""
    step = tmp_path / "01-patching"
    (step / "student").mkdir(parents=True)
    (step / "student" / "model.safetensors").write_bytes(b"x" * 5000)
    (step / "pool.parquet").write_bytes(b"x" * 700)
    (step / "pool.rejected.parquet").write_bytes(b"x" * 300)
    (step / "feedback.parquet").write_bytes(b"x" * 100)
    (step / "scores.json").write_text("{}")
    noted = {
        "01-patching/pool": {"rows": 80, "rejected": 20, "seconds": 1.0, "cpu_seconds": 0.5, "asked": 0},
        "01-patching/feedback": {"rows": 80, "seconds": 4.0, "asked": 80, "asked_tokens": 300},
        "01-patching/student": {"seconds": 60.0, "cpu_seconds": 100.0},
        "01-patching/tests/domain-before": {"rows": 50, "seconds": 3.0},
        "01-patching/scores": {"rows": 6, "seconds": 0.1},
        "00-student": {"seconds": "x"},
    }
    (tmp_path / "run.json").write_text(json.dumps({"state": "done", "stages": noted}))
    spend = SpendRow("feedback", "m", calls=60, replayed=20, input_tokens=200, output_tokens=100, cost_dollars=0.6)
    report = SimpleNamespace(steps=(SimpleNamespace(number=1, method="patching", spend=(spend,)),))
    monkeypatch.setattr("tutelage.runs.plans.costs.read_run_report", lambda _folder: report)


@pytest.mark.parametrize(("limit", "grows"), [(None, True), (100, False)])
def test_a_run_tells_what_its_stages_took(tmp_path, monkeypatch, limit, grows):
    written_run(tmp_path, monkeypatch)
    step = SimpleNamespace(method="patching", train=SimpleNamespace(max_updates=limit))
    run = measure_run(tmp_path, SimpleNamespace(step=(step,), teachers={}))
    stages = {stage.name: stage for stage in run.stages}
    assert run.segments == 100
    assert ("student" in stages) == grows and {"pool", "feedback"} <= stages.keys()
    assert stages["pool"].bytes == 1000 and stages["pool"].cpu_seconds == 0.5
    assert {stage.name for stage in run.fixed} >= {"domain-before", "scores"}
    assert sum(stage.bytes for stage in run.fixed) >= 5000  # a student is as large, whatever it has learned


def test_answers_that_the_ledger_had_are_counted_as_asked_for(tmp_path, monkeypatch):
    written_run(tmp_path, monkeypatch)
    step = SimpleNamespace(method="patching", train=None)
    (feedback,) = [
        one
        for one in measure_run(tmp_path, SimpleNamespace(step=(step,), teachers={})).stages
        if one.name == "feedback"
    ]
    # 60 of 80 were sent and had 300 tokens for 0.6: all 80 would have 400 for 0.8
    assert (feedback.calls, feedback.tokens, feedback.cost) == pytest.approx((80, 400, 0.8))


def test_a_cost_is_unknown_where_a_teacher_has_no_price(tmp_path, monkeypatch):
    written_run(tmp_path, monkeypatch)
    teacher = EndpointSettings(base_url="http://127.0.0.1:1/v1", model="nobody-has-priced-it")
    recipe = SimpleNamespace(step=(SimpleNamespace(method="patching", train=None),), teachers={"llm": teacher})
    costs = {stage.name: stage.cost for stage in measure_run(tmp_path, recipe).stages}
    assert costs["feedback"] is None and costs["pool"] == 0.0
