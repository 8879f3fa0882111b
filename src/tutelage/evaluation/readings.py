"""How often a run's test set was read for a choice: by gates of this run and of the others beside it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from tutelage.evaluation.report_data import Readings

STEP_FILE = "step.json"
"""What a finished step of a run has."""


def count_readings(run_folder: Path) -> Readings:
    """Gates that decided by the test set of a run, in the runs that lie beside it, itself included.

    A test set is told by its table in the recipe; what cannot be read is not counted.
    """
    wanted = _test_table(run_folder / "recipe.toml")
    if not wanted:
        return Readings(0, 0)
    same = [recipe.parent for recipe in _recipes_beside(run_folder) if _test_table(recipe) == wanted]
    decisions = [sum(1 for _ in folder.glob(f"*/{STEP_FILE}")) for folder in same]
    return Readings(gates=sum(decisions), runs=sum(1 for count in decisions if count))


def _recipes_beside(run_folder: Path) -> list[Path]:
    return sorted(run_folder.absolute().parent.glob("*/recipe.toml"))


def _test_table(recipe: Path) -> Any:
    """`text.test` as the recipe has it; `None` if there is none or it cannot be read."""
    try:
        text = tomllib.loads(recipe.read_text(encoding="utf-8")).get("text")
    except (OSError, ValueError, RecursionError):
        return None
    return text.get("test") if isinstance(text, dict) else None
