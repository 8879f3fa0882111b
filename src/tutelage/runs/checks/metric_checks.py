"""Checks of the metrics that a recipe names: programs that are there, teachers that can rate, a step they measure."""

from __future__ import annotations

from tutelage.core.errors import did_you_mean
from tutelage.core.recipe import Recipe
from tutelage.labelling.quality import metric_table_problems
from tutelage.methods.registry import METHODS, load_method


def recipe_metric_problems(recipe: Recipe) -> list[str]:
    """What is wrong with the metrics and the filters by them; no program is started and no teacher asked."""
    problems = [problem for name in recipe.evaluation.metrics for problem in metric_table_problems(name, recipe)]
    problems += [
        f"filters.least: no metric of evaluation.metrics is called '{name}'. "
        f"{did_you_mean(name, recipe.evaluation.metrics)}".strip()
        for name in recipe.filters.least
        if name not in recipe.evaluation.metrics
    ]
    methods = dict.fromkeys(step.method for step in recipe.step)
    if recipe.evaluation.metrics and not any(one in METHODS and load_method(one).translates for one in methods):
        told = ", ".join(methods)
        problems.append(f"evaluation.metrics: they score translations, which no step ({told}) makes. Leave them out.")
    return problems


def list_programs(recipe: Recipe) -> list[str]:
    """The names of those that are programs, which measure without a teacher."""
    return [name for name, one in recipe.evaluation.metrics.items() if one.teacher is None]
