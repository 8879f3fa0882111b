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
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.claims.claim.arms import Arm, choose_arms
from benchmarks.claims.claim.command import fill_recipe, make_arms_parser, run_seeds
from benchmarks.claims.claim.run import Claim, hold_updates, read_training, step_folder
from benchmarks.claims.claim.scores import gather_runs
from benchmarks.claims.claim.texts import use_text
from benchmarks.claims.patching.arms import POOL, list_arms
from benchmarks.claims.patching.table import render_table
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Pair, Segment
from tutelage.corpora.texts import Texts
from tutelage.methods.registry import step_types


def main() -> None:
    arguments = make_arms_parser("patching", __doc__, seeds=[1, 2, 3]).parse_args()
    chosen = choose_arms(list(list_arms()), arguments.only)
    if not arguments.show:
        recipe, overrides = _shared_recipe(arguments)
        claim = Claim(arguments.work, recipe, overrides, chosen)
        run_seeds(claim, arguments.seeds, hold=hold)
    names = [arm.name for arm in chosen]
    print(render_table(gather_runs(names, arguments.seeds, work=arguments.work, cost=read_cost)))


def _shared_recipe(arguments: argparse.Namespace) -> tuple[str, list[str]]:
    """The recipe, and the overrides for all arms: their texts are drawn from the large files once."""
    arguments.work.mkdir(parents=True, exist_ok=True)
    text = fill_recipe("patching", data=arguments.data)
    recipe = parse_recipe(text, step_types=step_types(), overrides=arguments.set)
    texts = Texts(recipe.text, recipe.direction.direction)
    drawn: dict[str, Iterator[Pair] | Iterator[Segment]] = {
        use: texts.pairs(use) for use in ("pool", "dev", "test", "general")
    }
    drawn["sentences"] = texts.segments("sentences")
    folder = arguments.work.resolve()
    return text, [*arguments.set, *(use_text(use, items, folder / f"text-{use}.jsonl") for use, items in drawn.items())]


def read_cost(folder: Path) -> dict[str, int]:
    """What a finished run trained on, and how many segments the teacher must have translated for this arm.

    Those that the ledger knew count too.
    """
    trained, stages = read_training(folder), json.loads((folder / "run.json").read_text())["stages"]
    return trained | {"teacher_calls": _asked(step_folder(folder).name, stages, trained["examples"])}


def _asked(step: str, stages: dict[str, dict[str, int]], examples: int) -> int:
    """Distilling asks for what it trains on; patching for the whole pool, and for every context it tried."""
    if step.endswith("sequence_kd"):
        return examples
    contexts = stages.get(f"{step}/contexts", {})
    pool = stages.get(f"{step}/hypotheses", stages.get(f"{step}/pool", {})).get("rows", POOL)
    return pool + contexts.get("rows", 0) + contexts.get("rejected", 0)


def hold(arm: Arm, done: Mapping[str, Path]) -> list[str]:
    """As many words or updates as the arm that this one is like."""
    if arm.held == "words":
        return [f"step.0.select.target_words={read_training(done[arm.like])['target_words']}"]
    return hold_updates(arm, done)


if __name__ == "__main__":
    main()
