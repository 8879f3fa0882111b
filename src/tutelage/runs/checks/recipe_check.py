"""What is wrong with a recipe, and what it will take, found without loading a model or paying for a call."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import MissingExtraError, RecipeError, UsageError, UserError, did_you_mean
from tutelage.core.recipe import Recipe
from tutelage.core.table_problems import shortened
from tutelage.corpora.identifiers import identifier_problems
from tutelage.labelling.kinds.registry import kind_of
from tutelage.labelling.teachers import teacher_problems
from tutelage.methods.registry import load_method
from tutelage.runners.registry import runner_problems
from tutelage.runs.checks.export_checks import recipe_export_problems
from tutelage.runs.checks.extras import extra_problems
from tutelage.runs.checks.gate_checks import gate_problems
from tutelage.runs.checks.glossary_checks import glossary_notes, glossary_problems
from tutelage.runs.checks.metric_checks import recipe_metric_problems
from tutelage.runs.checks.retention_checks import forgetting_notes, retention_problems
from tutelage.runs.checks.step_estimates import StepEstimate, budget_notes, estimate_steps
from tutelage.runs.checks.text_checks import (
    TextFacts,
    known_sizes,
    missing_text_problems,
    overlap_problems,
    survey_texts,
    text_notes,
)
from tutelage.runs.checks.unheeded import unheeded_notes
from tutelage.stages.checks.asking_checks import asking_problems
from tutelage.stages.checks.engine_checks import engine_problems
from tutelage.stages.checks.student_checks import objective_problems, student_notes, student_problems
from tutelage.stages.checks.text_sizes import TextSizes
from tutelage.storage.archive import open_place
from tutelage.storage.ledger.places import is_url, parse_place

STAGES_AT = ("s3", "gs", "az", "abfs", "https")
"""Schemes of storages that put an object only where there is none."""


@dataclass(frozen=True, slots=True)
class RecipeCheck:
    """Everything found; a recipe without problems can be run."""

    problems: tuple[str, ...]
    notes: tuple[str, ...]
    """What does not stop a run, but should be known."""
    texts: tuple[TextFacts, ...]
    estimates: tuple[StepEstimate, ...]
    """One for each step; empty if there are problems."""


def check_recipe(recipe: Recipe, *, runs: Path, texts: tuple[TextFacts, ...] | None = None) -> RecipeCheck:
    """All problems of a validated recipe at once, and the estimate of every step.

    The texts are read as far as the estimates need them; `texts` is what a recipe on the same texts has found.
    """
    texts = survey_texts(recipe) if texts is None else texts
    problems = [
        *_lines_of(lambda: student_problems(recipe.student)),
        *_lines_of(lambda: asking_problems(recipe)),
        *_lines_of(lambda: engine_problems(recipe)),
        *_lines_of(lambda: teacher_table_problems(recipe)),
        *(problem for facts in texts for problem in facts.problems),
        *_lines_of(lambda: overlap_problems(recipe)),
        *_lines_of(lambda: step_problems(recipe)),
        *_lines_of(lambda: place_problems(recipe, runs=runs)),
        *_lines_of(lambda: _identifier_problems(recipe)),
        *_lines_of(lambda: retention_problems(recipe)),
        *_lines_of(lambda: recipe_metric_problems(recipe)),
        *_lines_of(lambda: glossary_problems(recipe)),
        *_lines_of(lambda: recipe_export_problems(recipe)),
        *_lines_of(lambda: runner_problems(recipe)),
        *_lines_of(lambda: extra_problems(recipe)),
    ]
    estimates: tuple[StepEstimate, ...] = ()
    if not problems:
        try:
            estimates = estimate_steps(recipe, sizes=TextSizes(recipe, known=known_sizes(texts)))
        except UserError as error:  # behind the first lines of a text, which the problems tell of
            problems.append(str(error))
    named = _lines_of(lambda: student_notes(recipe.student))
    notes = [
        *named,
        *text_notes(texts),
        *glossary_notes(recipe),
        *stages_notes(recipe),
        *forgetting_notes(recipe),
        *unheeded_notes(recipe),
        *budget_notes(recipe, estimates),
    ]
    notes += [f"step.{one.number - 1}.{note}" for one in estimates for note in one.estimate.notes]
    return RecipeCheck(tuple(dict.fromkeys(problems)), tuple(notes), texts, estimates)


def sound_part_problems(sound: Recipe) -> list[str]:
    """What is wrong in the rest of a recipe that cannot be read whole, each table looked at alone; no text is read."""
    return [
        *_lines_of(lambda: student_problems(sound.student)),
        *_lines_of(lambda: teacher_table_problems(sound)),
        *_lines_of(lambda: missing_text_problems(sound)),
        *_lines_of(lambda: _named_teacher_problems(sound)),
        *_lines_of(lambda: _identifier_problems(sound)),
        *_lines_of(lambda: glossary_problems(sound)),
    ]


def _named_teacher_problems(sound: Recipe) -> list[str]:
    named = [(f"step.{number}", name) for number, step in enumerate(sound.step) for name in step.asked_teachers if name]
    return [problem for key, name in dict.fromkeys(named) for problem in teacher_problems(sound, name, key=key)]


def require_sound(recipe: Recipe, *, runs: Path) -> RecipeCheck:
    """The check of a recipe that can be run; RecipeError with all the problems of one that cannot."""
    check = check_recipe(recipe, runs=runs)
    if check.problems:
        raise RecipeError(check.problems, where=recipe.where)
    return check


def _lines_of(check: Callable[[], list[str]]) -> list[str]:
    """What a check finds; a name that no file can have, or that may not be looked at, is a problem too."""
    try:
        return check()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return [f"'{shortened(str(error.filename))}' cannot be looked at ({reason}). Check the path."]


def _identifier_problems(recipe: Recipe) -> list[str]:
    return [f"evaluation.language_id: {problem}" for problem in identifier_problems(recipe.evaluation.language_id)]


def place_problems(recipe: Recipe, *, runs: Path) -> list[str]:
    """Why the run folder, the ledger or the stages cannot be written."""
    problems = [f"run folder '{runs / recipe.name}': {why}" for why in _why_not_writable(runs / recipe.name)]
    problems += [] if recipe.ledger is None else _ledger_problems(recipe.ledger)
    return problems if recipe.stages is None else [*problems, *_stages_problems(recipe.stages)]


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


def _stages_problems(stages: str) -> list[str]:
    """A storage is tried: what its credentials may do, nothing else tells."""
    scheme, mark, rest = stages.partition("://")
    if not mark:
        return [f"stages '{stages}': {why}" for why in _why_not_writable(Path(stages))]
    if scheme not in STAGES_AT:
        return [f"stages: they cannot be kept at '{shortened(scheme)}://'. {did_you_mean(scheme, STAGES_AT)}"]
    if "@" in rest.partition("/")[0] or "?" in rest:
        return ["stages: credentials in a recipe would stand in the report. Give them in the storage's variables."]
    try:
        open_place(stages)
    except MissingExtraError:  # told with the others
        return []
    except UserError as error:
        return [f"stages: {error}"]
    return []


def stages_notes(recipe: Recipe) -> list[str]:
    """What another machine would not have, though it has the stages."""
    if recipe.stages is None or (recipe.ledger is not None and is_url(recipe.ledger)):
        return []
    return [
        "stages: the ledger is a file of this machine. On another one a stage that was half done would pay for its "
        "answers again, and the budget would begin anew; name a database in ledger."
    ]


def _why_not_writable(folder: Path) -> list[str]:
    nearest = next((place for place in (folder, *folder.absolute().parents) if place.exists()), folder)
    if not nearest.is_dir():
        return [f"'{nearest}' is a file, so no folder can be made there. Choose another place."]
    if not os.access(nearest, os.W_OK | os.X_OK):
        return [f"'{nearest}' cannot be written to. Choose another place, or change its permissions."]
    return []


def step_problems(recipe: Recipe) -> list[str]:
    """What is wrong with each step."""
    problems = []
    for number, settings in enumerate(recipe.step):
        method = load_method(settings.method)
        missing = [need for need in method.needs(settings) if getattr(recipe.text, need.use) is None]
        found = [
            *gate_problems(settings, recipe),
            *(f"text.{need.use}: missing; {need.why}." for need in missing),
            *objective_problems(settings.train, recipe.student),
            *method.problems(settings, recipe),
        ]
        problems += [_placed(problem, number) for problem in found]
    return problems


def _placed(problem: str, number: int) -> str:
    """The problem with its step before it, unless it speaks of another table of the recipe."""
    speaks_of_another = problem.startswith(("text.", "teachers", "student", "direction.", "direction:"))
    return problem if speaks_of_another else f"step.{number}.{problem}"


def teacher_table_problems(recipe: Recipe) -> list[str]:
    """What is missing or wrong in each [teachers.NAME] table."""
    return [
        f"teachers.{name}{problem}"
        for name, settings in recipe.teachers.items()
        for problem in kind_of(settings).problems(settings, recipe)
    ]
