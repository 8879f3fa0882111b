"""What is wrong with a recipe, and what it will take, found without loading a model or paying for a call."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import RecipeError, UsageError
from tutelage.core.recipe import Recipe
from tutelage.corpora.identifiers import identifier_problems
from tutelage.methods.checks.asking_checks import asking_problems
from tutelage.methods.checks.extras import extra_problems
from tutelage.methods.checks.retention_checks import retention_problems
from tutelage.methods.checks.step_checks import StepEstimate, budget_notes, estimate_steps, step_problems
from tutelage.methods.checks.student_checks import student_notes, student_problems
from tutelage.methods.checks.teacher_checks import teacher_table_problems
from tutelage.methods.checks.text_checks import TextFacts, overlap_problems, survey_texts, text_notes
from tutelage.storage.ledger.places import parse_place


@dataclass(frozen=True, slots=True)
class RecipeCheck:
    """Everything found; a recipe without problems can be run."""

    problems: tuple[str, ...]
    notes: tuple[str, ...]
    """What does not stop a run, but should be known."""
    texts: tuple[TextFacts, ...]
    estimates: tuple[StepEstimate, ...]
    """One for each step; empty where there are problems."""


def check_recipe(recipe: Recipe, *, runs: Path, texts: tuple[TextFacts, ...] | None = None) -> RecipeCheck:
    """All problems of a validated recipe at once, and the estimate of every step.

    The pool is read whole, the other texts in their first lines; `texts` is what a recipe on the same texts has found.
    """
    texts = survey_texts(recipe) if texts is None else texts
    problems = [
        *student_problems(recipe.student),
        *asking_problems(recipe),
        *teacher_table_problems(recipe),
        *(problem for facts in texts for problem in facts.problems),
        *overlap_problems(recipe),
        *step_problems(recipe),
        *place_problems(recipe, runs=runs),
        *(f"evaluation.language_id: {problem}" for problem in identifier_problems(recipe.evaluation.language_id)),
        *retention_problems(recipe),
        *extra_problems(recipe),
    ]
    pool = next((facts for facts in texts if facts.use == "pool"), None)
    estimates = () if problems else estimate_steps(recipe, pool=pool)
    notes = [*student_notes(recipe.student), *text_notes(texts), *budget_notes(recipe, estimates)]
    return RecipeCheck(tuple(dict.fromkeys(problems)), tuple(notes), texts, estimates)


def require_sound(recipe: Recipe, *, runs: Path) -> RecipeCheck:
    """The check of a recipe that can be run; RecipeError with all the problems of one that cannot."""
    check = check_recipe(recipe, runs=runs)
    if check.problems:
        raise RecipeError(check.problems, where=recipe.where)
    return check


def place_problems(recipe: Recipe, *, runs: Path) -> list[str]:
    """Why the run folder or the ledger cannot be written."""
    problems = [f"run folder '{runs / recipe.name}': {why}" for why in _why_not_writable(runs / recipe.name)]
    return problems if recipe.ledger is None else [*problems, *_ledger_problems(recipe.ledger)]


def _ledger_problems(ledger: str) -> list[str]:
    try:
        place = parse_place(ledger)
    except UsageError as error:
        return [f"ledger: {error}"]
    if place.has_password:
        return ["ledger: a password in a recipe would stand in the report. Give it in PGPASSWORD or ~/.pgpass."]
    if place.path is None:
        return []
    problems = [f"ledger: '{place.path}' is a folder; name a file."] if place.path.is_dir() else []
    return problems + [f"ledger '{place.path}': {why}" for why in _why_not_writable(place.path.parent)]


def _why_not_writable(folder: Path) -> list[str]:
    nearest = next((place for place in (folder, *folder.absolute().parents) if place.exists()), folder)
    if not nearest.is_dir():
        return [f"'{nearest}' is a file, so no folder can be made there. Choose another place."]
    if not os.access(nearest, os.W_OK | os.X_OK):
        return [f"'{nearest}' cannot be written to. Choose another place, or change its permissions."]
    return []
