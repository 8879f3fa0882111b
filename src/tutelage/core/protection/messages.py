"""Messages with branches, which are text while all else is structure.

ICU's `{count, plural, one {# file} other {# files}}`, and `{0, choice, 0#no file|1#one file}` of Java.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEAD = re.compile(r"\{\s*[\w.]{1,64}\s*,\s*(?:plural|selectordinal|select)\s*,(?:\s*offset:\d{1,9})?")
_CHOICE = re.compile(r"\{\s*\w{1,64}\s*,\s*choice\s*,")
_LIMIT = re.compile(r"\s*-?(?:\d{1,9}(?:\.\d{1,9})?|∞)\s*[#<≤]")
_KEY = re.compile(r"\s*(?:=\d{1,9}|[\w-]{1,64})\s*\{")
_END = re.compile(r"\s*\}")
DEEPEST = 8
"""Messages within messages that are looked into; one that has more in it stays as it is."""
MOST_BROKEN = 32
"""Messages that are not closed, each of which is read to the text's end, before no more is looked for."""


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
    end = broken = 0
    while head := _either(_HEAD.search(text, end), _CHOICE.search(text, end)):
        block = _read_choice(text, head) if head.re is _CHOICE else _read(text, head)
        end = head.end() if block is None else block.end
        blocks += [] if block is None else [_shut_if_deep(text, block)]
        broken += block is None
        if broken == MOST_BROKEN:
            break
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


def _shut_if_deep(text: str, block: Block) -> Block:
    """Without branches if messages are nested in it beyond `DEEPEST`, each of which has two braces around its text."""
    depth = 0
    for brace in re.findall(r"[{}]", text[block.start : block.end]):
        depth += 1 if brace == "{" else -1
        if depth > 2 * DEEPEST:
            return Block(block.start, block.end, (text[block.start : block.end],), ())
    return block


def _either(*heads: re.Match[str] | None) -> re.Match[str] | None:
    """The one that comes first."""
    return min((head for head in heads if head is not None), key=lambda head: head.start(), default=None)


def _read_choice(text: str, head: re.Match[str]) -> Block | None:
    """The choice with this head; `None` if it is not whole."""
    close = _closing(text, head.end())
    structure, branches = list[str](), list[str]()
    begun, place = head.start(), head.end()
    while close is not None and (limit := _LIMIT.match(text, place, close)):
        end = _closing(text, limit.end(), until="|}")
        if end is None or end > close:
            return None
        structure.append(text[begun : limit.end()])
        branches.append(text[limit.end() : end])
        begun, place = end, end + 1
    if close is None or begun != close:
        return None
    return Block(head.start(), close + 1, (*structure, text[close : close + 1]), tuple(branches))


def _closing(text: str, start: int, *, until: str = "}") -> int | None:
    """Where the brace is closed before which `start` stands; text in ICU's quotes (`'{'`) has no braces."""
    depth, place = 0, start
    while place < len(text):
        character = text[place]
        if character == "'" and text[place + 1 : place + 2] in ("{", "}"):
            place = text.find("'", place + 1)
            if place < 0:
                return None
        elif depth == 0 and character in until:
            return place
        elif character in "{}":
            depth += 1 if character == "{" else -1
        place += 1
    return None
