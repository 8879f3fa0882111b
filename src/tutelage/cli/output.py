"""What a command prints: JSON, lines of text, rows as columns under one another."""

from __future__ import annotations

import dataclasses
import json
import sys
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, TextIO


def print_found(found: Any, lines: Iterable[str], *, as_json: bool, file: TextIO | None = None) -> None:
    """Print `found` as indented JSON, or else its lines; on standard output if no file is given."""
    for line in [as_plain_json(found)] if as_json else lines:
        print(line, file=file or sys.stdout)


def as_plain_json(value: Any) -> str:
    """Records, and lists of them, as indented JSON."""
    return json.dumps(value, default=_plain, indent=1, ensure_ascii=False)


def align(rows: Sequence[Sequence[str]], *, right: Collection[int] = ()) -> Iterator[str]:
    """A line for each row; the columns in `right` are set to the right, the others to the left."""
    shown = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = (_padded(cell, widths[place], place in right) for place, cell in enumerate(row))
        yield "  ".join(cells).rstrip()


def width(text: str) -> int:
    """Columns of a terminal that the text takes: East Asian wide characters take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def printable(text: str) -> str:
    """The text without characters that could move the cursor or change colours."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)


def _padded(text: str, columns: int, to_the_right: bool) -> str:
    space = " " * (columns - width(text))
    return space + text if to_the_right else text + space
