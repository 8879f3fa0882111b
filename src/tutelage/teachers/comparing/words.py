"""Words with their places in a text: the tokens that alignment and error spans are made of."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from tutelage.core.languages import UNSPACED, base_language
from tutelage.core.protection.spans import find_placeholders
from tutelage.core.unicode_forms import normalised

_WORD = re.compile(r"\w+(?:[-'’.]\w+)*|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, a punctuation mark or a placeholder, and its character offsets."""

    text: str
    start: int
    end: int

    @property
    def is_punctuation(self) -> bool:
        """Whether it has no letter and no digit."""
        return not any(character.isalnum() for character in self.text)


def split_words(text: str, *, lang: str) -> list[Word]:
    """The words of the text from left to right; characters in a script without spaces; placeholders stay whole."""
    words: list[Word] = []
    end = 0
    for span in find_placeholders(text):
        words += _split_plain(text, start=end, end=span.start, lang=lang)
        words.append(Word(span.text, span.start, span.end))
        end = span.end
    return words + _split_plain(text, start=end, end=len(text), lang=lang)


def fold(text: str) -> str:
    """The text without case and accents, to tell a misspelt word from a different one."""
    decomposed = normalised(text.casefold(), "NFD")
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _split_plain(text: str, *, start: int, end: int, lang: str) -> list[Word]:
    if base_language(lang) in UNSPACED:
        return [Word(text[at], at, at + 1) for at in range(start, end) if not text[at].isspace()]
    return [Word(match.group(), match.start(), match.end()) for match in _WORD.finditer(text, start, end)]
