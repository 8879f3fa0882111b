"""ICU messages: `{count, plural, one {# file} other {# files}}`, whose branches are text and all else structure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEAD = re.compile(r"\{\s*[\w.]{1,64}\s*,\s*(?:plural|selectordinal|select)\s*,(?:\s*offset:\d{1,9})?")
_KEY = re.compile(r"\s*(?:=\d{1,9}|[\w-]{1,64})\s*\{")
_END = re.compile(r"\s*\}")
DEEPEST = 8
"""Messages within messages that are looked into."""


@dataclass(frozen=True, slots=True)
class Block:
    """One plural or select: offsets into the text, and its structure, between whose parts the branches stand."""

    start: int
    end: int
    structure: tuple[str, ...]
    branches: tuple[str, ...]

    def filled(self, branches: list[str]) -> str:
        """The block with other branches."""
        pieces = [text for pair in zip(self.structure, branches, strict=False) for text in pair]
        return "".join([*pieces, self.structure[-1]])


def find_blocks(text: str) -> tuple[Block, ...]:
    """The plurals and selects of the text, from left to right, not those within their branches."""
    blocks: list[Block] = []
    end = 0
    while head := _HEAD.search(text, end):
        block = _read(text, head)
        end = head.end() if block is None else block.end
        blocks += [] if block is None else [block]
    return tuple(blocks)


def _read(text: str, head: re.Match[str]) -> Block | None:
    """The block with this head; `None` if it is not whole."""
    structure, branches = list[str](), list[str]()
    begun, place = head.start(), head.end()
    while key := _KEY.match(text, place):
        close = _closing(text, key.end())
        if close is None:
            return None
        structure.append(text[begun : key.end()])
        branches.append(text[key.end() : close])
        begun, place = close, close + 1
    last = _END.match(text, place)
    if last is None or not branches:
        return None
    return Block(head.start(), last.end(), (*structure, text[begun : last.end()]), tuple(branches))


def _closing(text: str, start: int) -> int | None:
    """Where the brace is closed before which `start` stands; text in ICU's quotes (`'{'`) has no braces."""
    depth, place = 0, start
    while place < len(text):
        character = text[place]
        if character == "'" and text[place + 1 : place + 2] in ("{", "}"):
            place = text.find("'", place + 1)
            if place < 0:
                return None
        elif character == "{":
            depth += 1
        elif character == "}":
            if depth == 0:
                return place
            depth -= 1
        place += 1
    return None
