from pathlib import Path

from tutelage.cli.plans import render_plan
from tutelage.runs.plans.costs import MeasuredRun, StageCost
from tutelage.runs.plans.plan import Limit, Plan

FEEDBACK = StageCost("01-patching/feedback", 1e6, 7200, 1800, 2e9, 1e6, 3e8, 60.0)


def lines(*, limits=(), cost=60.0, core_price=None):
    run = MeasuredRun(Path("runs/trial"), 5000, (FEEDBACK,), ())
    stage = FEEDBACK.times(2)
    stage = StageCost(*(cost if name == "cost" else getattr(stage, name) for name in StageCost.__dataclass_fields__))
    return list(render_plan(Plan(run, 2_000_000, (FEEDBACK,), (stage,), limits), core_price=core_price))


def test_a_plan_is_two_tables():
    shown = lines(core_price=0.5)
    assert "by runs/trial, where 5,000 segments were measured" in shown
    rows = [line.split() for line in shown if line.startswith("01-patching/feedback")]
    assert rows[0][1:] == ["2.00", "0.50", "2.00", "1,000,000", "300.0", "$60.00", "$0.25"]
    assert rows[1][1:] == ["4.00", "1.00", "4.00", "2,000,000", "600.0", "$60.00", "$0.50"]
    assert shown[-1].startswith("Nothing that is known here gives way before 2,000,000")


def test_what_is_not_known_is_told_so():
    (row,) = [line for line in lines(cost=None) if "2,000,000" in line and "feedback" in line]
    assert row.endswith("unknown")


def test_what_gives_way_says_why_and_what_to_do():
    shown = lines(limits=(Limit("disk", 1000, "1 GB is free", "a larger disk"),))
    assert shown[-1] == "  disk, from 1,000 segments on: 1 GB is free. Remedy: a larger disk."
