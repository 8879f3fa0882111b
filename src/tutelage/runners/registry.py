"""The kinds of runners: a new one is a line here, or an entry point of `tutelage.runners` outside."""

from __future__ import annotations

from tutelage.core.errors import did_you_mean
from tutelage.core.recipe import Recipe, RunnerSettings
from tutelage.core.registry import Registry
from tutelage.runners.kind import RunnerKind

RUNNERS = Registry(
    "runner",
    {"local": "tutelage.runners.local:LOCAL_KIND", "ray": "tutelage.runners.ray.kind:RAY_KIND"},
    group="tutelage.runners",
)


def runner_kind(settings: RunnerSettings) -> RunnerKind:
    """The kind of a recipe's runner; UsageError if there is none of that name."""
    return RUNNERS.load_instance(settings.kind, RunnerKind)


def runner_problems(recipe: Recipe) -> list[str]:
    """What is wrong with the recipe's [runner]."""
    if recipe.runner.kind not in RUNNERS:
        return [f"runner.kind: no runner is called '{recipe.runner.kind}'. {did_you_mean(recipe.runner.kind, RUNNERS)}"]
    return [f"runner{problem}" for problem in runner_kind(recipe.runner).problems(recipe.runner, recipe)]
