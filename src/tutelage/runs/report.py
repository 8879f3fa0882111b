"""The report of a run, written again at any time from what the run folder holds."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from tutelage.core.errors import RecipeError, UsageError, UserError
from tutelage.core.recipe import Recipe
from tutelage.core.recipe_reading import parse_recipe
from tutelage.evaluation.readings import STEP_FILE, count_readings
from tutelage.evaluation.report import render_report
from tutelage.evaluation.report_data import RunReport, StepReport
from tutelage.evaluation.verdict import render_verdict_lines, run_verdict
from tutelage.labelling.kinds.registry import teacher_types
from tutelage.methods.registry import step_types
from tutelage.runs.comparison import read_promoted
from tutelage.storage.atomic import write_whole
from tutelage.storage.plain import from_json, to_plain
from tutelage.storage.run_folder import step_name
from tutelage.students.promoted import read_run_state

REPORT_FILE = "report.html"


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """The page, and its verdict for a terminal."""

    path: Path
    verdict: str
    lines: tuple[str, ...]


def write_step_report(path: Path, report: StepReport) -> None:
    """Keep what a step came to."""
    write_whole(path, json.dumps(to_plain(StepReport)(report), ensure_ascii=False, indent=1) + "\n")


def write_report(run_folder: Path) -> WrittenReport:
    """Write `report.html` from the run's files; UsageError if no step of the run is finished."""
    report = read_run_report(run_folder)
    path = run_folder / REPORT_FILE
    write_whole(path, render_report(report))
    return WrittenReport(path, report.verdict, tuple(render_verdict_lines(report)))


def read_run_report(run_folder: Path) -> RunReport:
    """What a run came to, as its folder tells of the steps that its recipe has."""
    state = read_run_state(run_folder)
    if not (run_folder / "recipe.toml").is_file():
        raise _nothing_finished(run_folder)
    recipe_toml = _read_text(run_folder / "recipe.toml")
    recipe = _parse(recipe_toml, where=run_folder / "recipe.toml")
    steps = tuple(_read_steps(run_folder, recipe))
    if not steps:
        raise _nothing_finished(run_folder)
    comparisons = read_promoted(run_folder)
    return RunReport(
        name=recipe.name,
        created=str(state.get("created", "")).replace("T", " ").replace("Z", " UTC"),
        version=str(state.get("tutelage", "")),
        verdict=run_verdict(steps, comparisons=comparisons),
        direction=recipe.direction.direction,
        student=recipe.student.model or "a new student",
        teacher=describe_teachers(recipe),
        steps=steps,
        recipe_toml=recipe_toml,
        reproduce_command=str(state.get("command") or f"tutelage run {run_folder / 'recipe.toml'}"),
        machine=str(state.get("machine", "")),
        review_command=_review_command(run_folder, recipe, promoted=any(step.gate.passed for step in steps)),
        comparisons=comparisons,
        note=recipe.note,
        readings=count_readings(run_folder),
    )


def _review_command(run_folder: Path, recipe: Recipe, *, promoted: bool) -> str:
    """Of the student that the run promoted, or else of the one that came in, if that has a name."""
    student = str(run_folder) if promoted else recipe.student.model
    if student is None or recipe.direction.direction.is_paraphrase:
        return ""
    direction = "" if promoted else f" --source {recipe.direction.source} --target {recipe.direction.target}"
    return f"tutelage review {shlex.quote(student)} TEXT -o {shlex.quote(str(run_folder / 'review'))}{direction}"


def _read_steps(run_folder: Path, recipe: Recipe) -> Iterator[StepReport]:
    """What the finished steps came to: of a recipe that was changed, folders of other steps may lie there too."""
    names = (step_name(number, step.method) for number, step in enumerate(recipe.step, start=1))
    for path in takewhile(Path.is_file, (run_folder / name / STEP_FILE for name in names)):
        try:
            yield from_json(StepReport)(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, RecursionError) as error:
            raise _damaged(path, error) from error


def _parse(recipe_toml: str, *, where: Path) -> Recipe:
    try:
        return parse_recipe(recipe_toml, step_types=step_types(), teacher_types=teacher_types(), where=str(where))
    except RecipeError as error:
        raise _damaged(where, error.problems[0]) from error
    except RecursionError as error:
        raise _damaged(where, error) from error


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except ValueError as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception | str) -> UserError:
    return UserError(
        f"this file is damaged ({error}).",
        where=str(path),
        fix="Give the command that made the run again; what is finished is kept.",
    )


def _nothing_finished(run_folder: Path) -> UsageError:
    return UsageError(
        "there is no finished step to report.",
        where=str(run_folder),
        fix="Give the folder of a run, such as runs/NAME; `tutelage list` lists them.",
    )


def describe_teachers(recipe: Recipe) -> str:
    """The teachers' kinds and models in a few words."""
    return ", ".join(teacher.shown for teacher in recipe.teachers.values()) or "none"
