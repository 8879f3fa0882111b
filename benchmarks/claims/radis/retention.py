"""What each arm kept of the backbone's general abilities, over resamples of the items that all arms share.

The score is that of `evaluation.retention`: the mean of the abilities after divided by their mean before, over the
abilities in which the backbone passed enough items. Here it is taken over seeds, and paired between arms.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.claims.claim.run import step_folder
from benchmarks.claims.claim.scores import RESAMPLES, Resampled
from tutelage.core.recipe_reading import parse_recipe
from tutelage.evaluation.retention.measuring import LEAST_PASSED
from tutelage.methods.registry import step_types
from tutelage.stages.retention.answers import AbilityAnswer, results_of
from tutelage.stages.retention.measurement import suite_of
from tutelage.storage.tables import read_table

Marks = Mapping[str, Mapping[str, float]]
"""1 or 0 of all that is counted, an item or a harmful request with its harmless one, by ability and by its id."""
Floats = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Retained:
    """Percent of the backbone's score that was kept, in all abilities together and in each."""

    overall: Resampled
    by_ability: Mapping[str, Resampled]


def read_marks(folder: Path, system: str) -> Marks:
    """What a run's student (`before` or `after`) passed, counted as the report of the run counts it."""
    recipe = parse_recipe((folder / "recipe.toml").read_text(), step_types=step_types())
    assert recipe.retention is not None
    answers = read_table(step_folder(folder) / "tests" / f"abilities-{system}.parquet", AbilityAnswer)
    return {result.ability: result.marks for result in results_of(suite_of(recipe.retention), answers)}


def measured_abilities(before: Marks) -> list[str]:
    """Those with a ratio: the backbone passed enough items."""
    return [ability for ability, marks in before.items() if sum(marks.values()) >= LEAST_PASSED]


def percent_passed(marks: Marks, ability: str) -> float:
    """The score of an ability."""
    return 100 * sum(marks[ability].values()) / len(marks[ability])


def resample_retention(before: Marks, after: Sequence[Marks]) -> Retained | None:
    """What the students of all seeds kept; `None` if the backbone had too little of everything."""
    abilities = measured_abilities(before)
    if not abilities:
        return None
    was = {ability: _scores([before[ability]], before[ability]) for ability in abilities}
    now = {ability: _scores([marks[ability] for marks in after], before[ability]) for ability in abilities}
    return Retained(
        overall=_ratio(sum(now.values()), sum(was.values())),
        by_ability={ability: _ratio(now[ability], was[ability]) for ability in abilities},
    )


def _scores(marks: Sequence[Mapping[str, float]], order: Mapping[str, float]) -> Floats:
    """Percent passed, a mean over the seeds: of the items as they are, then in each resample of them."""
    passed = np.array([[one[item] for item in order] for one in marks], dtype=np.float64).mean(axis=0)
    n = len(passed)
    # the same items make the same draws, in every arm; abilities of one size must not be drawn in step
    generator = np.random.default_rng(zlib.crc32("\n".join(order).encode()))
    counts = generator.multinomial(n, [1 / n] * n, size=RESAMPLES)
    return 100 * np.concatenate([[passed.mean()], counts @ passed / n])


def _ratio(now: Floats | int, was: Floats | int) -> Resampled:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = 100 * np.asarray(now) / np.asarray(was)
    return Resampled(float(ratios[0]), ratios[1:])
