"""Runs one arm of a claim in a run folder of its own; stages that arms have in common are linked, not made again."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tutelage.core.protocols import Silence
from tutelage.core.recipe_reading import parse_recipe
from tutelage.methods.registry import step_types
from tutelage.methods.run import RunResult, run_recipe

COMMON = "common"
"""Folder beside the runs with the stages that arms have in common."""


def run_arm(
    text: str, arm: str, overrides: Sequence[str], *, seed: int, work: Path, shared: Sequence[str]
) -> RunResult:
    """One arm with one seed; the first run of all makes the stages (`shared`: patterns) that the others link."""
    name = folder_name(arm, seed=seed)
    recipe = parse_recipe(text, step_types=step_types(), overrides=[*overrides, f"name={name}", f"seed={seed}"])
    step = work / name / f"01-{recipe.step[0].method}"
    _link_stages(work / COMMON, step)
    result = run_recipe(recipe, runs=work, progress=Silence())
    _share_stages(step, work / COMMON, shared)
    return result


def folder_name(arm: str, *, seed: int) -> str:
    """Name of an arm's run folder."""
    return f"{arm}-seed{seed}".replace(", ", "-").replace(" + ", "-with-").replace(" ", "-").replace("%", "pc")


def is_done(folder: Path) -> bool:
    """Whether an arm's run has ended with a verdict."""
    state = folder / "run.json"
    return state.is_file() and json.loads(state.read_text()).get("state") == "done"


def _link_stages(common: Path, step: Path) -> None:
    """Give a new run the finished stages that all arms share; their keys tell whether they fit."""
    for source in [*common.glob("*.*"), *common.glob("tests/*.*")]:
        _link(source, step / source.relative_to(common))


def _share_stages(step: Path, common: Path, shared: Sequence[str]) -> None:
    """The newest of each: an older one has another key, and every arm would make it again."""
    for source in (path for pattern in shared for path in step.glob(pattern)):
        (common / source.relative_to(step)).unlink(missing_ok=True)
        _link(source, common / source.relative_to(step))


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.link(source, target)
