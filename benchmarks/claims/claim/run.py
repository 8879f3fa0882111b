"""Runs one arm of a claim in a run folder of its own; stages that arms have in common are linked, not made again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tutelage.core.protocols import Silence
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Example
from tutelage.methods.registry import step_types
from tutelage.runs.run import RunResult, run_recipe
from tutelage.runs.sweeps.sharing import stages_of_other_runs
from tutelage.storage.tables import read_table


def run_arm(text: str, arm: str, overrides: Sequence[str], *, seed: int, work: Path) -> RunResult:
    """One arm with one seed; stages that another arm has made under the same key, asking no teacher, are linked."""
    name = folder_name(arm, seed=seed)
    recipe = parse_recipe(text, step_types=step_types(), overrides=[*overrides, f"name={name}", f"seed={seed}"])
    borrow = stages_of_other_runs(work, apart_from=name)
    return run_recipe(recipe, runs=work, progress=Silence(), borrow=borrow)


def folder_name(arm: str, *, seed: int) -> str:
    """Name of an arm's run folder."""
    return f"{arm}-seed{seed}".replace(", ", "-").replace(" + ", "-with-").replace(" ", "-").replace("%", "pc")


def is_done(folder: Path) -> bool:
    """Whether an arm's run has ended with a verdict."""
    state = folder / "run.json"
    return state.is_file() and json.loads(state.read_text()).get("state") == "done"


def read_training(folder: Path) -> dict[str, int]:
    """What a finished run trained on: examples, words of their targets, updates."""
    step = next(folder.glob("01-*"))
    words = [len(example.target.split()) for example in read_table(step / "examples.parquet", Example)]
    training = json.loads((step / "student" / "training.json").read_text())
    return {"examples": len(words), "target_words": sum(words), "updates": training["updates"]}
