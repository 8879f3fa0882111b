"""XML of any size as stretches of its own bytes, some of them with the element that they are.

The parser is Expat, since it tells the place of each tag in the file's bytes (lxml tells lines), which is what it takes
to change one text and leave all else. It loads nothing from outside; entities are not expanded, but stay references.
"""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.parsers import expat

from tutelage.core.errors import CorpusError
from tutelage.corpora.bad_lines import shown
from tutelage.corpora.files import opened_for_reading
from tutelage.corpora.formats.xml.elements import COMMENT, ENTITY, INSTRUCTION, Element, Stretch
from tutelage.storage.limits import MAX_LINE_BYTES

CHUNK_BYTES = 256 * 1024
"""Given to Expat at once."""
MAX_ELEMENT_BYTES = 16_000_000
"""Of an element that is held whole: a unit with all its languages has some thousands."""
MAX_DEPTH = 100
"""Of elements within one another; localisation files have about ten."""
MAX_ENTITY_CHARACTERS = 1_000
"""An entity of a program's texts is its name or an address."""


def read_stretches(path: Path | str, *, whole: frozenset[str], tags: frozenset[str]) -> Iterator[Stretch]:
    """The whole file in stretches: elements named in `whole`, start and end tags of those in `tags`, and the rest.

    Names are without prefixes. CorpusError if the file is not sound XML or declares entities that are not plain text.
    """
    reader = _Reader(path, whole, tags)
    with opened_for_reading(path) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield from reader.feed(chunk)
        yield from reader.finish()


@dataclass(slots=True)
class _Piece:
    """A stretch that waits for its end to be known."""

    element: Element
    part: str
    parents: tuple[Element, ...]
    comments: tuple[str, ...]


class _Reader:
    """Expat's callbacks. Where a tag ends is known at the event behind it."""

    def __init__(self, path: Path | str, whole: frozenset[str], tags: frozenset[str]) -> None:
        self._path, self._whole, self._tags = path, whole, tags
        self._buffer, self._base, self._bytes = bytearray(), 0, 0
        self._entities: dict[str, str] = {}
        self._encoding, self._line_end, self._empty_end = "utf-8", "\n", b"/>"
        self._done: deque[tuple[_Piece, int, int]] = deque()
        self._open: list[Element] = []
        self._held: _Piece | None = None
        """The element that is being held whole."""
        self._tag: Element | None = None
        self._closed: Element | None = None
        self._waiting: _Piece | None = None
        """A tag or a whole element whose end the next event tells."""
        self._comments: list[str] = []
        self._parser = self._make_parser()

    def _make_parser(self) -> Any:
        parser: Any = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler, parser.CommentHandler = self._characters, self._comment
        parser.ProcessingInstructionHandler, parser.DefaultHandler = self._instruction, self._default
        parser.StartCdataSectionHandler, parser.EndCdataSectionHandler = self._cdata, self._settle
        parser.XmlDeclHandler, parser.EntityDeclHandler = self._declaration, self._entity
        return parser

    def feed(self, chunk: bytes) -> Iterator[Stretch]:
        """Parse more of the file, and give what is complete."""
        if not self._bytes:
            self._look_at_start(chunk)
        self._buffer += chunk
        self._bytes += len(chunk)
        self._parse(chunk, False)
        place = self._parser.CurrentByteIndex
        if self._bytes - place > MAX_LINE_BYTES:
            raise self._refusal(f"a tag or comment of more than {MAX_LINE_BYTES:,} bytes")
        yield from self._complete(place)
        if len(self._buffer) > MAX_ELEMENT_BYTES + CHUNK_BYTES:
            raise self._refusal(f"one element has more than {MAX_ELEMENT_BYTES:,} bytes", fix="Split it.")

    def finish(self) -> Iterator[Stretch]:
        """The rest, when all is read."""
        if not self._bytes:
            raise CorpusError("the file is empty.", where=str(self._path), fix="Give a file that holds text.")
        self._parse(b"", True)
        self._settle_at(self._bytes)
        yield from self._complete(self._bytes)
        if self._buffer:
            yield self._rest(self._bytes)

    def _look_at_start(self, chunk: bytes) -> None:
        for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
            if chunk.startswith(mark):
                self._encoding = encoding
        self._empty_end = "/>".encode(self._encoding)
        if "\r\n".encode(self._encoding) in chunk:
            self._line_end = "\r\n"

    def _parse(self, chunk: bytes, is_last: bool) -> None:
        try:
            self._parser.Parse(chunk, is_last)
        except expat.ExpatError as error:
            raise self._bad_bytes() or self._refusal(f"not well-formed XML ({expat.ErrorString(error.code)})") from None
        except (LookupError, ValueError) as error:  # an encoding that Python does not know, or Expat cannot read
            raise self._refusal(f"XML in an encoding that cannot be read ({error})") from None

    def _bad_bytes(self) -> CorpusError | None:
        """The error of bytes that are not in the encoding that the file says, if that is what Expat stopped at."""
        place = self._parser.ErrorByteIndex - self._base
        if self._encoding != "utf-8" or not 0 <= place < len(self._buffer):
            return None
        try:
            self._buffer[place : place + 4].decode()
        except UnicodeDecodeError as fault:
            if fault.start == 0 and fault.reason != "unexpected end of data":
                what = f"a byte that is not UTF-8 (0x{self._buffer[place]:02x}), and the file says no other encoding"
                return self._refusal(what, fix="Convert it to UTF-8, or say its encoding in its first line.")
        return None

    def _refusal(self, what: str, *, fix: str = "Mend the file.") -> CorpusError:
        return CorpusError(f"{what}.", where=f"{self._path}:{self._parser.CurrentLineNumber}", fix=fix)

    def _complete(self, parsed: int) -> Iterator[Stretch]:
        """The stretches that are complete, and what lies before a tag or element that is not."""
        while self._done:
            piece, start, end = self._done.popleft()
            if start > self._base:
                yield self._rest(start)
            raw = self._take(end)
            if piece.part == "whole":
                _move(piece.element, -start)
            yield Stretch(
                raw,
                piece.element,
                piece.part,
                piece.parents,
                piece.comments,
                self._encoding,
                self._line_end,
                self._entities,
            )
        begun = [one for one in (self._held, self._waiting) if one is not None]
        until = min([parsed, *(_start_of(one) for one in begun)])
        if until > self._base:
            yield self._rest(until)

    def _rest(self, until: int) -> Stretch:
        return Stretch(self._take(until), encoding=self._encoding, line_end=self._line_end)

    def _take(self, until: int) -> bytes:
        raw = bytes(self._buffer[: until - self._base])
        del self._buffer[: until - self._base]
        self._base = until
        return raw

    def _settle(self) -> None:
        self._settle_at(self._parser.CurrentByteIndex)

    def _settle_at(self, place: int) -> None:
        """What ended just before this place."""
        if self._tag is not None:
            self._tag.inner, self._tag = place, None
        if self._closed is not None:
            self._closed.end, self._closed = place, None
        if self._waiting is not None:
            self._done.append((self._waiting, _start_of(self._waiting), place))
            self._waiting = None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        place = self._parser.CurrentByteIndex
        self._settle_at(place)
        if len(self._open) >= MAX_DEPTH:
            raise self._refusal(f"more than {MAX_DEPTH} elements within one another")
        element = Element(name, attributes, self._parser.CurrentLineNumber, place)
        if self._held is not None:
            self._open[-1].children.append(element)
        else:
            self._begin(element)
        self._open.append(element)
        self._tag = element

    def _begin(self, element: Element) -> None:
        """A start tag outside what is held whole."""
        local = element.local_name
        if local in self._whole or local in self._tags:
            part = "whole" if local in self._whole else "head"
            piece = _Piece(element, part, tuple(self._open), tuple(self._comments))
            if part == "whole":
                self._held = piece
            else:
                self._waiting = piece
        self._comments = []

    def _end(self, name: str) -> None:
        del name
        place = self._parser.CurrentByteIndex
        element = self._open.pop()
        if self._tag is element and self._is_behind_empty_tag(place):
            element.inner_end, self._closed = place, element
            self._let_go(element)
            self._settle_at(place)
            return
        self._settle_at(place)
        element.inner_end, self._closed = place, element
        self._let_go(element)
        if self._waiting is None and self._held is None and element.local_name in self._tags:
            self._waiting = _Piece(element, "foot", tuple(self._open), ())

    def _let_go(self, element: Element) -> None:
        """What was held whole is complete, but for the place of its end."""
        if self._held is not None and self._held.element is element:
            self._waiting, self._held = self._held, None

    def _is_behind_empty_tag(self, place: int) -> bool:
        behind = place - self._base
        return bytes(self._buffer[behind - len(self._empty_end) : behind]) == self._empty_end

    def _characters(self, text: str) -> None:
        self._settle_at(self._parser.CurrentByteIndex)
        if self._held is not None:
            children = self._open[-1].children
            if children and isinstance(children[-1], str):
                children[-1] += text
            else:
                children.append(text)

    def _cdata(self) -> None:
        self._settle()
        if self._held is not None:
            self._open[-1].has_cdata = True

    def _comment(self, text: str) -> None:
        self._aside(COMMENT, text)
        if self._held is None:
            self._comments.append(text.strip())

    def _instruction(self, name: str, text: str) -> None:
        self._aside(INSTRUCTION, f"{name} {text}")

    def _default(self, text: str) -> None:
        if text.startswith("&") and text.endswith(";") and self._open:
            self._aside(ENTITY, text)
        else:
            self._settle()

    def _aside(self, name: str, text: str) -> None:
        place = self._parser.CurrentByteIndex
        self._settle_at(place)
        if self._held is not None:
            one = Element(name, {"": text}, self._parser.CurrentLineNumber, place, place, place)
            self._open[-1].children.append(one)
            self._closed = one

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        del version, standalone
        self._settle()
        if encoding and not self._encoding.startswith("utf-16"):
            try:
                self._encoding = codecs.lookup(encoding).name
            except LookupError:
                raise self._refusal(f"XML in an encoding that is not known ('{shown(encoding)}')") from None

    def _entity(self, name: str, is_parameter: int, value: str | None, *_place: Any) -> None:
        """Names for plain text are let through, since they are never expanded; all others are refused."""
        if is_parameter or value is None or re.search("[&%<]", value) or len(value) > MAX_ENTITY_CHARACTERS:
            raise self._refusal(
                f"the file declares an XML entity ('{shown(name)}') that is not plain text, which is not safe",
                fix="Write the text out in place of the entity.",
            )
        self._entities[name] = value


def _start_of(piece: _Piece) -> int:
    return piece.element.inner_end if piece.part == "foot" else piece.element.start


def _move(element: Element, by: int) -> None:
    element.start += by
    element.inner += by
    element.inner_end += by
    element.end += by
    for child in element.children:
        if isinstance(child, Element):
            _move(child, by)
