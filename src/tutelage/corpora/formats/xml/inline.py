"""Inline elements of XML text as tags that students protect, and back into the elements that they were.

An element around text becomes `<g1>…</g1>`, one that is code in itself `<x2/>`. The same element has the same number in
source and target, by its id; so they are compared, masked and put back as any other tag.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tutelage.corpora.formats.xml.elements import Element, Stretch, escaped

Role = Literal["around", "code", "opens", "closes"]
"""Of an inline element: it is around text, is code, or is one of two codes that belong together."""

_OWN = re.compile(r"</?([a-z]+)\d+/?>")


@dataclass(frozen=True, slots=True)
class InlineRules:
    """How a format writes inline elements."""

    roles: Mapping[str, Role]
    """By local name; what is not named here is code."""
    ids: tuple[str, ...] = ("id",)
    """Attributes that tell an element from others of its name, the first that is there; what closes has that of what
    it closes."""
    across: str = ""
    """The attribute that says which elements of two languages are the same, if `ids` do only within one."""
    is_code: Callable[[Element], bool] = lambda _: False
    """Whether an element around text is code all the same, for it must not be translated."""


@dataclass(slots=True)
class Numbers:
    """The numbers of the inline elements of one unit, the same on all its sides."""

    letters: str = ""
    """Put before the letter of tags, if the text itself has what looks like one."""
    known: dict[str, int] = field(default_factory=dict)

    def number(self, key: str) -> int:
        """The number of the element with this key."""
        return self.known.setdefault(key, len(self.known) + 1)


@dataclass(frozen=True, slots=True)
class Inline:
    """A text with tags, and the markup that each of them stands for, as often as it is there."""

    text: str
    markup: tuple[tuple[str, str], ...] = ()
    codes: tuple[Element | None, ...] = ()
    """The element of each piece of markup that is code in itself."""


def read_inline(element: Element, stretch: Stretch, rules: InlineRules, numbers: Numbers) -> Inline:
    """The text of an element with tags for what is inline in it."""
    if all(isinstance(one, str) for one in element.children):
        return Inline("".join(one for one in element.children if isinstance(one, str)))
    while not numbers.known and any(one.startswith(numbers.letters) for one in _tag_letters(element.text)):
        numbers.letters += "t"
    reader = _Reader(stretch, rules, numbers)
    text = "".join(reader.pieces(element))
    return Inline(text, tuple(reader.markup), tuple(reader.codes))


def write_inline(text: str, inline: Inline, escape: Callable[[str], str] = escaped) -> str:
    """Markup for a translation: its tags as their elements, all else escaped.

    Tags that the source has not, or not so often, are text. Elements around text whose tags are not well nested lose
    them, for the file must stay sound; that such a translation lacks something is for others to tell.
    """
    if not inline.markup:
        return escape(text)
    finder = re.compile("|".join(sorted({re.escape(tag) for tag, _ in inline.markup}, key=len, reverse=True)))
    left = Counter(tag for tag, _ in inline.markup)
    known = dict(inline.markup)
    pieces: list[str] = []
    tags: dict[int, str] = {}
    end = 0
    for match in finder.finditer(text):
        pieces.append(escape(text[end : match.start()]))
        end = match.end()
        if left[match.group()] > 0:
            left[match.group()] -= 1
            tags[len(pieces)] = match.group()
            pieces.append(known[match.group()])
        else:
            pieces.append(escape(match.group()))
    for place in _badly_nested(tags, known):
        pieces[place] = ""
    return "".join(pieces) + escape(text[end:])


def _badly_nested(tags: Mapping[int, str], markup: Mapping[str, str]) -> Iterator[int]:
    """The places of tags around text that do not pair; those of separate codes need not."""
    opened: list[tuple[int, str]] = []
    for place, tag in tags.items():
        if not _is_half(markup[tag]):
            continue
        if not tag.startswith("</"):
            opened.append((place, tag))
        elif any(one == f"<{tag[2:]}" for _, one in opened):
            while (last := opened.pop())[1] != f"<{tag[2:]}":
                yield last[0]
        else:
            yield place
    yield from (place for place, _ in opened)


def _is_half(markup: str) -> bool:
    """Whether the markup is a start tag or an end tag alone."""
    return markup.startswith("</") or (markup.count("<") == 1 and not markup.endswith("/>") and markup.startswith("<"))


def _tag_letters(text: str) -> set[str]:
    return {match.group(1)[:-1] for match in _OWN.finditer(text) if match.group(1)[-1] in "gx"}


class _Reader:
    def __init__(self, stretch: Stretch, rules: InlineRules, numbers: Numbers) -> None:
        self.markup: list[tuple[str, str]] = []
        self.codes: list[Element | None] = []
        self._stretch, self._rules, self._numbers = stretch, rules, numbers
        self._seen = Counter[str]()
        self._opened: dict[str, str] = {}
        """The names of what is open, by the id that closes it."""

    def pieces(self, element: Element) -> Iterator[str]:
        """The text of what is in the element."""
        for child in element.children:
            yield child if isinstance(child, str) else "".join(self._piece(child))

    def _piece(self, child: Element) -> Iterator[str]:
        role = self._rules.roles.get(child.local_name, "code")
        if role == "around" and not child.is_empty_tag and not self._rules.is_code(child):
            name = self._name("g", child, child.local_name)
            yield self._tag(f"<{name}>", child.start, child.inner)
            yield from self.pieces(child)
            yield self._tag(f"</{name}>", child.inner_end, child.end)
        elif role == "opens":
            name = self._name("g", child, "pair")
            self._opened[self._given(child, self._rules.ids) or ""] = name
            yield self._code(f"<{name}>", child)
        elif role == "closes":
            opened = self._opened.get(self._given(child, self._rules.ids) or "")
            yield self._code(f"</{opened or self._name('g', child, 'pair', closes=True)}>", child)
        else:
            yield self._code(f"<{self._name('x', child, child.local_name)}/>", child)

    def _code(self, tag: str, child: Element) -> str:
        self.markup.append((tag, self._stretch.decode(child.start, child.end)))
        self.codes.append(child)
        return tag

    def _tag(self, tag: str, start: int, end: int) -> str:
        self.markup.append((tag, self._stretch.decode(start, end)))
        self.codes.append(None)
        return tag

    def _given(self, child: Element, names: tuple[str, ...]) -> str | None:
        return next((child.attributes[name] for name in names if name in child.attributes), None)

    def _name(self, letter: str, child: Element, kind: str, *, closes: bool = False) -> str:
        """Letter and number; without an id, elements of one name and content are told apart by their order."""
        given = self._given(child, (self._rules.across, *self._rules.ids))
        key = f"{kind} {given}"
        if given is None:
            likeness = f"{kind} {child.name} {sorted(child.attributes.items())} {child.text if letter == 'x' else ''}"
            self._seen[f"{likeness}{closes}"] += 1
            key = f"{likeness} {self._seen[f'{likeness}{closes}']}"
        return f"{self._numbers.letters}{letter}{self._numbers.number(key)}"
