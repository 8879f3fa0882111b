"""Checks of a step's gate: rules on what its method measures, on test sets that the recipe has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tutelage.core.recipe import Recipe, StepSettings
from tutelage.evaluation.measures import MEASURES
from tutelage.evaluation.retention.names import TEST as ABILITIES
from tutelage.evaluation.rules import TESTS, Rule, parse_rules, rule_problems
from tutelage.methods.method import Method
from tutelage.methods.registry import METHODS, load_method
from tutelage.runs.checks.glossary_checks import glossary_rule_problems
from tutelage.runs.checks.retention_checks import ability_rule_problems

TEXT_OF_TEST = {"domain": "test", "general": "general"}
"""The text of the recipe that each test set of a rule is."""


def gate_problems(settings: StepSettings, recipe: Recipe) -> list[str]:
    """Every mistake of the step's rules; empty if there is none."""
    method = load_method(settings.method)
    tests = list_test_sets(method, settings)
    abilities = recipe.retention.measured if recipe.retention else None
    measures = (*MEASURES, *recipe.evaluation.metrics)
    problems = rule_problems(settings.gate, measures=measures, tests=tests, abilities=abilities)
    if problems:
        return [f"gate: {problem}" for problem in problems]
    rules = parse_rules(settings.gate, measures=measures, tests=tests)
    problems = _foreign_rules(rules, method)
    if problems and not method.translates:
        return [f"gate: {problem}" for problem in problems]
    problems += ability_rule_problems(rules, recipe)
    problems += glossary_rule_problems(rules, recipe)
    of_texts = [rule.test for rule in rules if rule.test in TEXT_OF_TEST]
    missing = dict.fromkeys(TEXT_OF_TEST[test] for test in of_texts if getattr(recipe.text, TEXT_OF_TEST[test]) is None)
    problems += [f"its rules measure on text.{use}, which the recipe does not name." for use in missing]
    return [f"gate: {problem}" for problem in problems]


def list_test_sets(method: Method[Any], settings: StepSettings) -> tuple[str, ...]:
    """The names of test sets that the step's rules can speak of."""
    return tuple(dict.fromkeys((*TESTS, *method.measured_on, *method.tests(settings))))


def not_measured() -> dict[str, str]:
    """Measures that a rule can name and no step takes of translation, each with who does take it."""
    told = {name: measure.taken_by for name, measure in MEASURES.items() if measure.taken_by}
    for name in METHODS:
        method = load_method(name)
        if not method.translates:
            told |= {measure: f"`{name}` does" for measure in method.measures if measure not in told}
    return told


def _foreign_rules(rules: Sequence[Rule], method: Method[Any]) -> list[str]:
    """Rules on what the step's method does not measure."""
    if method.translates:
        unknown = not_measured()
        measured = ", ".join(name for name in MEASURES if name not in unknown)
        return [
            f"'{rule.text}': no step measures {rule.measure} ({unknown[rule.measure]}). Measured: {measured}."
            for rule in rules
            if rule.measure in unknown and rule.measure not in method.measures
        ]
    own, tests = tuple(method.measures), method.measured_on
    wrong = [rule for rule in rules if not (rule.test in tests and rule.measure in own)]
    wrong = [rule for rule in wrong if not (rule.test == ABILITIES and "domain" in tests)]
    example = own[0] if "domain" in tests else f"{tests[0]}.{own[0]}"
    said = f"this step measures on {' and '.join(tests)} alone: {', '.join(own)}. Write '{example}: better'."
    return [f"'{rule.text}': {said}" for rule in wrong]
