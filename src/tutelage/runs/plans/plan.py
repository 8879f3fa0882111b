"""A recipe on much more text than it was tried on: what each stage would take, and what gives way first.

Everything is taken to grow as the text does, which the stages are made for; what a limit is reached with follows.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.machine import usable_cores
from tutelage.core.recipe import BudgetSettings, Recipe
from tutelage.runs.plans.costs import MeasuredRun, StageCost, measure_run

MILLION = 1_000_000
LONGEST_SECONDS = 7 * 24 * 3600.0
"""What a stage may take: longer, and something else will have changed meanwhile."""
HELD_BYTES = {
    "pool": 60.0,
    "distinct": 40.0,
    "hypotheses": 110.0,
    "drawn": 110.0,
    "ask_scores": 50.0,
    "chosen": 100.0,
    "selected": 1000.0,
}
"""Of memory for each row, by stage (tracemalloc, or the growth of a benchmark's peak; Python 3.11): hashes of ids and
texts, which tell doubles; a sorted hash and where a text begins, which tell near-duplicates; ids of what was decoded
before a stop; the numbers by which segments are chosen; the words of a flagged segment and of its correction. What is
left out is written as it comes."""
LEDGER_BYTES = 1500.0
"""Of disk for a call, with a question about a sentence."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where the run would be made."""

    cores: int
    memory_bytes: int
    disk_bytes: int
    """Free, where the runs are."""

    @classmethod
    def this_one(cls, runs: Path) -> Machine:
        """As this process sees it."""
        there = next(folder for folder in (runs, *runs.absolute().parents) if folder.exists())
        return cls(usable_cores(), _memory_bytes(), shutil.disk_usage(there).free)


@dataclass(frozen=True, slots=True)
class Limit:
    """What gives way, and where."""

    what: str
    segments: int
    """Of the pool, from which on."""
    why: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a recipe takes on so many segments."""

    measured: MeasuredRun
    segments: int
    per_million: tuple[StageCost, ...]
    at: tuple[StageCost, ...]
    limits: tuple[Limit, ...]
    """That are reached at that many segments, the first one first."""

    @property
    def whole(self) -> StageCost:
        """Of all stages, with those that do not grow."""
        return sum_costs((*self.at, *self.measured.fixed))


def plan_recipe(recipe: Recipe, *, runs: Path, segments: int, measured: Path | None = None) -> Plan:
    """The plan by what the recipe's run, or another one that is named, has measured; UsageError if it has not run."""
    run = measure_run(measured or runs / recipe.name, recipe)
    return make_plan(run, segments=segments, machine=Machine.this_one(runs), budget=recipe.budget)


def make_plan(run: MeasuredRun, *, segments: int, machine: Machine, budget: BudgetSettings) -> Plan:
    """What follows from the figures of a run."""
    per_segment = tuple(stage.times(1 / run.segments) for stage in run.stages)
    limits = sorted(_limits(per_segment, machine, budget), key=lambda limit: limit.segments)
    return Plan(
        measured=run,
        segments=segments,
        per_million=tuple(stage.times(MILLION) for stage in per_segment),
        at=tuple(stage.times(segments) for stage in per_segment),
        limits=tuple(limit for limit in limits if limit.segments < segments),
    )


def sum_costs(stages: Iterable[StageCost]) -> StageCost:
    """All of them as one; its cost is unknown if one is."""
    known = list(stages)
    costs = [stage.cost for stage in known]
    return StageCost(
        stage="all",
        rows=0.0,
        seconds=sum(stage.seconds for stage in known),
        cpu_seconds=sum(stage.cpu_seconds for stage in known),
        bytes=sum(stage.bytes for stage in known),
        calls=sum(stage.calls for stage in known),
        tokens=sum(stage.tokens for stage in known),
        cost=None if None in costs else sum(cost for cost in costs if cost is not None),
    )


def _limits(per_segment: Iterable[StageCost], machine: Machine, budget: BudgetSettings) -> Iterator[Limit]:
    """Every limit with the number of segments at which it is reached."""
    stages = tuple(per_segment)
    for stage in stages:
        yield from _memory_limit(stage, machine)
        yield from _time_limit(stage)
    whole = sum_costs(stages)
    if on_disk := whole.bytes + LEDGER_BYTES * whole.calls:
        why = f"{_gigabytes(machine.disk_bytes)} are free, and a million segments take {_gigabytes(on_disk * MILLION)}"
        yield Limit("disk", int(machine.disk_bytes / on_disk), why, "a larger disk; the ledger on a database server")
    for name, used in {"calls": whole.calls, "tokens": whole.tokens, "cost": whole.cost}.items():
        allowed = getattr(budget, name)
        if allowed is not None and used:
            why = f"{allowed:,} are allowed, and a million segments take {used * MILLION:,.0f}"
            yield Limit(f"budget.{name}", int(allowed / used), why, "raise it, or ask about less ([step.ask])")


def _memory_limit(stage: StageCost, machine: Machine) -> Iterator[Limit]:
    held = HELD_BYTES.get(stage.name, 0.0) * stage.rows
    if held:
        there = _gigabytes(machine.memory_bytes)
        why = f"it holds {_gigabytes(held * MILLION)} for a million segments, and {there} are there"
        remedy = "parts of the pool as runs of their own, or a machine with more memory"
        yield Limit(f"memory of {stage.stage}", int(machine.memory_bytes / held), why, remedy)


def _time_limit(stage: StageCost) -> Iterator[Limit]:
    """A stage that asks waits for its teacher; any other one computes."""
    if stage.seconds:
        why = f"it takes {stage.seconds * MILLION / 3600:,.1f} h for a million segments as it was measured"
        asks = stage.calls > 0
        remedy = (
            "more calls at once, more endpoints" if asks else "a GPU, or parts of the pool on machines of their own"
        )
        what = f"a week of {'the teacher in ' if asks else ''}{stage.stage}"
        yield Limit(what, int(LONGEST_SECONDS / stage.seconds), why, remedy)


def _gigabytes(count: float) -> str:
    return f"{count / 1e9:,.2f} GB" if count < 1e10 else f"{count / 1e9:,.0f} GB"


def _memory_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):  # a system that does not tell
        return 8 * 2**30
