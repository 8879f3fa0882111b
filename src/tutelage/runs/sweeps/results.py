"""What each point of a sweep came to, read from its run folder, and the gains by setting over all seeds."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.core.evidence import Comparison
from tutelage.evaluation.changes import gain
from tutelage.evaluation.report_data import RunReport, StepReport
from tutelage.evaluation.timeline import busy_seconds
from tutelage.runs.report import read_run_report
from tutelage.runs.sweeps.grid import SEED, Assignment
from tutelage.runs.sweeps.state import DONE
from tutelage.stages.student import read_summary
from tutelage.storage.run_folder import step_name
from tutelage.students.promoted import read_run_state

TRAINING_FILE = "training.json"
"""The story of a training, in the folder of the student that it made."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a finished run came to."""

    verdict: str
    passed: bool
    comparisons: tuple[Comparison, ...]
    """Of several steps: the last promoted student with the first, or if none passed, the last step's own."""
    calls: int
    """Sent to teachers."""
    reused: int
    """Answers taken from the ledger, which other runs have paid."""
    cost: float
    updates: int
    seconds: float
    """Of all stages, as long as each took where it was made."""
    dev_loss: float | None
    """The lowest of the last step's training, in nats per target token."""

    def comparison(self, measure: Measure) -> Comparison | None:
        """The comparison by one measure, or `None` if it was not taken."""
        return next((one for one in self.comparisons if (one.test, one.name) == measure), None)


@dataclass(frozen=True, slots=True)
class PointResult:
    """One point; `outcome` is `None` if its run has not ended."""

    name: str
    assignment: Assignment
    state: str
    message: str
    exit_code: int
    outcome: Outcome | None

    @property
    def setting(self) -> Assignment:
        """What the point sets besides the seed; the seed where it sets nothing else."""
        return tuple(pair for pair in self.assignment if pair[0] != SEED) or self.assignment


@dataclass(frozen=True, slots=True)
class SettingGain:
    """The change by one measure at one setting: of one run, or the mean of several seeds."""

    setting: Assignment
    gains: tuple[float, ...]
    """after − before of each seed, in the score's own unit."""
    low: float
    """Of the 95 % interval of a single run; the lowest of several seeds."""
    high: float
    after: float
    better: float
    """The mean change, turned so that above 0 is better."""

    @property
    def mean(self) -> float:
        """The mean change."""
        return statistics.fmean(self.gains)

    @property
    def spread(self) -> float | None:
        """Standard deviation over the seeds; none for a single run."""
        return statistics.stdev(self.gains) if len(self.gains) > 1 else None


Measure = tuple[str, str]
"""Test set and name of a measure."""


def read_results(folder: Path, points: Sequence[dict[str, Any]]) -> tuple[PointResult, ...]:
    """Every point of a sweep's state, with what its run came to."""
    return tuple(
        PointResult(
            name=point["name"],
            assignment=tuple(point["set"].items()),
            state=point["state"],
            message=point["message"],
            exit_code=point["exit_code"],
            outcome=_read_outcome(folder / point["name"]) if point["state"] == DONE else None,
        )
        for point in points
    )


def list_measures(results: Sequence[PointResult]) -> tuple[Measure, ...]:
    """Every measure of any point, those on the domain's test set first."""
    found = dict.fromkeys((one.test, one.name) for result in results for one in _comparisons(result))
    return tuple(sorted(found, key=lambda measure: measure[0] != "domain"))


def moving_measures(results: Sequence[PointResult]) -> tuple[Measure, ...]:
    """The measures that differ from before at some point."""
    moved = {(one.test, one.name) for result in results for one in _comparisons(result) if one.difference}
    return tuple(measure for measure in list_measures(results) if measure in moved)


def group_gains(results: Sequence[PointResult], measure: Measure) -> tuple[SettingGain, ...]:
    """The change by one measure at every setting that has a finished run."""
    by_setting: dict[Assignment, list[Comparison]] = {}
    for result in results:
        comparison = result.outcome.comparison(measure) if result.outcome else None
        if comparison is not None:
            by_setting.setdefault(result.setting, []).append(comparison)
    return tuple(_average(setting, found) for setting, found in by_setting.items())


def has_seeds(results: Sequence[PointResult]) -> bool:
    """Whether a setting has several seeds."""
    return len({result.setting for result in results}) < len(results)


def _average(setting: Assignment, comparisons: Sequence[Comparison]) -> SettingGain:
    gains = tuple(one.difference for one in comparisons)
    single = comparisons[0] if len(comparisons) == 1 else None
    return SettingGain(
        setting=setting,
        gains=gains,
        low=single.low if single else min(gains),
        high=single.high if single else max(gains),
        after=statistics.fmean(one.after for one in comparisons),
        better=statistics.fmean(gain(one) for one in comparisons),
    )


def _comparisons(result: PointResult) -> tuple[Comparison, ...]:
    return result.outcome.comparisons if result.outcome else ()


def _read_outcome(run_folder: Path) -> Outcome:
    report, state = read_run_report(run_folder), read_run_state(run_folder)
    spend = [row for step in report.steps for row in step.spend]
    return Outcome(
        verdict=report.verdict,
        passed=bool(state.get("passed")),
        comparisons=report.comparisons or report.steps[-1].comparisons,
        calls=sum(row.calls for row in spend),
        reused=sum(row.replayed for row in spend),
        cost=sum(row.cost_dollars for row in spend),
        updates=sum(_updates(run_folder, report)),
        seconds=sum(busy_seconds(step.stage_times) for step in report.steps),
        dev_loss=_dev_loss(report.steps[-1]),
    )


def _updates(run_folder: Path, report: RunReport) -> Iterator[int]:
    """Of every training of every step: there is one for each round."""
    for step in report.steps:
        for path in (run_folder / step_name(step.number, step.method)).rglob(f"student/{TRAINING_FILE}"):
            yield read_summary(path.parent).updates


def _dev_loss(step: StepReport) -> float | None:
    return min((point.dev_loss for point in step.losses if point.dev_loss is not None), default=None)
