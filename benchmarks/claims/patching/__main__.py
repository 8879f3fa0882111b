"""The claim of MT-Patcher at scale-model size: how much of full distillation corrections on few segments give.

    python -m benchmarks.claims.patching                       (all arms, three seeds; hours on one core)
    python -m benchmarks.claims.patching --seeds 1 --only coverage
    python -m benchmarks.claims.patching --show            (the table of the arms that are done with these seeds)

Every arm is a run of the shared recipe (patching.toml) with a few overrides, in a run folder of its own; stages that
arms have in common are linked from the first run and skipped by their content keys. Interrupted, it goes on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.claims.claim.arms import Arm, choose_arms
from benchmarks.claims.claim.run import read_training, run_arm
from benchmarks.claims.claim.scores import ArmRuns, gather_runs
from benchmarks.claims.claim.texts import use_text
from benchmarks.claims.patching.arms import POOL, list_arms
from benchmarks.claims.patching.table import render_table
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Pair, Segment
from tutelage.corpora.texts import Texts
from tutelage.methods.registry import step_types

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Cost:
    """What an arm took."""

    examples: int
    target_words: int
    updates: int
    teacher_calls: int
    """Segments that the teacher must have translated for this arm, whether the ledger knew them or not."""


def main() -> None:
    arguments = _parse_arguments()
    chosen = choose_arms(list(list_arms()), arguments.only)
    if arguments.show:
        print(render_table(gather(chosen, arguments.seeds, work=arguments.work)))
        return
    recipe, overrides = _shared_recipe(arguments)
    for seed in arguments.seeds:
        costs: dict[str, Cost] = {}
        for arm in chosen:
            held = _held_override(arm, costs.get(arm.like))
            settings = (*overrides, *arm.overrides, *held)
            result = run_arm(recipe, arm.name, settings, seed=seed, work=arguments.work)
            costs[arm.name] = read_cost(result.folder)
            print(f"seed {seed}  {arm.name}: {result.lines[0]}", file=sys.stderr, flush=True)
    print(render_table(gather(chosen, arguments.seeds, work=arguments.work)))


def gather(arms: Sequence[Arm], seeds: Sequence[int], *, work: Path) -> list[ArmRuns]:
    """The arms that are done with all the seeds, from their run folders."""
    return gather_runs([arm.name for arm in arms], seeds, work=work, cost=lambda folder: asdict(read_cost(folder)))


def _shared_recipe(arguments: argparse.Namespace) -> tuple[str, list[str]]:
    """The recipe, and the overrides for all arms: their texts are drawn from the large files once."""
    arguments.work.mkdir(parents=True, exist_ok=True)
    text = (HERE / "recipe.toml").read_text().replace("DATA", str(arguments.data))
    recipe = parse_recipe(text, step_types=step_types(), overrides=arguments.set)
    texts = Texts(recipe.text, recipe.direction.direction)
    drawn: dict[str, Iterator[Pair] | Iterator[Segment]] = {
        use: texts.pairs(use) for use in ("pool", "dev", "test", "general")
    }
    drawn["sentences"] = texts.segments("sentences")
    folder = arguments.work.resolve()
    return text, [*arguments.set, *(use_text(use, items, folder / f"text-{use}.jsonl") for use, items in drawn.items())]


def read_cost(folder: Path) -> Cost:
    """What a finished run took, from its own files."""
    trained, stages = read_training(folder), json.loads((folder / "run.json").read_text())["stages"]
    asked = _asked(next(folder.glob("01-*")).name, stages, trained["examples"])
    return Cost(**trained, teacher_calls=asked)


def _asked(step: str, stages: dict[str, dict[str, int]], examples: int) -> int:
    """Distilling asks for what it trains on; patching for the whole pool, and for every context it tried."""
    if step.endswith("sequence_kd"):
        return examples
    contexts = stages.get(f"{step}/contexts", {})
    pool = stages.get(f"{step}/hypotheses", stages.get(f"{step}/pool", {})).get("rows", POOL)
    return pool + contexts.get("rows", 0) + contexts.get("rejected", 0)


def _held_override(arm: Arm, cost: Cost | None) -> list[str]:
    if not arm.like or cost is None:
        return []
    if arm.held == "words":
        return [f"step.0.select.target_words={cost.target_words}"]
    return [f"step.0.train.max_updates={cost.updates}"]


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the parallel text")
    parser.add_argument("--work", type=Path, default=Path("build/claims/patching"), help="folder of the runs")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--only", nargs="+", default=[], help="only arms whose names hold one of these words")
    parser.add_argument("--show", action="store_true", help="run nothing; the table of what is done with all the seeds")
    parser.add_argument("--set", action="append", default=[], help="override for every arm, as in tutelage run")
    return parser.parse_args()


if __name__ == "__main__":
    main()
