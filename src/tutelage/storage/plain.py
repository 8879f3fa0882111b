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
    kind = without_none(kind)
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
    """The inverse of `to_plain`, for values that are known to be sound."""
    kind = without_none(kind)
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


def from_json(kind: Any) -> Converter:
    """The inverse of `to_plain` for what was read from a file: ValueError for a value of another shape."""
    convert = from_plain(kind)

    def read(value: Any) -> Any:
        _require(kind, value, at="")
        return convert(value)

    return read


@cache
def record_fields(record_type: type) -> tuple[tuple[str, Any], ...]:
    """Names and resolved types of a record's fields, in order."""
    hints = typing.get_type_hints(record_type)
    return tuple((field.name, hints[field.name]) for field in dataclasses.fields(record_type))


@cache
def required_fields(record_type: type) -> frozenset[str]:
    """Names of the fields that have no default."""
    missing = dataclasses.MISSING
    fields = dataclasses.fields(record_type)
    return frozenset(field.name for field in fields if field.default is missing and field.default_factory is missing)


def without_none(kind: Any) -> Any:
    """The type itself, of one that may also be `None`."""
    if isinstance(kind, types.UnionType):
        return next(member for member in typing.get_args(kind) if member is not type(None))
    return kind


def _require(kind: Any, value: Any, *, at: str) -> None:
    """ValueError unless the plain value is one of the type."""
    if value is None and kind is not without_none(kind):
        return
    kind = without_none(kind)
    if dataclasses.is_dataclass(kind):
        _require_record(typing.cast(type, kind), value, at=at)
    elif typing.get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise ValueError(f"{at or 'it'} is no list")
        for place, one in enumerate(value):
            _require(typing.get_args(kind)[0], one, at=f"{at}[{place}]")
    elif not _is_scalar(kind, value):
        raise ValueError(f"{at or 'it'} is not of the type {getattr(kind, '__name__', kind)}")


def _require_record(record_type: type, value: Any, *, at: str) -> None:
    if not isinstance(value, dict):
        raise ValueError(f"{at or 'it'} is no object")
    missing = sorted(required_fields(record_type) - value.keys())
    if missing:
        raise ValueError(f"{', '.join(missing)} is missing" + (f" in {at}" if at else ""))
    for name, kind in record_fields(record_type):
        if name in value:
            _require(kind, value[name], at=f"{at}.{name}" if at else name)


def _is_scalar(kind: Any, value: Any) -> bool:
    if typing.get_origin(kind) is typing.Literal:
        return value in typing.get_args(kind)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return not isinstance(kind, type) or isinstance(value, kind)
