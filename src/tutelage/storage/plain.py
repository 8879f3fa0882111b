"""Records as plain values (for JSON and Arrow) and back, driven by their type annotations alone."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable
from functools import cache
from typing import Any

Converter = Callable[[Any], Any]


def to_plain(kind: Any) -> Converter:
    """A function from a value of type `kind` to dicts, lists and scalars."""
    kind = _without_none(kind)
    if dataclasses.is_dataclass(kind):
        fields = [(name, to_plain(field_kind)) for name, field_kind in record_fields(typing.cast(type, kind))]
        return lambda record: (
            None if record is None else {name: convert(getattr(record, name)) for name, convert in fields}
        )
    if typing.get_origin(kind) is tuple:
        convert = to_plain(typing.get_args(kind)[0])
        return lambda values: None if values is None else [convert(value) for value in values]
    return lambda value: value


def from_plain(kind: Any) -> Converter:
    """The inverse of `to_plain`."""
    kind = _without_none(kind)
    if dataclasses.is_dataclass(kind):
        record_type = typing.cast(Callable[..., Any], kind)
        fields = [(name, from_plain(field_kind)) for name, field_kind in record_fields(typing.cast(type, kind))]
        # a column that an older version did not write takes the field's default
        return lambda row: (
            None
            if row is None
            else record_type(**{name: convert(row[name]) for name, convert in fields if name in row})
        )
    if typing.get_origin(kind) is tuple:
        convert = from_plain(typing.get_args(kind)[0])
        return lambda values: None if values is None else tuple(convert(value) for value in values)
    return lambda value: value


@cache
def record_fields(record_type: type) -> tuple[tuple[str, Any], ...]:
    """Names and resolved types of a record's fields, in order."""
    hints = typing.get_type_hints(record_type)
    return tuple((field.name, hints[field.name]) for field in dataclasses.fields(record_type))


def _without_none(kind: Any) -> Any:
    if isinstance(kind, types.UnionType):
        return next(member for member in typing.get_args(kind) if member is not type(None))
    return kind
