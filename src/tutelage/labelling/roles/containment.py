"""Whether a text has a word or phrase in it, as it is or inflected."""

from __future__ import annotations

from itertools import takewhile

from tutelage.core.languages import UNSPACED, base_language
from tutelage.teachers.comparing.words import fold, split_words

MIN_STEM = 4
"""Letters that two forms of a word share at least."""
STEM_SHARE = 2 / 3
"""Share of the longer form that their common beginning makes up: `impressora` and `impressoras`, not `compute` and
`compromise`. Forms whose stem changes (`abrir`, `abra`) are missed: a good pair is lost, no bad one is let in."""


def holds_word(text: str, phrase: str, *, lang: str, inflected: bool = False) -> bool:
    """Whether the phrase stands in the text as whole words in its order, in any case; in unspaced scripts anywhere.

    With `inflected` each word may have another ending, by the rule of `STEM_SHARE`, and other accents.
    """
    if base_language(lang) in UNSPACED:
        return bool(phrase.strip()) and "".join(phrase.casefold().split()) in "".join(text.casefold().split())
    wanted, words = _words(phrase, lang=lang), _words(text, lang=lang)
    same = _same_stem if inflected else str.__eq__
    return bool(wanted) and any(
        all(map(same, words[start : start + len(wanted)], wanted)) for start in range(len(words) - len(wanted) + 1)
    )


def _words(text: str, *, lang: str) -> list[str]:
    return [word.text.casefold() for word in split_words(text, lang=lang)]


def _same_stem(word: str, other: str) -> bool:
    if word == other:
        return True
    one, two = fold(word), fold(other)
    shared = sum(1 for _ in takewhile(lambda letters: letters[0] == letters[1], zip(one, two, strict=False)))
    return one == two or (shared >= MIN_STEM and shared >= STEM_SHARE * max(len(one), len(two)))
