"""What is wrong with one table of a recipe, in plain words and with suggestions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from tutelage.core.errors import did_you_mean

LONGEST_SHOWN = 80
"""Characters of a wrong value that a message repeats."""


def table_problems(
    model: type[BaseModel], table: dict[str, Any], *, prefix: str, extra_names: Iterable[str] = ()
) -> list[str]:
    """What is wrong with a table, a line for each place; `extra_names` are valid keys that are read elsewhere."""
    try:
        model.model_validate(table)
    except ValidationError as error:
        found: dict[str, str] = {}
        for fault in error.errors():
            place = _place(fault, prefix)
            found.setdefault(place, f"{place}: {_describe(fault, model, extra_names)}")
        return list(found.values())
    return []


def sound_values(model: type[BaseModel], table: dict[str, Any]) -> dict[str, Any]:
    """The table without those of its values, tables among them, that have a fault."""
    try:
        model.model_validate(table)
    except ValidationError as error:
        faulty = {fault["loc"][0] for fault in error.errors() if fault["loc"]}
        return {key: value for key, value in table.items() if key not in faulty}
    return table


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
