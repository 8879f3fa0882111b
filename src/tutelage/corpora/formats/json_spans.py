"""Where the values of a JSON text stand, so that single ones can be written anew and all else stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ATOM = re.compile(r"[^\s,\]}]+")


@dataclass(frozen=True, slots=True)
class JsonValue:
    """A value and its place; the members of an object and the items of a list, by name or number."""

    start: int
    end: int
    text: str | None = None
    """Of a string; of `null`, which stands for what is not translated yet, an empty one."""
    members: dict[str, JsonValue] = field(default_factory=dict)
    is_object: bool = False
    is_text: bool = False
    """Whether it is written as a string; `null` is none, though its text is empty."""

    def strings(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], JsonValue]]:
        """Every string below this value with the names that lead there."""
        if self.text is not None:
            yield path, self
        for name, value in self.members.items():
            yield from value.strings((*path, name))


def find_values(text: str) -> JsonValue:
    """The value that the text is; it must be JSON, of a depth that has been looked at."""
    return _value(text, _skip(text, 0))


def _value(text: str, place: int) -> JsonValue:
    if text[place] == '"':
        end = _STRING.match(text, place).end()  # type: ignore[union-attr]
        return JsonValue(place, end, text=json.loads(text[place:end], strict=False), is_text=True)
    if text[place] == "{":
        return _object(text, place)
    if text[place] == "[":
        return _list(text, place)
    end = _ATOM.match(text, place).end()  # type: ignore[union-attr]
    return JsonValue(place, end, text="" if text[place:end] == "null" else None)


def _object(text: str, start: int) -> JsonValue:
    members, place = dict[str, JsonValue](), _skip(text, start + 1)
    while text[place] != "}":
        end = _STRING.match(text, place).end()  # type: ignore[union-attr]
        value = _value(text, _skip(text, _skip(text, end) + 1))
        members[json.loads(text[place:end], strict=False)] = value
        place = _skip(text, value.end)
        place = _skip(text, place + 1) if text[place] == "," else place
    return JsonValue(start, place + 1, members=members, is_object=True)


def _list(text: str, start: int) -> JsonValue:
    members, place = dict[str, JsonValue](), _skip(text, start + 1)
    while text[place] != "]":
        value = _value(text, place)
        members[str(len(members))] = value
        place = _skip(text, value.end)
        place = _skip(text, place + 1) if text[place] == "," else place
    return JsonValue(start, place + 1, members=members)


def _skip(text: str, place: int) -> int:
    return _SPACE.match(text, place).end()  # type: ignore[union-attr]
