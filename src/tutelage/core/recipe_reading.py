"""From TOML to a recipe: overrides, validation, and every problem told at once in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from tutelage.core.errors import RecipeError, UsageError, did_you_mean
from tutelage.core.recipe import Recipe, RecipeHead, StepSettings
from tutelage.core.toml import parse_toml

StepTypes = Mapping[str, type[StepSettings]]
"""The settings of each method, by its name."""
LONGEST_SHOWN = 80
"""Characters of a wrong value that a message repeats."""


def parse_recipe(text: str, *, step_types: StepTypes, overrides: Sequence[str] = (), where: str = "recipe") -> Recipe:
    """A recipe from TOML text and `key.path=value` overrides; RecipeError with all its problems."""
    try:
        table = parse_toml(text)
    except ValueError as error:
        raise RecipeError([f"not valid TOML: {error}"], where=where) from error
    for override in overrides:
        _apply(table, override)
    return validate_recipe(table, step_types=step_types, where=where)


def validate_recipe(table: dict[str, Any], *, step_types: StepTypes, where: str = "recipe") -> Recipe:
    """A recipe from plain tables; RecipeError with all its problems."""
    head = {key: value for key, value in table.items() if key != "step"}
    problems = _problems(RecipeHead, head, prefix="", extra_names=("step",))
    steps = table.get("step") or []
    if not isinstance(steps, list) or not steps:
        problems.append("step: a recipe needs at least one [[step]] table.")
        steps = []
    for number, step in enumerate(steps):
        problems += _step_problems(step, step_types, prefix=f"step.{number}.")
    if problems:
        raise RecipeError(problems, where=where)
    built = tuple(step_types[step["method"]].model_validate(step) for step in steps)
    return Recipe.model_construct(**dict(RecipeHead.model_validate(head)), step=built).placed(where)


def _step_problems(step: Any, step_types: StepTypes, *, prefix: str) -> list[str]:
    method = step.get("method") if isinstance(step, dict) else None
    if method is None:
        return [f"{prefix}method: missing. Known: {', '.join(sorted(step_types))}."]
    if not isinstance(method, str) or method not in step_types:
        named = shortened(str(method))
        return [f"{prefix}method: there is no method '{named}'. {did_you_mean(named, step_types)}"]
    return _problems(step_types[method], step, prefix=prefix)


def _problems(
    model: type[BaseModel], table: dict[str, Any], *, prefix: str, extra_names: Iterable[str] = ()
) -> list[str]:
    try:
        model.model_validate(table)
    except ValidationError as error:
        found: dict[str, str] = {}
        for fault in error.errors():
            place = _place(fault, prefix)
            found.setdefault(place, f"{place}: {_describe(fault, model, extra_names)}")
        return list(found.values())
    return []


def _place(fault: Any, prefix: str) -> str:
    """Where the fault is, without the kinds of value that pydantic tried one after the other."""
    parts = (str(part) for part in fault["loc"])
    return prefix + ".".join(part for part in parts if part != "str" and not part.startswith("tuple["))


def _describe(fault: Any, model: type[BaseModel], extra_names: Iterable[str]) -> str:
    if fault["type"] == "extra_forbidden":
        known = [*_names_at(model, fault["loc"][:-1]), *extra_names]
        return f"unknown key. {did_you_mean(str(fault['loc'][-1]), known)}"
    if fault["type"] == "missing":
        return "missing."
    message = str(fault["msg"]).removeprefix("Value error, ")
    given = "" if isinstance(fault["input"], dict) else f" (given: {shortened(repr(fault['input']))})"
    return f"{message[:1].lower()}{message[1:].rstrip('.')}{given}."


def shortened(text: str) -> str:
    """As much of a value as a message needs."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _names_at(model: type[BaseModel], location: Sequence[Any]) -> list[str]:
    """The keys that are valid at a place inside the model."""
    kind: Any = model
    for part in location:
        if isinstance(kind, type) and issubclass(kind, BaseModel) and part in kind.model_fields:
            kind = _table_type(kind.model_fields[part].annotation)
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _table_type(annotation: Any) -> Any:
    """The model inside an annotation such as `X | None` or `dict[str, X]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = [_table_type(member) for member in get_args(annotation)]
    return next((kind for kind in inner if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


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
