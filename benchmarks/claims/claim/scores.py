"""What the runs of an arm translated, scored over resamples that all arms share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.claims.claim.run import folder_name, is_done, step_folder
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Hypothesis, Pair
from tutelage.corpora.texts import Texts
from tutelage.evaluation.significance import SegmentStatistics, number_units
from tutelage.evaluation.translation import bleu_statistics, chrf_statistics
from tutelage.methods.registry import step_types
from tutelage.storage.tables import read_table

RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class ArmRuns:
    """The runs of one arm, a seed each."""

    name: str
    folders: Sequence[Path]
    costs: Sequence[dict[str, Any]]

    def cost(self, name: str) -> float:
        """Mean of one cost over the seeds."""
        return float(np.mean([cost[name] for cost in self.costs]))


def gather_runs(
    arms: Sequence[str], seeds: Sequence[int], *, work: Path, cost: Callable[[Path], dict[str, Any]] | None = None
) -> list[ArmRuns]:
    """The arms that are done with all the seeds, from their run folders."""
    each = {arm: [work / folder_name(arm, seed=seed) for seed in seeds] for arm in arms}
    found = [
        ArmRuns(arm, folders, [cost(folder) for folder in folders] if cost else [])
        for arm, folders in each.items()
        if all(map(is_done, folders))
    ]
    if not found:
        raise SystemExit(f"No arm is done with the seeds {', '.join(map(str, seeds))} in {work}.")
    return found


@dataclass(frozen=True, slots=True)
class Resampled:
    """A score: its value, and its value in every resample of what was tested, both means over seeds."""

    value: float
    resamples: np.ndarray[Any, Any]

    def minus(self, other: Resampled) -> Resampled:
        """The difference, paired: both were resampled alike."""
        return Resampled(self.value - other.value, self.resamples - other.resamples)

    @property
    def interval(self) -> str:
        """The 95 % interval."""
        low, high = self.ends
        return f"{low:+.1f} to {high:+.1f}"

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of the 95 % interval, over the resamples in which there is a value."""
        low, high = np.nanpercentile(self.resamples, [2.5, 97.5])
        return float(low), float(high)

    @property
    def signed(self) -> str:
        """A difference with its interval."""
        return f"{self.value:+.1f} ({self.interval})"


def read_references(folder: Path, use: str) -> list[Pair]:
    """The pairs of a text of a run's recipe."""
    recipe = parse_recipe((folder / "recipe.toml").read_text(), step_types=step_types())
    return list(Texts(recipe.text, recipe.direction.direction).pairs(use))


def read_outputs(folder: Path, test: str, system: str) -> dict[str, str]:
    """What a student (`before` or `after`) made of a test set, by segment id."""
    table = step_folder(folder) / "tests" / f"{test}-{system}.parquet"
    return {hypothesis.id: hypothesis.text for hypothesis in read_table(table, Hypothesis)}


def draw_counts(texts: Sequence[str]) -> NDArray[np.int64]:
    """How often each row is drawn in each resample: resamples × rows, the same for every arm.

    What is drawn are distinct texts, each with all its copies, as `tutelage.evaluation.significance` does.
    """
    units = number_units(texts)
    n = max(units) + 1
    return np.random.default_rng(0).multinomial(n, [1 / n] * n, size=RESAMPLES)[:, units]


def resample_mean(each: Sequence[SegmentStatistics], texts: Sequence[str]) -> Resampled:
    """A corpus score, a mean over the seeds' statistics of segments with these sources."""
    counts = draw_counts(texts)
    value = float(np.mean([one.value for one in each]))
    return Resampled(value, np.mean([one.score_sums(counts @ one.rows) for one in each], axis=0))


def resample_chrf(outputs: Sequence[dict[str, str]], pairs: list[Pair]) -> Resampled:
    """ChrF of the outputs of all seeds, over the same resamples for every arm."""
    return resample_mean([_chrf(one, pairs) for one in outputs], [pair.source.text for pair in pairs])


def mean_bleu(outputs: Sequence[dict[str, str]], pairs: list[Pair]) -> float:
    """BLEU of the outputs, a mean over the seeds."""
    references = [pair.target.text for pair in pairs]
    each = [
        bleu_statistics([one[pair.id] for pair in pairs], references=references, target_language=pairs[0].target.lang)
        for one in outputs
    ]
    return float(np.mean([one.score_sums(one.rows.sum(axis=0, keepdims=True))[0] for one in each]))


def _chrf(outputs: dict[str, str], pairs: list[Pair]) -> SegmentStatistics:
    return chrf_statistics([outputs[pair.id] for pair in pairs], references=[pair.target.text for pair in pairs])
