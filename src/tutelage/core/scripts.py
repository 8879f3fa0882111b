"""The script that a text is written in, and the scripts that languages are written in."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

_SCRIPTS = {
    "Latin": ((0x41, 0x24F), (0x1E00, 0x1EFF)),
    "Greek": ((0x370, 0x3FF), (0x1F00, 0x1FFF)),
    "Cyrillic": ((0x400, 0x52F),),
    "Hebrew": ((0x590, 0x5FF),),
    "Arabic": ((0x600, 0x6FF), (0x750, 0x77F)),
    "Devanagari": ((0x900, 0x97F),),
    "Bengali": ((0x980, 0x9FF),),
    "Tamil": ((0xB80, 0xBFF),),
    "Thai": ((0xE00, 0xE7F),),
    "Kana": ((0x3040, 0x30FF),),
    "Hangul": ((0xAC00, 0xD7AF), (0x1100, 0x11FF)),
    "Han": ((0x3400, 0x9FFF),),
}
"""Code points of scripts, both ends included."""

_WRITTEN_IN = {
    "ar": {"Arabic"}, "bg": {"Cyrillic"}, "bn": {"Bengali"}, "el": {"Greek"}, "fa": {"Arabic"}, "he": {"Hebrew"},
    "hi": {"Devanagari"}, "ja": {"Kana", "Han"}, "ko": {"Hangul"}, "mk": {"Cyrillic"}, "ru": {"Cyrillic"},
    "sr": {"Cyrillic", "Latin"}, "ta": {"Tamil"}, "th": {"Thai"}, "uk": {"Cyrillic"}, "ur": {"Arabic"}, "zh": {"Han"},
}  # fmt: skip
"""Scripts of languages that are not written in Latin letters alone."""

_LATIN = {"Latin"}


def is_written_in(lang: str, *, script: str) -> bool:
    """Whether the language of a base code is written in the script; a language that is not known has Latin letters."""
    return script in _WRITTEN_IN.get(lang, _LATIN)


def main_script(text: str) -> str | None:
    """The script of most letters of the text, `Kana` where Japanese writes any; `None` if it has no letters."""
    if text.isascii():
        return "Latin" if any(map(str.isalpha, text)) else None
    counts = Counter(script for letter in text if (script := _script_of(letter)))
    if not counts:
        return None
    script = counts.most_common(1)[0][0]
    return "Kana" if script == "Han" and counts["Kana"] else script


@lru_cache(maxsize=65536)
def _script_of(letter: str) -> str | None:
    if not letter.isalpha():
        return None
    point = ord(letter)
    return next((name for name, ranges in _SCRIPTS.items() if any(a <= point <= b for a, b in ranges)), None)
