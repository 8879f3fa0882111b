"""Settings of a recipe that count for nothing, because of another one beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from tutelage.core.recipe import Recipe
from tutelage.core.settings import Heeded


def unheeded_notes(recipe: Recipe) -> list[str]:
    """A line for each setting that differs from its default, and counts only beside another value than is there."""
    return list(_notes(recipe, ""))


def _notes(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from _own_notes(value, place)
    for name, inner in _inside(value):
        yield from _notes(inner, f"{place}.{name}" if place else name)


def _own_notes(table: BaseModel, place: str) -> Iterator[str]:
    for name, field in type(table).model_fields.items():
        conditions = [one for one in field.metadata if isinstance(one, Heeded)]
        if getattr(table, name) != field.default:
            yield from (f"{place}.{name}: {_reason(one, table)}" for one in conditions if not one.by(table))


def _reason(condition: Heeded, table: BaseModel) -> str:
    needed = " or ".join(map(_shown, condition.of)) or "another"
    return f"not heeded, since {condition.name} is {_shown(getattr(table, condition.name))}; it counts with {needed}."


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _inside(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, BaseModel):
        yield from ((name, getattr(value, name)) for name in type(value).model_fields)
    elif isinstance(value, dict):
        yield from ((str(name), inner) for name, inner in value.items())
    elif isinstance(value, tuple | list):
        yield from ((str(number), inner) for number, inner in enumerate(value))
