"""Checks of a recipe's `[retention]` and of the rules that rest on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tutelage.core.recipe import Recipe
from tutelage.core.retention import RetentionSettings
from tutelage.evaluation.retention import reasoning
from tutelage.evaluation.retention.names import DRIFT, ENDS, is_of_abilities
from tutelage.evaluation.rules import Rule
from tutelage.stages.checks.student_checks import only_translates, surely_chats
from tutelage.stages.retention.harness import harness_problems

FORGETS = 3e-4
"""From this rate on chat models of 135 million and 1.5 billion weights lost abilities in 30 updates; at 1e-4 not."""
ONLY_TRANSLATES = "the student only translates; abilities and retention are of causal (chat) students."


def retention_problems(recipe: Recipe) -> list[str]:
    """Why abilities cannot be measured: a student that only translates, unknown datasets, a program that is missing."""
    settings = recipe.retention
    if settings is None:
        return []
    found = [f"retention: {ONLY_TRANSLATES}"] if only_translates(recipe.student) else []
    return [*found, *_reasoning_problems(settings), *_harness_problems(settings)]


def forgetting_notes(recipe: Recipe) -> list[str]:
    """That a chat model is likely to lose abilities unseen: a high rate, all of the way, and nobody measures it."""
    if recipe.retention is not None or not surely_chats(recipe.student):
        return []
    return [
        f"step.{number}.train: at a rate of {step.train.learning_rate:g} a chat model may forget what it could do "
        "besides, and nothing measures that here. Try 1e-4, or blend = 0.5; [retention] tells what is kept."
        for number, step in enumerate(recipe.step)
        if step.train.learning_rate >= FORGETS and step.train.blend in ("auto", 1)
    ]


def ability_rule_problems(rules: Iterable[Rule], recipe: Recipe) -> list[str]:
    """Rules on abilities in a recipe that does not measure them."""
    if recipe.retention is not None:
        unmeasured = "drift is not measured with retention.drift = 0."
        without = [] if recipe.retention.drift else [rule for rule in rules if rule.measure in (DRIFT, ENDS)]
        return [f"'{rule.text}': {unmeasured}" for rule in without]
    missing = "abilities are measured only where the recipe has a [retention] table."
    said = ONLY_TRANSLATES if only_translates(recipe.student) else missing
    return [f"'{rule.text}': {said}" for rule in rules if is_of_abilities(rule.measure)]


def _reasoning_problems(settings: RetentionSettings) -> Iterator[str]:
    if settings.reasoning and reasoning.is_installed():  # if it is not, the missing extra is told
        yield from (f"retention.reasoning: {problem}" for problem in reasoning.dataset_problems(settings.reasoning))


def _harness_problems(settings: RetentionSettings) -> Iterator[str]:
    if settings.lm_eval is None:
        return
    yield from (f"retention.lm_eval: {problem}" for problem in harness_problems(settings.lm_eval))
    own = {*settings.abilities, *(("reasoning",) if settings.reasoning else ())}
    for task in settings.lm_eval.tasks:
        if task in own or "," in task:
            yield f"retention.lm_eval.tasks: '{task}' has a comma, or the name of a built-in ability."
    for task in sorted(settings.lm_eval.metrics.keys() - set(settings.lm_eval.tasks)):
        yield f"retention.lm_eval.metrics: '{task}' is none of its tasks."
