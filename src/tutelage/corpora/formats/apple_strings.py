"""Apple's `.strings`: `"key" = "text";`, in UTF-8 or UTF-16."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from tutelage.core.errors import CorpusError
from tutelage.corpora.files import opened_for_reading
from tutelage.corpora.formats.keyed import Entry, KeyedFormat, KeyedText, no_such_file, whole_of
from tutelage.storage.limits import read_document

_SPACE = re.compile(r"(?:\s+|/\*(?P<note>.*?)\*/|//[^\n]*)", re.DOTALL)
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_ENTRY = re.compile(rf"(?P<key>{_QUOTED}|[\w.$/:-]+)(?:\s*=\s*(?P<value>{_QUOTED}))?\s*;", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:U([0-9a-fA-F]{4})|([0-7]{3})|(.))", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r"}
_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be", codecs.BOM_UTF8: "utf-8"}


class AppleStrings(KeyedFormat):
    """Texts by keys, with comments for translators above them."""

    frameworks = frozenset({"objc"})
    what = "a .strings file"

    def read_content(self, path: Path | str) -> bytes:
        """The file's bytes, which may be UTF-16."""
        with opened_for_reading(path) as stream:
            return read_document(stream, where=str(path))

    def decode(self, content: bytes, path: Path | str) -> tuple[str, str]:
        """In UTF-16 if its mark says so, else in UTF-8; the mark stays in the text."""
        if content.startswith(b"bplist"):
            what = "this is a .strings file as an app carries it, a binary property list."
            raise CorpusError(what, where=str(path), fix="Give the .strings file of the app's sources.")
        encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "")
        if encoding in ("", "utf-8"):
            return super().decode(content, path)
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError as error:
            raise no_such_file(self.what, f"it begins as UTF-16 and goes on otherwise ({error.reason})", path) from None

    def entries(self, text: str, path: Path | str) -> Iterator[Entry]:
        """Every text; an unquoted key is allowed, as Apple does."""
        place, previous, notes = len(text) - len(text.removeprefix("\ufeff")), 0, list[str]()
        while place < len(text):
            if space := _SPACE.match(text, place):
                notes += [space["note"].strip()] if space["note"] else []
                place = space.end()
            elif entry := _ENTRY.match(text, place):
                whole = whole_of(text, previous, place, entry.end())
                key = _plain(_bare(entry["key"]))
                if entry["value"] is None:  # `"Yes";` is its own text
                    text_of_entry, span = key, (entry.end("key"), entry.end("key"))
                else:
                    text_of_entry, span = _plain(entry["value"][1:-1]), entry.span("value")
                yield Entry(key, text_of_entry, *span, *whole, notes=tuple(notes[-1:]))
                place, previous, notes = entry.end(), whole[1], []
            else:
                raise no_such_file(
                    self.what,
                    f"here stands neither an entry nor a comment: '{text[place : place + 40]}'",
                    path,
                    text,
                    place,
                )

    def literal(self, text: str, entry: Entry, file: KeyedText) -> str:
        """In quotes; a key that is its own text gets one beside it."""
        begin = "" if file.text[entry.start : entry.end] else " = "
        text = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'{begin}"' + text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r") + '"'


def _bare(key: str) -> str:
    return key[1:-1] if key.startswith('"') else key


def _plain(value: str) -> str:
    def resolve(match: re.Match[str]) -> str:
        code, octal, letter = match.groups()
        return chr(int(code, 16)) if code else chr(int(octal, 8)) if octal else _LETTERS.get(letter, letter)

    return _ESCAPE.sub(resolve, value)
