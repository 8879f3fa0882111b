"""Checks of a recipe's steps: the gate of each, the texts that its method needs, and what the method says itself."""

from __future__ import annotations

from tutelage.core.recipe import Recipe
from tutelage.methods.registry import load_method
from tutelage.runs.checks.gate_checks import gate_problems


def step_problems(recipe: Recipe) -> list[str]:
    """What is wrong with each step."""
    problems = []
    for number, settings in enumerate(recipe.step):
        method = load_method(settings.method)
        missing = [need for need in method.needs(settings) if getattr(recipe.text, need.use) is None]
        found = [
            *gate_problems(settings, recipe),
            *(f"text.{need.use}: missing; {need.why}." for need in missing),
            *method.problems(settings, recipe),
        ]
        problems += [_placed(problem, number) for problem in found]
    return problems


def _placed(problem: str, number: int) -> str:
    """The problem with its step before it, unless it speaks of another table of the recipe."""
    speaks_of_another = problem.startswith(("text.", "teachers", "student", "direction.", "direction:"))
    return problem if speaks_of_another else f"step.{number}.{problem}"
