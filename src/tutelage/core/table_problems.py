"""What is wrong with one table of a recipe, in plain words and with suggestions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
        faults: dict[str, list[Any]] = {}
        for fault in error.errors():
            faults.setdefault(prefix + ".".join(_keys(fault, table)), []).append(fault)
        return [f"{place}: {_describe(found, model, extra_names)}" for place, found in faults.items()]
    return []


def sound_values(model: type[BaseModel], table: dict[str, Any]) -> dict[str, Any]:
    """The table without those of its values, tables among them, that have a fault."""
    try:
        model.model_validate(table)
    except ValidationError as error:
        faulty = {fault["loc"][0] for fault in error.errors() if fault["loc"]}
        return {key: value for key, value in table.items() if key not in faulty}
    return table


def _keys(fault: Any, table: dict[str, Any]) -> Iterator[str]:
    """Where the fault is in the table, without the kinds of value that pydantic tried one after the other."""
    value: Any = table
    for part in fault["loc"]:
        stands_there = part in value if isinstance(value, dict) else isinstance(value, list) and isinstance(part, int)
        if stands_there:
            value = value[part]
        elif fault["type"] != "missing":
            continue
        yield str(part)


def _describe(faults: Sequence[Any], model: type[BaseModel], extra_names: Iterable[str]) -> str:
    """What is wrong at one place: of a value of several kinds, what each kind would have it be."""
    fault = faults[0]
    if fault["type"] == "extra_forbidden":
        known = [*_names_at(model, fault["loc"][:-1]), *extra_names]
        return f"unknown key. {did_you_mean(str(fault['loc'][-1]), known)}"
    if fault["type"] == "missing":
        return "missing."
    told = dict.fromkeys(str(one["msg"]).removeprefix("Value error, ").rstrip(".") for one in faults)
    message = ", or ".join(f"{one[:1].lower()}{one[1:]}" for one in told)
    given = "" if isinstance(fault["input"], dict) else f" (given: {shortened(repr(fault['input']))})"
    for theirs, plain in ((", or input should be", ", or"), ("valid tuple", "valid list")):
        message = message.replace(theirs, plain)
    return f"{message}{given}."


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
