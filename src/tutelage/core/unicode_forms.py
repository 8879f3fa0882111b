"""Unicode normal forms in time that grows with the text, and text without what nobody sees.

Python sorts a run of combining marks by insertion: 80,000 of them in one line take twelve seconds, 800,000 twenty
minutes. So a run is divided after thirty, as the Stream-Safe Text Format of UAX #15 does.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]

LONGEST_RUN = 30
"""Combining marks in a row; UAX #15 knows no text with more than half as many."""
_SHORT = 1_000
"""Characters of a text that cannot take long whatever is in it."""
_JOINER = "\u034f"
"""Combining grapheme joiner: it is seen by nobody and ends a run."""
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_TAGS = re.compile("[\U000e0020-\U000e007e]")


def normalised(text: str, form: Form) -> str:
    """The text in a normal form; where more than thirty marks follow one another, with a joiner between them."""
    if text.isascii():
        return text
    return unicodedata.normalize(form, text if len(text) <= _SHORT else _stream_safe(text))


def without_unseen(text: str) -> str:
    """The text without zero-width, direction, variation and tag characters and fillers."""
    return text if text.isascii() else _UNSEEN.sub("", text)


def tagged_text(text: str) -> str:
    """What is written in tag characters, an invisible copy of ASCII: nothing in any text but the flags of regions."""
    return "".join(chr(ord(tag) - 0xE0000) for tag in _TAGS.findall(text))


def _stream_safe(text: str) -> str:
    pieces: list[str] = []
    run = start = 0
    for place, character in enumerate(text):
        run = run + 1 if unicodedata.combining(character) else 0
        if run > LONGEST_RUN:
            pieces += [text[start:place], _JOINER]
            start, run = place, 1
    return "".join((*pieces, text[start:]))
