"""Changes of a file: of its bytes, whatever they are, and of its text, as a person or a tool would break it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

LONG = 1_200_000
"""Bytes of a line that is too long."""
ODD_PIECES = (
    b"\0", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\x85", "\u0085".encode(),
    "\u2028".encode(), "\u200b".encode(), "\u202e".encode(), b"\r", b"\n", b"\r\n", b"\x0b", b"\x0c", b"\x1c", b"\x1a",
    b"\t", b"\t\t", b"\\", b"\\u0000", b"\\ud83d", b"\\udc00\\ud83d", b'"', b'\\"', b"'", b",", b";", b":", b"#",
    b"#~ ",    b"{", b"}", b"[", b"]", b"[" * 70, b"{\"a\":" * 70, b"[" * 100_000, b"<", b">", b"&", b"&#0;", b"&lol;",
    b"<!ENTITY a 'b'>", b"<![CDATA[", b"]]>", b"<term>", b"</term>", b"xml:lang", b"%s", b"%(", b"nan", b"Infinity",
    b"-1", b"1e999", b"9" * 30, b"9" * 5000, b"null", b"true", b'""', b"[]", b"{}", b"[null]", b'{"a": 1}',
    b"nplurals=0;", b"nplurals=99999999999;", b"charset=utf-7", b"charset=idna", b"charset=unicode_escape",
    b"charset=undefined", b"charset=utf-16", b"charset=base64", b'encoding="utf-16"', b'encoding="shift_jis"',
    b'encoding="x"', b"msgstr[9]", b"msgstr[10]", b"msgstr[-1]", b"msgid", b'msgid ""', b"msgid_plural \"x\"", b"=",
    b"[[price]]", b"[price]", b"'''", b"\xe2\x80\xa8", b"id", b"source", b"target", b"\x04", b"e\xcc\x81" * 50,
)  # fmt: skip
ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "utf-7", "cp1252", "shift_jis")
_TOKEN = re.compile(rb'"[^"\n]*"|-?\d[\d.]*|[A-Za-z_]{2,}|<[^>\n]*>|[\[\]{}:,;=\t]')


def change_bytes(generator: random.Random, data: bytes) -> bytes:
    """Some bytes are others, are gone, come twice, or the file ends early."""
    return generator.choice(_BYTES)(generator, data)


def change_text(generator: random.Random, data: bytes) -> bytes:
    """A line, a token or the encoding is another."""
    return generator.choice(_TEXT)(generator, data)


def _flip(generator: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(generator.choice((1, 1, 2, 4, 16))):
        if changed:
            changed[generator.randrange(len(changed))] = generator.choice((0, 255, 127, 128, generator.randrange(256)))
    return bytes(changed)


def _flip_end(generator: random.Random, data: bytes) -> bytes:
    """In the last part, where Parquet and archives say what they hold."""
    tail = min(len(data), generator.choice((8, 64, 1000)))
    return data[: len(data) - tail] + _flip(generator, data[len(data) - tail :])


def _cut(generator: random.Random, data: bytes) -> bytes:
    return data[: generator.randrange(len(data) + 1)]


def _without_stretch(generator: random.Random, data: bytes) -> bytes:
    start = generator.randrange(len(data) + 1)
    return data[:start] + data[start + generator.choice((1, 2, 8, 100)) :]


def _with_stretch_twice(generator: random.Random, data: bytes) -> bytes:
    start = generator.randrange(len(data) + 1)
    stretch = data[start : start + generator.choice((1, 8, 100))]
    place = generator.randrange(len(data) + 1)
    return data[:place] + stretch * generator.choice((1, 1, 3, 50)) + data[place:]


def _with_piece(generator: random.Random, data: bytes) -> bytes:
    place = generator.choice((0, len(data), generator.randrange(len(data) + 1), generator.randrange(len(data) + 1)))
    return data[:place] + generator.choice(ODD_PIECES) + data[place:]


def _with_token(generator: random.Random, data: bytes) -> bytes:
    """One token is an odd one, or one of the same file."""
    tokens = list(_TOKEN.finditer(data))
    if not tokens:
        return _with_piece(generator, data)
    place = generator.choice(tokens)
    new = generator.choice((generator.choice(ODD_PIECES), generator.choice(tokens).group()))
    return data[: place.start()] + new + data[place.end() :]


def _with_lines(generator: random.Random, data: bytes) -> bytes:
    """A line is gone, comes twice, or stands elsewhere."""
    lines = data.split(b"\n")
    line = lines.pop(generator.randrange(len(lines)))
    for _ in range(generator.choice((0, 1, 2))):
        lines.insert(generator.randrange(len(lines) + 1), line)
    return b"\n".join(lines)


def _with_long_line(generator: random.Random, data: bytes) -> bytes:
    if generator.random() < 0.8:  # they take long
        return _with_piece(generator, data)
    place = generator.randrange(len(data) + 1)
    return data[:place] + generator.choice((b"x", b" ", b"\0", b'"', b"a\t", b"\xc3\xa9")) * LONG + data[place:]


def _encoded(generator: random.Random, data: bytes) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(generator.choice(ENCODINGS), "replace")


def _with_other_ends(generator: random.Random, data: bytes) -> bytes:
    return data.replace(b"\n", generator.choice((b"\r\n", b"\r", b"\n\n", b"", b"\0\n", "\u2028".encode())))


_Change = Callable[[random.Random, bytes], bytes]
_BYTES: tuple[_Change, ...] = (_flip, _flip, _flip_end, _flip_end, _cut, _without_stretch, _with_stretch_twice)
_TEXT: tuple[_Change, ...] = (
    _with_piece, _with_piece, _with_piece, _with_token, _with_token, _with_token, _with_token, _with_lines, _with_lines,
    _encoded, _with_other_ends, _with_long_line,
)  # fmt: skip
