"""A recipe from its file, with what the command line changes in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tutelage.core.errors import RecipeError, UsageError
from tutelage.core.recipe import Recipe
from tutelage.core.recipe_reading import MalformedRecipeError, parse_recipe
from tutelage.labelling.kinds.registry import teacher_types
from tutelage.methods.registry import step_types


def load_recipe(path: Path | str, overrides: Sequence[str] = ()) -> Recipe:
    """The validated recipe in a file, with `key.path=value` overrides; RecipeError lists all its problems.

    Those of a recipe that cannot be read whole are joined by what can be told of the rest of it.

    Relative paths inside the recipe (texts, students, the ledger) are relative to the current directory, not to the
    recipe's folder, so that one recipe serves several projects.
    """
    try:
        return parse_recipe(
            read_recipe_text(Path(path)),
            step_types=step_types(),
            teacher_types=teacher_types(),
            overrides=overrides,
            where=str(path),
        )
    except MalformedRecipeError as error:
        from tutelage.runs.checks.recipe_check import sound_part_problems  # heavy, and only a faulty recipe needs it

        rest = [] if error.sound is None else sound_part_problems(error.sound)
        raise RecipeError([*error.problems, *rest], where=str(path)) from None


def read_recipe_text(path: Path) -> str:
    """The text of a recipe file; UsageError if there is none, or none that can be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(
            "there is no such recipe.", where=str(path), fix="Check the path, or write one with: tutelage init"
        ) from None
    except IsADirectoryError:
        inside = path / "recipe.toml"
        fix = f"Did you mean '{inside}'?" if inside.is_file() else "Give a recipe file (.toml)."
        raise UsageError("this is a folder, not a recipe.", where=str(path), fix=fix) from None
    except UnicodeDecodeError as error:
        raise UsageError(
            f"the recipe is not UTF-8 text (byte {error.start}: 0x{error.object[error.start]:02x}).",
            where=str(path),
            fix="Save it as UTF-8.",
        ) from None
    except OSError as error:
        raise UsageError(f"the recipe cannot be read ({error.strerror}).", where=str(path)) from None
