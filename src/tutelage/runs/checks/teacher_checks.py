"""Checks of a recipe's teachers that ask them nothing."""

from __future__ import annotations

from tutelage.core.recipe import Recipe
from tutelage.labelling.kinds.registry import kind_of


def teacher_table_problems(recipe: Recipe) -> list[str]:
    """What is missing or wrong in each [teachers.NAME] table."""
    return [
        f"teachers.{name}{problem}"
        for name, settings in recipe.teachers.items()
        for problem in kind_of(settings).problems(settings, recipe)
    ]
