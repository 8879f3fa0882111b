"""What a paraphrase must carry over unchanged: numbers and names. Pure, by the writing alone."""

from __future__ import annotations

import re
from collections import Counter

from tutelage.core.languages import base_language
from tutelage.core.protection.spans import find_placeholders

CAPITAL_NOUNS = frozenset({"de"})
"""Languages that write every noun with a capital: there only capitals inside a word tell a name."""
NO_NAMES = {"en": frozenset({"i"})}
"""Words that a language always writes with a capital."""
TITLE_LETTERS = 4
"""Letters of the words that must all begin with a capital for a text to be a title, where capitals tell nothing."""

_NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f]\d+)*")
_WORD = re.compile(r"[^\W\d_]+")
_OPENS_SENTENCE = re.compile(r"(?:^|[.!?:…\n])[^\w\n]*$")
"""What stands before a word that begins a sentence: nothing, or the end of another, and what is no word."""


def numbers_changed(source: str, paraphrase: str) -> bool:
    """Whether a number in digits is lost, or stands only in the paraphrase. Separators inside a number do not count."""
    before, after = _numbers(source), _numbers(paraphrase)
    return bool(before - after) or not set(after) <= set(before)


def names_changed(source: str, paraphrase: str, *, lang: str) -> bool:
    """Whether a word written like a name in one of the texts is not in the other, in whatever case.

    A name begins with a capital inside a sentence, or has one inside the word. At the beginning of a sentence
    only the latter tells; in a title, and in a language that writes its nouns so, too.
    """
    source, paraphrase = without_placeholders(source), without_placeholders(paraphrase)
    return bool(_names(source, lang) - _words(paraphrase)) or bool(_names(paraphrase, lang) - _words(source))


def without_placeholders(text: str) -> str:
    """The text with a space for each placeholder, whose letters and digits are no words."""
    pieces, end = [], 0
    for span in find_placeholders(text):
        pieces.append(text[end : span.start])
        end = span.end
    return " ".join([*pieces, text[end:]])


def _numbers(text: str) -> Counter[str]:
    found = _NUMBER.findall(without_placeholders(text))
    return Counter("".join(digit for digit in number if digit.isdigit()) for number in found)


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}


def _names(text: str, lang: str) -> set[str]:
    """In small letters; none in a text all in capitals."""
    if text.isupper():
        return set()
    base, matches = base_language(lang), list(_WORD.finditer(text))
    inner_only = base in CAPITAL_NOUNS or _is_title([match.group() for match in matches])
    found = set()
    for match in matches:
        word = match.group()
        inner = any(letter.isupper() for letter in word[1:])
        begins = word[0].isupper() and not inner_only and not _OPENS_SENTENCE.search(text, 0, match.start())
        if len(word) > 1 and (inner or begins):
            found.add(word.casefold())
    return found - NO_NAMES.get(base, frozenset())


def _is_title(words: list[str]) -> bool:
    """Whether every longer word has a capital, and there are two at least: `Save File As`."""
    longer = [word for word in words if len(word) >= TITLE_LETTERS]
    return len(longer) > 1 and all(word[0].isupper() for word in longer)
