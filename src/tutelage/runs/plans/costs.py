"""What each stage of a finished run took, as its folder tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tutelage.core.errors import UsageError
from tutelage.core.recipe import Recipe, StepSettings
from tutelage.evaluation.report_data import SpendRow
from tutelage.runs.checks.step_estimates import are_priced
from tutelage.runs.report import read_run_report
from tutelage.storage.run_folder import read_run_facts, step_name

TESTS = "tests"
"""The folder of what is made of test sets, which do not grow with the pool."""
FIX = "Run the recipe on a few thousand segments (text.pool.limit), and name that run's folder with --measured."


@dataclass(frozen=True, slots=True)
class StageCost:
    """What a stage took, or would take."""

    stage: str
    """Step and name, as in run.json."""
    rows: float
    seconds: float
    cpu_seconds: float
    bytes: float
    """Of its file or folder."""
    calls: float
    tokens: float
    cost: float | None
    """Of its calls; `None` means that nobody knows the prices."""

    @property
    def name(self) -> str:
        """Without its step."""
        return self.stage.rpartition("/")[2]

    def times(self, factor: float) -> StageCost:
        """The same of so many times the text."""
        told = {name: factor * getattr(self, name) for name in COUNTED}
        return replace(self, **told, cost=None if self.cost is None else factor * self.cost)


COUNTED = ("rows", "seconds", "cpu_seconds", "bytes", "calls", "tokens")


@dataclass(frozen=True, slots=True)
class MeasuredRun:
    """A finished run on some text."""

    folder: Path
    segments: int
    """Of the pool as it was read."""
    stages: tuple[StageCost, ...]
    """Those that take more if there is more text."""
    fixed: tuple[StageCost, ...]
    """Those that do not."""


def measure_run(folder: Path, recipe: Recipe) -> MeasuredRun:
    """The costs of a run of the recipe; UsageError if there is none, or it is not finished."""
    try:
        facts = read_run_facts(folder)
    except FileNotFoundError as error:
        raise UsageError("there is no run that was measured.", where=str(folder), fix=FIX) from error
    except ValueError as error:
        raise UsageError(f"its run.json is damaged ({error}).", where=str(folder), fix=FIX) from error
    if facts.get("state") != "done":
        raise UsageError("this run is not finished.", where=str(folder), fix="Finish it, or name another one.")
    stages: Mapping[str, Mapping[str, Any]] = facts["stages"]
    growing: list[StageCost] = []
    fixed: list[StageCost] = []
    limited = {step_name(number, one.method) for number, one in enumerate(recipe.step, start=1) if _is_limited(one)}
    for cost in _costs(folder, recipe, stages):
        if not (folder / cost.stage).is_dir():
            (growing if _grows(folder, cost.stage) else fixed).append(cost)
        elif cost.stage.partition("/")[0] in limited:
            fixed.append(cost)
        else:  # a student takes longer to train, and is no larger
            growing.append(replace(cost, bytes=0.0))
            fixed.append(replace(cost.times(0), stage=f"{cost.stage} (files)", bytes=cost.bytes))
    return MeasuredRun(folder, _count_segments(folder, stages), tuple(growing), tuple(fixed))


def _costs(folder: Path, recipe: Recipe, stages: Mapping[str, Mapping[str, Any]]) -> Iterator[StageCost]:
    spends = {step_name(step.number, step.method): step.spend for step in read_run_report(folder).steps}
    names = [step_name(number, step.method) for number, step in enumerate(recipe.step, start=1)]
    priced = are_priced(recipe)
    for stage, facts in stages.items():
        step = stage.partition("/")[0]
        if step in names:
            cost = _cost(folder, stage, facts, spends.get(step, ()))
            yield cost if priced or not cost.tokens else replace(cost, cost=None)


def _cost(folder: Path, stage: str, facts: Mapping[str, Any], spend: Sequence[SpendRow]) -> StageCost:
    """Answers that the ledger had are counted as if they had been asked for, since those about other text will be."""
    sent, known = sum(row.calls for row in spend), sum(row.replayed for row in spend)
    tokens, paid = sum(row.input_tokens + row.output_tokens for row in spend), sum(row.cost_dollars for row in spend)
    used = _number(facts, "asked_tokens") * (sent + known) / sent if sent else 0.0
    return StageCost(
        stage=stage,
        rows=_number(facts, "rows"),
        seconds=_number(facts, "seconds"),
        cpu_seconds=_number(facts, "cpu_seconds"),
        bytes=sum(_count_bytes(folder / stage)),
        calls=_number(facts, "asked"),
        tokens=used,
        cost=used * paid / tokens if tokens else 0.0,
    )


def _number(facts: Mapping[str, Any], name: str) -> float:
    value = facts.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


def _grows(folder: Path, stage: str) -> bool:
    """Tables are of the pool; what is measured on test sets and the few values of a step are not."""
    return TESTS not in stage.split("/") and not (folder / f"{stage}.json").is_file()


def _is_limited(step: StepSettings) -> bool:
    """Whether a step trains for so many updates, however much there is to learn."""
    return getattr(getattr(step, "train", None), "max_updates", None) is not None


def _count_bytes(place: Path) -> Iterator[int]:
    files = (place.with_name(place.name + suffix) for suffix in (".parquet", ".rejected.parquet", ".json"))
    yield from (file.stat().st_size for file in (*files, *place.rglob("*")) if file.is_file())


def _count_segments(folder: Path, stages: Mapping[str, Mapping[str, Any]]) -> int:
    """Rows of the first table that was made, with what it left out."""
    for stage, facts in stages.items():
        if _grows(folder, stage) and _number(facts, "rows"):
            return int(_number(facts, "rows") + _number(facts, "rejected"))
    raise UsageError("this run has made no table.", where=str(folder), fix=FIX)
