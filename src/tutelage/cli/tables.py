"""Rows of text as columns under one another."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Sequence


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


def _padded(text: str, columns: int, to_the_right: bool) -> str:
    space = " " * (columns - width(text))
    return space + text if to_the_right else text + space
