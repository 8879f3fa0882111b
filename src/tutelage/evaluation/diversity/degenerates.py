"""The words of a sentence in a wrong order, or not all of them: systems that no measure of paraphrase may reward.

A permutation keeps the embedding of a sentence near and its n-grams far, which is what meaning and distance ask for. A
beginning does so too, less far, and is fluent.
"""

from __future__ import annotations

from random import Random

KEPT = 0.7
"""The share of the words that a cut leaves."""


def swap_words(text: str) -> str:
    """Each two words that follow one another swapped: `b a d c e`. Of a text without spaces the letters."""
    units = _units(text)
    for place in range(0, len(units) - 1, 2):
        units[place], units[place + 1] = units[place + 1], units[place]
    return _joined(units, text)


def shuffle_words(text: str) -> str:
    """The words in an order that is drawn, the same for the same text."""
    units = _units(text)
    Random(text).shuffle(units)
    return _joined(units, text)


def cut_words(text: str) -> str:
    """The first 70 % of the words, as they are."""
    units = _units(text)
    return _joined(units[: round(KEPT * len(units))], text)


def _units(text: str) -> list[str]:
    words = text.split()
    return words if len(words) > 1 else list(text.strip())


def _joined(units: list[str], text: str) -> str:
    return (" " if len(text.split()) > 1 else "").join(units)
