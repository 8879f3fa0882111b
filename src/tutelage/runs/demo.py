"""The demonstration: the shipped recipe on the shipped student, with no key, no GPU and no hub."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from tutelage.core.protocols import Progress
from tutelage.core.recipe import Recipe
from tutelage.core.recipe_reading import parse_recipe
from tutelage.labelling.kinds.registry import teacher_types
from tutelage.methods.registry import step_types
from tutelage.runs.run import RunResult, run_recipe


def demo_recipe(overrides: Sequence[str] = ()) -> Recipe:
    """The recipe of the demonstration."""
    text = (files("tutelage.embedded") / "demo.toml").read_text("utf-8")
    return parse_recipe(
        text, step_types=step_types(), teacher_types=teacher_types(), overrides=overrides, where="demo recipe"
    )


def run_demo(*, runs: Path, overrides: Sequence[str] = (), progress: Progress | None = None) -> RunResult:
    """Patch the embedded English→Portuguese student on JupyterLab's messages; goes on where it was interrupted."""
    return run_recipe(demo_recipe(overrides), runs=runs, progress=progress, command="tutelage demo")
