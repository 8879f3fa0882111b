"""Checks of [export]: a kind that there is, arithmetic that it has, rules on what is measured, and a test set."""

from __future__ import annotations

from pathlib import Path

from tutelage.core.errors import did_you_mean
from tutelage.core.recipe import ExportSettings, Recipe
from tutelage.evaluation.measures import EXPORT, TRANSLATION
from tutelage.evaluation.rules import rule_problems
from tutelage.runs.checks.metric_checks import list_programs
from tutelage.students.exports.registry import KINDS, load_export_kind
from tutelage.students.kinds.registry import student_kind


def recipe_export_problems(recipe: Recipe) -> list[str]:
    """What is wrong with the section; empty without one."""
    if recipe.export is None:
        return []
    return [f"export.{problem}" for problem in export_problems(recipe.export, recipe)]


def export_problems(settings: ExportSettings, recipe: Recipe, *, student: Path | None = None) -> list[str]:
    """What is wrong with the settings of an export; `student` is the folder of the one to export, if it is known."""
    if settings.to not in KINDS:
        return [f"to: no kind of export is called '{settings.to}'. {did_you_mean(settings.to, KINDS)}"]
    kind = load_export_kind(settings.to)
    problems = [f"to: {problem}" for problem in kind.problems(None if student is None else student_kind(student))]
    if settings.compute_type not in (None, *kind.compute_types):
        named = ", ".join(kind.compute_types)
        problems.append(f"compute_type: {settings.to} has no '{settings.compute_type}'. It has: {named}.")
    if recipe.text.test is None:
        problems.append("rules: an export is measured on text.test, which the recipe does not name.")
    measures = (*TRANSLATION, *EXPORT, *list_programs(recipe))
    problems += [f"rules: {problem}" for problem in rule_problems(settings.rules, measures=measures, tests=("domain",))]
    unknown = [use for use in settings.data_licences if use not in type(recipe.text).model_fields]
    uses = did_you_mean(unknown[0], type(recipe.text).model_fields) if unknown else ""
    problems += [f"data_licences: no text is called '{use}'. {uses}" for use in unknown]
    return problems
