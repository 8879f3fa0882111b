"""The plan of a sweep: a validated recipe for every point, and what all of them will take, before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import RecipeError, UsageError
from tutelage.core.recipe import Recipe
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.signatures import content_key
from tutelage.labelling.kinds.registry import teacher_types
from tutelage.methods.registry import step_types
from tutelage.runs.checks.recipe_check import RecipeCheck, check_recipe
from tutelage.runs.checks.text_checks import TextFacts
from tutelage.runs.recipe_files import read_recipe_text
from tutelage.runs.sweeps.grid import Assignment, Varied, assignments, describe_assignment, point_name
from tutelage.storage.ledger.accounts import LEDGER_FILE

SUFFIX = "-sweep"


@dataclass(frozen=True, slots=True)
class Point:
    """One combination of values, and the recipe that it makes."""

    assignment: Assignment
    recipe: Recipe
    """Named after the point; its ledger is the one of all runs."""

    @property
    def name(self) -> str:
        """Name of the point's run folder, and of its run in the ledger."""
        return self.recipe.name


@dataclass(frozen=True, slots=True)
class SweepEstimate:
    """What all points take at most together: a stage they share is made once, and a question asked before is free."""

    points: int
    teacher_calls: int
    teacher_tokens: int
    minutes: float
    cost: float | None
    """In the currency of the prices; `None` means unknown."""
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sweep:
    """Everything that a sweep will do; each of its points can be run."""

    name: str
    """Name of its folder."""
    where: str
    """The recipe's file."""
    varied: tuple[Varied, ...]
    points: tuple[Point, ...]
    estimate: SweepEstimate

    @property
    def has_dev(self) -> bool:
        """Whether every point has a dev text."""
        return all(point.recipe.text.dev is not None for point in self.points)


def plan_sweep(recipe: Path | str, *, varied: Sequence[Varied], runs: Path, overrides: Sequence[str] = ()) -> Sweep:
    """The points of a sweep over a recipe file, checked, with what they will take.

    Nothing is loaded, asked or paid. RecipeError with the problems of all points at once.
    """
    text, where = read_recipe_text(Path(recipe)), str(recipe)
    made: dict[Assignment, Recipe] = {}
    problems: dict[Assignment, Sequence[str]] = {}
    for assignment in assignments(varied):
        try:
            made[assignment] = _parse(text, where, overrides, assignment)
        except RecipeError as error:
            problems[assignment] = error.problems
    _raise_problems(problems, points=len(made) + len(problems), where=where)
    points = tuple(_point(assignment, parsed, runs=runs) for assignment, parsed in made.items())
    name = f"{next(iter(made.values())).name}{SUFFIX}"
    checks = _check_points(points, runs=runs / name)
    found = {assignment: check.problems for assignment, check in checks.items() if check.problems}
    _raise_problems(found, points=len(points), where=where)
    return Sweep(name, where, tuple(varied), points, _add_up(list(checks.values())))


def _check_points(points: Sequence[Point], *, runs: Path) -> dict[Assignment, RecipeCheck]:
    """The check of each point; the same texts are read once."""
    texts: dict[str, tuple[TextFacts, ...]] = {}
    checks: dict[Assignment, RecipeCheck] = {}
    for point in points:
        same_texts = content_key(point.recipe.text, point.recipe.direction)
        check = check_recipe(point.recipe, runs=runs, texts=texts.get(same_texts))
        texts[same_texts], checks[point.assignment] = check.texts, check
    return checks


def _parse(text: str, where: str, overrides: Sequence[str], assignment: Assignment) -> Recipe:
    """The point's recipe; what is varied is set last, so that it wins over other overrides."""
    values = [f"{key}={value}" for key, value in assignment]
    try:
        return parse_recipe(
            text, step_types=step_types(), teacher_types=teacher_types(), overrides=[*overrides, *values], where=where
        )
    except RecipeError:
        raise
    except UsageError as error:
        if any(error.what.startswith(f"'{value}'") for value in values):
            raise UsageError(error.what, where="--grid", fix=error.fix) from error
        raise


def _point(assignment: Assignment, recipe: Recipe, *, runs: Path) -> Point:
    name, ledger = point_name(recipe.name, assignment), recipe.ledger or str(runs / LEDGER_FILE)
    return Point(assignment, recipe.model_copy(update={"name": name, "ledger": ledger}))


def _raise_problems(problems: Mapping[Assignment, Sequence[str]], *, points: int, where: str) -> None:
    """Each problem once; one that not every point has with the first point that has it."""
    having: dict[str, list[Assignment]] = {}
    for assignment, found in problems.items():
        for problem in found:
            having.setdefault(problem, []).append(assignment)
    if not having:
        return
    told = []
    for problem, found_in in having.items():
        common = len(found_in) == points
        told.append(problem if common else f"{problem} At the point {describe_assignment(found_in[0])}.")
    raise RecipeError(told, where=where)


def _add_up(checks: Sequence[RecipeCheck]) -> SweepEstimate:
    steps = [step for check in checks for step in check.estimates]
    costs = [step.cost for step in steps]
    return SweepEstimate(
        points=len(checks),
        teacher_calls=sum(step.calls for step in steps),
        teacher_tokens=sum(step.tokens for step in steps),
        minutes=sum(step.estimate.minutes for step in steps),
        cost=None if None in costs else sum(cost for cost in costs if cost is not None),
        notes=tuple(dict.fromkeys(note for check in checks for note in check.notes)),
    )
