"""Checks of a recipe's steps."""

from __future__ import annotations

from collections.abc import Sequence

from tutelage.core.recipe import Recipe, StepSettings
from tutelage.evaluation.figures import MEASURES
from tutelage.evaluation.retention.names import TEST as ABILITIES
from tutelage.evaluation.rules import TESTS, Rule, parse_rules, rule_problems
from tutelage.methods.registry import METHODS
from tutelage.runs.checks.retention_checks import ability_rule_problems
from tutelage.stages.context import Step

TEXT_OF_TEST = {"domain": "test", "general": "general"}
"""The text of the recipe that each test set of a rule is."""

NOT_MEASURED = {
    "terms": "a recipe names no glossary yet",
    **{name: "`tutelage words` does" for name in MEASURES if name.startswith("term_accuracy")},
    **dict.fromkeys(("precision", "recall", "f1", "false_alarms"), "`tutelage probe` does"),
    **{name: "`train_patcher` does" for name in MEASURES if name.startswith(("valid_", "post_edit_"))},
    **dict.fromkeys(("combined", "meaning", "lexical", "jaccard", "syntactic"), "`paraphrase` does"),
    **dict.fromkeys(("candidates", "distinct_1", "distinct_2", "compression"), "`paraphrase` does"),
}
"""Measures that a rule can name and no step takes of translation, each with why."""


def step_problems(recipe: Recipe) -> list[str]:
    """What is wrong with each step: its gate, and what its method says."""
    problems = []
    for number, settings in enumerate(recipe.step):
        method: Step = METHODS.load(settings.method)
        found = [*_gate_problems(settings, recipe), *method.problems(settings, recipe)]
        problems += [_placed(problem, number) for problem in found]
    return problems


def _gate_problems(settings: StepSettings, recipe: Recipe) -> list[str]:
    abilities = recipe.retention.measured if recipe.retention else None
    tests = (*TESTS, *settings.own_tests)
    problems = [f"gate: {problem}" for problem in rule_problems(settings.gate, tests=tests, abilities=abilities)]
    if problems:
        return problems
    rules = parse_rules(settings.gate, tests=tests)
    if settings.own_measures:
        problems = [f"gate: {problem}" for problem in _foreign_rules(rules, settings)]
        if problems:
            return problems
    else:
        problems = [f"gate: {_not_measured(rule)}" for rule in rules if rule.measure in NOT_MEASURED]
    problems += [f"gate: {problem}" for problem in ability_rule_problems(rules, recipe)]
    rules = tuple(rule for rule in rules if rule.test not in (ABILITIES, *_tests_without_text(settings)))
    problems += [f"gate: '{rule.text}': no text is '{rule.test}'." for rule in rules if rule.test not in TEXT_OF_TEST]
    uses = dict.fromkeys(TEXT_OF_TEST[rule.test] for rule in rules if rule.test in TEXT_OF_TEST)
    missing = [use for use in uses if getattr(recipe.text, use) is None]
    return problems + [f"gate: its rules measure on text.{use}, which the recipe does not name." for use in missing]


def _tests_without_text(settings: StepSettings) -> tuple[str, ...]:
    """Test sets of the step's own that are no text of the recipe."""
    own = settings.own_measures_on if settings.own_measures else ()
    return (*settings.own_tests, *(test for test in own if test not in TEXT_OF_TEST))


def _foreign_rules(rules: Sequence[Rule], settings: StepSettings) -> list[str]:
    """Rules on translation, of a step whose student does not translate."""
    own, tests = settings.own_measures, settings.own_measures_on
    wrong = [rule for rule in rules if not (rule.test in tests and rule.measure in own)]
    wrong = [rule for rule in wrong if not (rule.test == ABILITIES and "domain" in tests)]
    example = own[0] if "domain" in tests else f"{tests[0]}.{own[0]}"
    said = f"this step measures on {' and '.join(tests)} alone: {', '.join(own)}. Write '{example}: better'."
    return [f"'{rule.text}': {said}" for rule in wrong]


def _not_measured(rule: Rule) -> str:
    measured = ", ".join(name for name in MEASURES if name not in NOT_MEASURED)
    return f"'{rule.text}': no step measures {rule.measure} ({NOT_MEASURED[rule.measure]}). Measured: {measured}."


def _placed(problem: str, number: int) -> str:
    """The problem with its step before it, unless it speaks of another table of the recipe."""
    speaks_of_another = problem.startswith(("text.", "teachers", "student", "direction.", "direction:"))
    return problem if speaks_of_another else f"step.{number}.{problem}"
