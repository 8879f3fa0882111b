"""The tables of the claim of language-aware tuning: means over directions, and every direction."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from benchmarks.claims.claim.run import step_folder
from benchmarks.claims.claim.scores import Resampled, gather_runs, read_outputs, resample_chrf
from benchmarks.claims.claim.tables import describe_run, join_blocks, read_evidence
from benchmarks.claims.language_aware.arms import ASKED_OTHERWISE, OTHER_STUDENTS, STAGE_1
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Example
from tutelage.methods.language_aware.conflicts import count_conflicts
from tutelage.methods.language_aware.directions import list_directions
from tutelage.methods.language_aware.settings import LanguageAwareSettings
from tutelage.methods.registry import step_types
from tutelage.storage.tables import read_table

REFERENCE = "reference"
GOAL, MAY_LOSE = 3.0, 0.3
OF_LANGUAGES = {
    "off_target": "off-target %",
    "unknown": "language unknown %",
    "off_target_told": "off-target of the told %",
}
COLUMNS = OF_LANGUAGES | {"chrf": "chrF", "bleu": "BLEU", "placeholders": "placeholders kept %"}
_CELLS = tuple((test, measure) for test in ("zero_shot", "supervised") for measure in COLUMNS)


@dataclass(frozen=True, slots=True)
class ArmScores:
    """What one arm's runs found, a seed each."""

    name: str
    folders: Sequence[Path]
    system: str = "after"
    stage_1: Sequence[Path] = ()
    """The runs of stage 1 where this arm did not begin with their students."""

    def values(self, test: str, measure: str) -> list[float]:
        """One score of this arm's student, seed by seed."""
        return [_read_score(folder, self.system, test, measure)["value"] for folder in self.folders]

    @property
    def supervised_losses(self) -> list[Mapping[str, Any]]:
        """Of supervised chrF, the paired comparisons with the student of stage 1, seed by seed."""
        if self.stage_1:
            return [compare_supervised(*both) for both in zip(self.folders, self.stage_1, strict=True)]
        return [_read_comparison(folder, "supervised", "chrf") for folder in self.folders]

    @property
    def changed(self) -> float | None:
        """Percent of the wrong directions whose target language really is another; `None` if there are none."""
        tables = [step_folder(folder) / "conflicts.parquet" for folder in self.folders]
        if not all(table.is_file() for table in tables):
            return None
        counts = [count_conflicts(read_table(table, Example)) for table in tables]
        return 100 * sum(one.target_changed for one in counts) / sum(one.conflicts for one in counts)


def render_tables(arms: Sequence[str], seeds: Sequence[int], *, work: Path) -> str:
    """Markdown: the means, the directions, and what was shown; SystemExit if stage 1 is not done with all seeds."""
    runs = gather_runs(arms, seeds, work=work)
    if runs[0].name != STAGE_1:
        raise SystemExit(f"Stage 1 is not done with the seeds {', '.join(map(str, seeds))} in {work}.")
    first = runs[0].folders
    found = [
        ArmScores("before stage 1", first, "before"),
        *(
            ArmScores(
                one.name,
                one.folders,
                ASKED_OTHERWISE.get(one.name, "after"),
                stage_1=first if one.name in OTHER_STUDENTS else (),
            )
            for one in runs
        ),
        ArmScores("references", first, REFERENCE),
    ]
    blocks = (_means(found), _directions(found), _shown(found), [_describe(first[0])])
    return join_blocks(blocks)


def _means(arms: Sequence[ArmScores]) -> Iterator[str]:
    named = (f"{test.replace('_', '-')} {COLUMNS[measure]}" for test, measure in _CELLS)
    yield f"| arm | {' | '.join(named)} | against stage 1 | target changed |"
    yield f"|---|{'--:|' * len(_CELLS)}--:|--:|"
    for arm in arms:
        shown = arm.system != REFERENCE
        cells = [_spread(arm.values(*cell)) if shown or cell[1] in OF_LANGUAGES else "" for cell in _CELLS]
        changed = "" if arm.system != "after" or arm.changed is None else f"{arm.changed:.0f} %"
        yield f"| {arm.name} | {' | '.join(cells)} | {_loss(arm)} | {changed} |"


def _directions(arms: Sequence[ArmScores]) -> Iterator[str]:
    """Off-target and chrF of every direction, means over the seeds."""
    shown = [arm for arm in arms if arm.system != REFERENCE]
    yield f"| direction | {' | '.join(arm.name for arm in shown)} |"
    yield f"|---{'|---' * len(shown)}|"
    for test in _list_directions(arms[0].folders[0]):
        cells = (
            f"{mean(arm.values(test, 'off_target')):.1f} % / {mean(arm.values(test, 'chrf')):.1f}" for arm in shown
        )
        yield f"| {test} | {' | '.join(cells)} |"


def _shown(arms: Sequence[ArmScores]) -> Iterator[str]:
    """The goal, arm by arm."""
    for arm in arms:
        if not _is_compared(arm):
            continue
        off_target = mean(arm.values("zero_shot", "off_target"))
        compared = arm.supervised_losses
        lost, lowest = -mean(one["difference"] for one in compared), min(one["low"] for one in compared)
        reached = off_target <= GOAL and lost <= MAY_LOSE
        sure = "" if lowest >= -MAY_LOSE else f" A loss of {-lowest:.2f} is not excluded."
        yield (
            f"- {arm.name}: zero-shot off-target {off_target:.1f} % (goal {GOAL:g} % or less), supervised chrF "
            f"{-lost:+.2f} (may lose {MAY_LOSE}): {'reached' if reached else 'not reached'}.{sure}"
        )


def _loss(arm: ArmScores) -> str:
    if not _is_compared(arm):
        return ""
    compared = arm.supervised_losses
    low, high = min(one["low"] for one in compared), max(one["high"] for one in compared)
    return f"{mean(one['difference'] for one in compared):+.2f} ({low:+.2f} to {high:+.2f})"


def compare_supervised(folder: Path, stage_1: Path) -> Mapping[str, float]:
    """How much chrF a run's student has beyond that of another run, a mean over the supervised directions.

    Paired, with the ends of the 95 % interval.
    """
    recipe = parse_recipe((folder / "recipe.toml").read_text(), step_types=step_types())
    (step,) = recipe.step
    assert isinstance(step, LanguageAwareSettings)
    beyond = []
    for known in list_directions(step, recipe):
        if known.is_supervised and known.is_measured:
            pairs = list(known.texts.pairs("test"))
            here, there = (resample_chrf([read_outputs(one, known.test, "after")], pairs) for one in (folder, stage_1))
            beyond.append(here.minus(there))
    both = Resampled(mean(one.value for one in beyond), np.mean([one.resamples for one in beyond], axis=0))
    low, high = both.ends
    return {"difference": both.value, "low": low, "high": high}


def _is_compared(arm: ArmScores) -> bool:
    """Whether its student is another one than stage 1's."""
    began_there = arm.system == "after" and (step_folder(arm.folders[0]) / "conflicts.parquet").is_file()
    return began_there or bool(arm.stage_1)


def _spread(values: Sequence[float]) -> str:
    """The mean over the seeds, and the range where they differ; empty if a run did not measure it."""
    if any(map(math.isnan, values)):
        return ""
    if max(values) - min(values) < 0.05:
        return f"{mean(values):.1f}"
    return f"{mean(values):.1f} ({min(values):.1f} to {max(values):.1f})"


def _list_directions(folder: Path) -> list[str]:
    tests = (system["test"] for system in read_evidence(folder, "scores"))
    return [test for test in dict.fromkeys(tests) if "-" in test]


def _read_score(folder: Path, system: str, test: str, measure: str) -> Mapping[str, Any]:
    (scores,) = (
        one["scores"] for one in read_evidence(folder, "scores") if (one["system"], one["test"]) == (system, test)
    )
    found: dict[str, dict[str, Any]] = {one["name"]: one for one in scores}
    return found.get(measure, {"value": math.nan})  # no placeholder in the texts, or a run of an earlier version


def _read_comparison(folder: Path, test: str, measure: str) -> Mapping[str, Any]:
    (found,) = (one for one in read_evidence(folder, "comparisons") if (one["test"], one["name"]) == (test, measure))
    return found


def _describe(folder: Path) -> str:
    systems = {one["system"]: one for one in read_evidence(folder, "scores") if one["test"] == "zero_shot"}
    student = systems["before"]["signature"]
    measures = [one["signature"] for one in systems["before"]["scores"] if one["name"] in ("chrf", "off_target")]
    return describe_run(folder, f"Student before stage 1 {student}", *measures)
