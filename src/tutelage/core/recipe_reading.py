"""From TOML to a recipe: overrides, validation, and every problem told at once in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tutelage.core.errors import RecipeError, UsageError, did_you_mean
from tutelage.core.recipe import Recipe, RecipeHead, StepSettings, TextsSettings
from tutelage.core.table_problems import shortened, sound_values, table_problems
from tutelage.core.teacher_reading import TeacherTables, read_teachers
from tutelage.core.teacher_settings import OWN_TEACHER_TYPES, TeacherTypes
from tutelage.core.toml import parse_toml


class MalformedRecipeError(RecipeError):
    """A recipe of which not all can be read; `sound` is the rest of it, which may have problems of its own."""

    def __init__(self, problems: Sequence[str], *, sound: Recipe | None, where: str) -> None:
        super().__init__(problems, where=where)
        self.sound = sound


StepTypes = Mapping[str, type[StepSettings]]
"""The settings of each method, by its name."""


def parse_recipe(
    text: str,
    *,
    step_types: StepTypes,
    teacher_types: TeacherTypes = OWN_TEACHER_TYPES,
    overrides: Sequence[str] = (),
    where: str = "recipe",
) -> Recipe:
    """A recipe from TOML text and `key.path=value` overrides; MalformedRecipeError with all its problems."""
    try:
        table = parse_toml(text)
    except ValueError as error:
        raise RecipeError([f"not valid TOML: {error}"], where=where) from error
    for override in overrides:
        _apply(table, override)
    return validate_recipe(table, step_types=step_types, teacher_types=teacher_types, where=where)


def validate_recipe(
    table: dict[str, Any],
    *,
    step_types: StepTypes,
    teacher_types: TeacherTypes = OWN_TEACHER_TYPES,
    where: str = "recipe",
) -> Recipe:
    """A recipe from plain tables; MalformedRecipeError with all its problems."""
    head = {key: value for key, value in table.items() if key != "step"}
    teachers = read_teachers(head.pop("teachers", {}), teacher_types)
    problems = table_problems(RecipeHead, head, prefix="", extra_names=("step", "teachers")) + teachers.problems
    steps = table.get("step") or []
    if not isinstance(steps, list) or not steps:
        problems.append("step: a recipe needs at least one [[step]] table.")
        steps = []
    wrong = [
        problem
        for number, step in enumerate(steps)
        for problem in _step_problems(step, step_types, prefix=f"step.{number}.")
    ]
    built = () if wrong else tuple(step_types[step["method"]].model_validate(step) for step in steps)
    if problems or wrong:
        sound = _sound_part(head, teachers, built)
        raise MalformedRecipeError([*problems, *wrong], sound=sound, where=where)
    return _joined(head, teachers, built).placed(where)


def _joined(head: dict[str, Any], teachers: TeacherTables, steps: tuple[StepSettings, ...]) -> Recipe:
    whole = dict(RecipeHead.model_validate(head)) | {"teachers": teachers.read}
    return Recipe.model_construct(**whole, step=steps)


def _sound_part(head: dict[str, Any], teachers: TeacherTables, steps: tuple[StepSettings, ...]) -> Recipe | None:
    """What can be read, without steps if a teacher they may name cannot; `None` if there is no student or direction."""
    sound = sound_values(RecipeHead, head)
    if isinstance(text := head.get("text"), dict):
        sound = sound | {"text": sound_values(TextsSettings, text)}
    if table_problems(RecipeHead, sound, prefix=""):
        return None
    return _joined(sound, teachers, () if teachers.problems else steps)


def _step_problems(step: Any, step_types: StepTypes, *, prefix: str) -> list[str]:
    method = step.get("method") if isinstance(step, dict) else None
    if method is None:
        return [f"{prefix}method: missing. Known: {', '.join(sorted(step_types))}."]
    if not isinstance(method, str) or method not in step_types:
        named = shortened(str(method))
        return [f"{prefix}method: there is no method '{named}'. {did_you_mean(named, step_types)}"]
    return table_problems(step_types[method], step, prefix=prefix)


def _apply(table: dict[str, Any], override: str) -> None:
    """Set `step.0.train.learning_rate=1e-4` in the tables; a value that is not TOML is taken as text."""
    path, equals, raw = override.partition("=")
    parts = path.strip().split(".")
    if not equals or not all(parts):
        raise UsageError(f"'{override}' is not of the form key.path=value.", where="--set")
    place: Any = table
    for number, part in enumerate(parts[:-1]):
        inner = place[_index(part, place, override)] if isinstance(place, list) else place.setdefault(part, {})
        if not isinstance(inner, dict | list):
            reached = ".".join(parts[: number + 1])
            raise UsageError(f"'{override}': there is no table at '{reached}'.", where="--set")
        place = inner
    place[_index(parts[-1], place, override) if isinstance(place, list) else parts[-1]] = _value(raw)


def _index(part: str, items: list[Any], override: str) -> int:
    if part.isdecimal() and int(part) < len(items):
        return int(part)
    raise UsageError(f"'{override}': '{part}' is not one of 0 to {len(items) - 1}.", where="--set")


def _value(raw: str) -> Any:
    try:
        return parse_toml(f"value = {raw}")["value"]
    except ValueError:
        return raw.strip()
