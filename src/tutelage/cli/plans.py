"""The plan of `check --at` on the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from tutelage.cli.output import align
from tutelage.core.counts import counted
from tutelage.evaluation.figures import format_money
from tutelage.runs.plans.costs import StageCost
from tutelage.runs.plans.plan import Plan

HEADER = ("stage", "hours", "core hours", "GB", "calls", "million tokens", "teachers cost", "cores cost")
UNKNOWN = "unknown"


def render_plan(plan: Plan, *, core_price: float | None = None) -> Iterator[str]:
    """What a million segments take and what all of them do, by stage, and what gives way first."""
    run = plan.measured
    yield ""
    yield f"by {run.folder}, where {counted(run.segments, 'segment was', 'segments were')} measured"
    if not any(stage.cpu_seconds for stage in run.stages):
        yield "note: that run was made before core hours were noted; a new run tells them."
    yield "a million segments more:"
    yield from _table(plan.per_million, core_price)
    yield f"{counted(plan.segments, 'segment')}:"
    yield from _table((*plan.at, *run.fixed, plan.whole), core_price)
    if not plan.limits:
        yield f"Nothing that is known here gives way before {counted(plan.segments, 'segment')}."
        return
    yield "gives way, the first one first:"
    for limit in plan.limits:
        yield f"  {limit.what}, from {counted(limit.segments, 'segment')} on: {limit.why}. Remedy: {limit.remedy}."


def _table(stages: tuple[StageCost, ...], core_price: float | None) -> Iterator[str]:
    shown = [stage for stage in stages if stage.seconds >= 1 or stage.calls >= 1 or stage.bytes >= 1e6]
    yield from align([HEADER, *(_row(stage, core_price) for stage in shown)], right=range(1, len(HEADER)))


def _row(stage: StageCost, core_price: float | None) -> tuple[str, ...]:
    hours = stage.cpu_seconds / 3600
    return (
        stage.stage,
        f"{stage.seconds / 3600:,.2f}",
        f"{hours:,.2f}",
        f"{stage.bytes / 1e9:,.2f}",
        f"{stage.calls:,.0f}",
        f"{stage.tokens / 1e6:,.1f}",
        UNKNOWN if stage.cost is None else format_money(stage.cost),
        "" if core_price is None else format_money(hours * core_price),
    )
