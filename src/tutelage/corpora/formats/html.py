"""HTML: the text of its blocks, with inline elements as they stand, and attributes that people read."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from tutelage.core.protection.patterns import ATTRIBUTES
from tutelage.corpora.formats.keyed import Entry, KeyedFormat, KeyedText, aligned_by_place

INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img",
    "ins", "kbd", "label", "mark", "nobr", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time",
    "tt", "u", "var", "wbr",
})  # fmt: skip
"""Elements that stand within a sentence; all others part texts, `br` too."""
SILENT = frozenset({"script", "style", "pre", "textarea", "svg", "math", "template", "noscript", "iframe", "object"})
"""Elements whose content is no text to translate."""
READ = frozenset({"alt", "title", "placeholder", "aria-label", "aria-description"})
"""Attributes that people read."""
_ATTRIBUTE = re.compile(r"""\s(?P<name>[\w:-]+)\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')""")
_KEPT = re.compile(r"&(?:amp|lt|gt|nbsp|#160|#xa0|quot|shy|#38|#60|#62);", re.IGNORECASE)
"""Entities that must stay such, or that nobody sees as characters."""
_ENTITY = re.compile(r"&#?\w{1,64};")
_TAG = re.compile(f"<{ATTRIBUTES}>")
_LETTER = re.compile(r"[^\W\d_]")


class Html(KeyedFormat):
    """Texts by their places; a text is a block's inner HTML, so that its tags are kept as placeholders are."""

    what = "HTML"

    def entries(self, text: str, path: Path | str) -> Iterator[Entry]:
        """Every block's text and every attribute that is read, in their order."""
        del path
        places = _Places(text)
        places.feed(_closed(text))
        places.close()
        places.end_text(len(text))
        for number, (start, end) in enumerate(places.found, start=1):
            yield Entry(str(number), _as_read(text[start:end]), start, end, start, end)

    def aligned(self, target: KeyedText, source: KeyedText, path: Path | str) -> KeyedText:
        """By place, in documents of one structure."""
        return aligned_by_place(target, source, path)

    def literal(self, text: str, entry: Entry, file: KeyedText) -> str:
        """With a bare ampersand escaped, and in an attribute the quote mark around it."""
        text = re.sub(r"&(?!#?\w+;)", "&amp;", text)
        quote = file.text[entry.start - 1]
        if file.text[entry.end : entry.end + 1] == quote and re.search(
            r"=\s*$", file.text[max(entry.start - 20, 0) : entry.start - 1]
        ):
            return text.replace(quote, "&quot;" if quote == '"' else "&#39;")
        return text


@dataclass
class _Places(HTMLParser):
    """Where texts stand."""

    text: str
    texts: list[tuple[int, int]] = field(default_factory=list)
    attributes: list[tuple[int, int]] = field(default_factory=list)

    @property
    def found(self) -> list[tuple[int, int]]:
        """Texts and attributes in their order; an attribute amid a text is a part of it, as its tag is."""
        starts = [start for start, _ in self.texts]
        outside = []
        for start, end in self.attributes:
            before = bisect_right(starts, start) - 1
            if before < 0 or self.texts[before][1] <= start:
                outside.append((start, end))
        return sorted((*self.texts, *outside))

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self._lines = [0, *(match.end() for match in re.finditer("\n", self.text))]
        self._begun = 0
        self._silent: list[str] = []

    def _place(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Attributes are texts; a block ends the text before it."""
        start = self._place()
        raw = self.get_starttag_text() or ""
        kept = dict(attrs).get("translate") == "no" or "notranslate" in (dict(attrs).get("class") or "").split()
        if not self._silent:
            if not kept:
                self._attributes(raw, start)
            if tag not in INLINE or kept:
                self.end_text(start)
                self._begun = start + len(raw)
        if self._silent or ((tag in SILENT or kept) and tag not in _VOID):
            self._silent += [tag] if tag not in _VOID else []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """As a tag without content."""
        start, raw = self._place(), self.get_starttag_text() or ""
        del attrs
        if not self._silent:
            self._attributes(raw, start)
            if tag not in INLINE:
                self.end_text(start)
                self._begun = start + len(raw)

    def handle_endtag(self, tag: str) -> None:
        """A block ends its text."""
        start = self._place()
        behind = self.text.find(">", start) + 1 or len(self.text)
        if self._silent:
            if tag in self._silent:
                del self._silent[len(self._silent) - 1 - self._silent[::-1].index(tag) :]
            self._begun = behind
        elif tag not in INLINE:
            self.end_text(start)
            self._begun = behind

    def handle_comment(self, data: str) -> None:
        """A comment parts texts."""
        self._part(data)

    def handle_decl(self, decl: str) -> None:
        """So does what the document is."""
        self._part(decl)

    def handle_pi(self, data: str) -> None:
        """So does an instruction such as PHP's."""
        self._part(data)

    def unknown_decl(self, data: str) -> None:
        """So does a marked section."""
        self._part(data)

    def _part(self, data: str) -> None:
        start = self._place()
        if not self._silent:
            self.end_text(start)
        self._begun = self.text.find(">", start + len(data)) + 1 or len(self.text)

    def end_text(self, end: int) -> None:
        """What stands since the last block, without white space and whole tags around it, if it has a letter."""
        start, raw = self._begun, self.text[self._begun : end]
        if not self._silent and _LETTER.search(_ENTITY.sub("", _without_tags(raw))):
            start += len(raw) - len(raw.lstrip())
            self.texts.append((start, self._begun + len(raw.rstrip())))
        self._begun = end

    def _attributes(self, raw: str, start: int) -> None:
        for match in _ATTRIBUTE.finditer(raw):
            side = "double" if match["double"] is not None else "single"
            if match["name"].lower() in READ and _LETTER.search(match[side]):
                self.attributes.append((start + match.start(side), start + match.end(side)))


_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)


def _closed(text: str) -> str:
    """The text, at its places, without the starts of what is never closed: HTMLParser looks for each one's end anew."""
    for opening, closing in (("<!--", "-->"), ("<![", "]>")):
        last = text.rfind(closing) + 1
        text = text[:last] + text[last:].replace(opening, " " * len(opening))
    return text[: text.rfind(">") + 1]


def _as_read(raw: str) -> str:
    """On one line, with the characters that entities stand for; those that HTML needs stay entities."""
    pieces, end = list[str](), 0
    for start, behind in (*_tags(raw), (len(raw), len(raw))):
        pieces += [_ENTITY.sub(_as_character, raw[end:start]), raw[start:behind]]
        end = behind
    return re.sub(r"\s*\n\s*", " ", "".join(pieces))


def _as_character(entity: re.Match[str]) -> str:
    return entity.group() if _KEPT.fullmatch(entity.group()) else html.unescape(entity.group())


def _tags(raw: str) -> Iterator[tuple[int, int]]:
    """Where each tag begins and ends; many `<` without an end take no time."""
    start = raw.find("<")
    while start >= 0 and (end := raw.find(">", start)) >= 0:
        quoted = _TAG.match(raw, start)  # a > in quotes ends no tag
        end = quoted.end() if quoted else end + 1
        yield start, end
        start = raw.find("<", end)


def _without_tags(raw: str) -> str:
    pieces, end = list[str](), 0
    for start, behind in _tags(raw):
        pieces.append(raw[end:start])
        end = behind
    return "".join(pieces) + raw[end:]
