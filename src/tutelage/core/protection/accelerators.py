"""Keyboard accelerators, `&File` and `_File`: taken off before a model reads the text, and put on a letter after it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_STARTS = {
    "&": re.compile(r"(?<![&\w])&(?=[^\W\d_])(?![A-Za-z]\w*;)|(?<=[A-Za-z])&(?=[a-z])(?!\w*;)"),
    "_": re.compile(r"(?<!\w)_(?=[^\W\d_])"),
}
SIGNS = tuple(_STARTS)
_SIGN_OF = {"qt": "&", "kde": "&", "wx": "&", "gtk": "_"}
MENU_WORDS = 6
"""What is longer is no label of a menu or a button, unless its framework has accelerators."""


@dataclass(frozen=True, slots=True)
class Accelerator:
    """The sign of an accelerator and its key."""

    sign: str
    key: str


@dataclass(frozen=True, slots=True)
class Label:
    """A text without its accelerator."""

    text: str
    accelerator: Accelerator | None


def take_accelerator(
    text: str, frameworks: frozenset[str] = frozenset(), taken: Sequence[tuple[int, int]] = ()
) -> Label:
    """The text without its accelerator, if it has one and only one; `taken` are stretches that have none."""
    told = {_SIGN_OF[name] for name in frameworks if name in _SIGN_OF}
    free = _blanked(text, taken)
    for sign in sorted(told) or _STARTS:
        if (
            free.count(sign) == 1
            and (told or len(text.split()) <= MENU_WORDS)
            and (match := _STARTS[sign].search(text, free.index(sign)))
            and match.start() == free.index(sign)
        ):
            if sign == "_" and not told and not text[match.end()].isupper():
                continue  # _name is a name
            return Label(text[: match.start()] + text[match.end() :], Accelerator(sign, text[match.end()]))
    return Label(text, None)


def _blanked(text: str, taken: Sequence[tuple[int, int]]) -> str:
    for start, end in taken:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def put_accelerator(text: str, accelerator: Accelerator | None, taken: list[tuple[int, int]]) -> str:
    """The translation with the sign on its key, at the start of a word if there is one, else on the first letter.

    `taken` are stretches that cannot have it. A text without letters of an alphabet gets `(&F)` behind it, as Chinese
    and Japanese labels do.
    """
    if accelerator is None:
        return text
    free = [
        place
        for place, character in enumerate(text)
        if character.isalpha() and ord(character) < 0x2E80 and not any(start <= place < end for start, end in taken)
    ]
    if not free:
        return f"{text}({accelerator.sign}{accelerator.key.upper()})"
    key = accelerator.key.lower()
    same = [place for place in free if text[place].lower() == key]
    starts = [place for place in same if place == 0 or not text[place - 1].isalnum()]
    place = (starts or same or free)[0]
    return text[:place] + accelerator.sign + text[place:]
