"""Elements of XML with their places in the file's bytes, and markup as it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

COMMENT, INSTRUCTION, ENTITY = "#comment", "#instruction", "#entity"
"""Names of what is no element, but stands among text and elements."""


@dataclass(slots=True)
class Element:
    """An element and the bytes that it is made of, counted from the start of its stretch."""

    name: str
    attributes: dict[str, str]
    line: int
    start: int
    inner: int = 0
    """Where its start tag ends."""
    inner_end: int = 0
    """Where its end tag starts; an empty tag (`<x/>`) has `inner`, `inner_end` and `end` in one place."""
    end: int = 0
    children: list[Element | str] = field(default_factory=list)
    has_cdata: bool = False

    @property
    def local_name(self) -> str:
        """Its name without a prefix."""
        return self.name.rpartition(":")[2]

    @property
    def is_empty_tag(self) -> bool:
        """Whether it is written as `<x/>`."""
        return self.inner == self.end

    @property
    def text(self) -> str:
        """All the text in it."""
        return "".join(one if isinstance(one, str) else one.text for one in self.children)

    def all(self, name: str) -> list[Element]:
        """Its children of a name, in their order."""
        return [one for one in self.children if isinstance(one, Element) and one.local_name == name]

    def first(self, name: str) -> Element | None:
        """Its first child of a name."""
        return next(iter(self.all(name)), None)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes of the file, with the element that they are: whole, or only its start or end tag."""

    raw: bytes
    element: Element | None = None
    part: str = "rest"
    """`whole`, `head` for a start tag, `foot` for an end tag; `rest` has no element."""
    parents: tuple[Element, ...] = ()
    """The elements around it, from the root on."""
    comments: tuple[str, ...] = ()
    """Comments between the element before and this one."""
    encoding: str = "utf-8"
    line_end: str = "\n"
    entities: Mapping[str, str] = field(default_factory=dict)
    """What the file declares, by name; no reference is expanded."""

    def encode(self, text: str) -> bytes:
        """Markup in the file's encoding and with its line ends; what the encoding lacks becomes references."""
        return text.replace("\n", self.line_end).encode(self.encoding, "xmlcharrefreplace")

    def decode(self, start: int, end: int) -> str:
        """The markup of some of its bytes."""
        return self.raw[start:end].decode(self.encoding).replace("\r\n", "\n")


_FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def escaped(text: str) -> str:
    """The text as XML writes it; control characters, which it cannot write at all, are left out."""
    text = _FORBIDDEN.sub("", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def with_attributes(tag: str, **values: str | None) -> str:
    """A start tag with attributes set, or taken away by `None`; a name's `_` stands for `:`, so `xml_lang`."""
    for key, value in values.items():
        name = key.replace("_", ":")
        found = re.search(rf"""\s+{re.escape(name)}\s*=\s*("[^"]*"|'[^']*')""", tag)
        shown_value = None if value is None else f' {name}="{escaped(value).replace(chr(34), "&quot;")}"'
        if found:
            tag = tag[: found.start()] + (shown_value or "") + tag[found.end() :]
        elif shown_value:
            end = re.search(r"\s*/?>$", tag)
            place = end.start() if end else len(tag)
            tag = tag[:place] + shown_value + tag[place:]
    return tag
