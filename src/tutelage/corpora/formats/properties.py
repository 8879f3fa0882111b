"""Java's `.properties`, in UTF-8 or Latin-1, with escapes and MessageFormat's doubled apostrophes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tutelage.corpora.files import decoded
from tutelage.corpora.formats.keyed import Entry, KeyedFormat, KeyedText, whole_of
from tutelage.storage.limits import MAX_DOCUMENT_BYTES

_LINE = re.compile(
    r"^[ \t\f]*(?:(?P<comment>[#!][^\n]*)|(?P<key>(?:\\.|[^\\\s=:#!])(?:\\.|[^\\\s=:])*)"
    r"[ \t\f]*(?:[=:][ \t\f]*)?(?P<value>(?:\\\r?\n[ \t\f]*|\\.|[^\\\r\n])*))",
    re.MULTILINE,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|\r?\n[ \t\f]*|(.))", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}
_ARGUMENT = re.compile(r"\{\d")
_QUOTED_BRACE = re.compile(r"(?<!')(?:'')*'\{")
"""An apostrophe that quotes: of two, one is written."""


class Properties(KeyedFormat):
    """Texts by keys, a line or more each."""

    what = "a properties file"

    def decode(self, content: bytes, path: Path | str) -> tuple[str, str]:
        """In UTF-8 if it is that, else in Latin-1, as Java read these files up to version 8."""
        del path
        try:
            return decoded(content, limit=MAX_DOCUMENT_BYTES), "utf-8"
        except ValueError:
            return content.decode("latin-1"), "latin-1"

    def entries(self, text: str, path: Path | str) -> Iterator[Entry]:
        """Every value."""
        del path
        previous = 0
        for line in _LINE.finditer(text):
            if line["key"] is None:
                continue
            start, end = line.span("value")
            whole = whole_of(text, previous, line.start("key"), end)
            previous = whole[1]
            yield Entry(_plain(line["key"]), _as_read(_plain(line["value"])), start, end, *whole)

    def encode(self, text: str, file: KeyedText) -> bytes:
        """In the file's encoding; what it has no letters for, such as a source's comment has, is escaped."""
        held = text if file.encoding == "utf-8" else "".join(one if one < "\u0100" else _escaped(one) for one in text)
        return super().encode(held, file)

    def literal(self, text: str, entry: Entry, file: KeyedText) -> str:
        """On one line; letters other than ASCII are escaped in a file that has none, or has no encoding for them."""
        if _is_message(_plain(file.text[entry.start : entry.end])):
            text = text.replace("'", "''")
        text = text.replace("\\", "\\\\")
        for letter, character in _LETTERS.items():
            text = text.replace(character, "\\" + letter)
        text = "\\" + text if text.startswith(" ") else text
        if file.text.isascii() or file.encoding == "latin-1":
            text = "".join(one if one.isascii() else _escaped(one) for one in text)
        return text


def _plain(value: str) -> str:
    def resolve(match: re.Match[str]) -> str:
        code, letter = match.groups()
        return chr(int(code, 16)) if code else _LETTERS.get(letter, letter or "")

    text = _ESCAPE.sub(resolve, value)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # halves of pairs become one


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[place] << 8 | units[place + 1]:04x}" for place in range(0, len(units), 2))


def _is_message(text: str) -> bool:
    """Whether MessageFormat reads it; a text in whose quotes there are braces stays as it is."""
    return bool(_ARGUMENT.search(text)) and _QUOTED_BRACE.search(text) is None


def _as_read(value: str) -> str:
    return value.replace("''", "'") if _is_message(value) else value
