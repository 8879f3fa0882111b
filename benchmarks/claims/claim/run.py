"""Runs the arms of a claim, each in a run folder of its own; what is done is not done again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.claims.claim.arms import Arm
from tutelage.core.protocols import Silence
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Example
from tutelage.methods.registry import step_types
from tutelage.runs.run import RunResult, run_recipe
from tutelage.runs.sweeps.sharing import stages_of_other_runs
from tutelage.storage.tables import read_table


@dataclass(slots=True)
class Claim:
    """The arms of a claim, and what they share."""

    work: Path
    """Folder of the runs."""
    recipe: str
    overrides: list[str]
    arms: Sequence[Arm] = field(default_factory=list)


Hold = Callable[[Arm, Mapping[str, Path]], Sequence[str]]
"""Overrides that hold an arm to the one it is like, from the run folders that are done with this seed, by arm."""


def run_arms(claim: Claim, seed: int, *, hold: Hold) -> Iterator[str]:
    """All arms with one seed, and a line about each that is done."""
    done: dict[str, Path] = {}
    for arm in claim.arms:
        overrides = (*claim.overrides, *arm.overrides, *(hold(arm, done) if arm.like else ()))
        result = run_arm(claim.recipe, arm.name, overrides, seed=seed, work=claim.work)
        done[arm.name] = result.folder
        yield f"seed {seed}  {arm.name}: {result.lines[0]}"


def hold_updates(arm: Arm, done: Mapping[str, Path]) -> list[str]:
    """As many updates as the arm that this one is like."""
    return [f"step.0.train.max_updates={read_training(done[arm.like])['updates']}"]


def run_arm(text: str, arm: str, overrides: Sequence[str], *, seed: int, work: Path) -> RunResult:
    """One arm with one seed; stages that another arm has made under the same key, asking no teacher, are linked."""
    name = folder_name(arm, seed=seed)
    recipe = parse_recipe(text, step_types=step_types(), overrides=[*overrides, f"name={name}", f"seed={seed}"])
    borrow = stages_of_other_runs(work, apart_from=name)
    return run_recipe(recipe, runs=work, progress=Silence(), borrow=borrow)


def folder_name(arm: str, *, seed: int) -> str:
    """Name of an arm's run folder."""
    return f"{arm}-seed{seed}".replace(", ", "-").replace(" + ", "-with-").replace(" ", "-").replace("%", "pc")


def step_folder(folder: Path) -> Path:
    """The folder of the one step of a run."""
    return next(folder.glob("01-*"))


def is_done(folder: Path) -> bool:
    """Whether an arm's run has ended with a verdict."""
    state = folder / "run.json"
    return state.is_file() and json.loads(state.read_text()).get("state") == "done"


def read_training(folder: Path) -> dict[str, int]:
    """What a finished run trained on: examples, words of their targets, updates."""
    step = step_folder(folder)
    words = [len(example.target.split()) for example in read_table(step / "examples.parquet", Example)]
    training = json.loads((step / "student" / "training.json").read_text())
    return {"examples": len(words), "target_words": sum(words), "updates": training["updates"]}
