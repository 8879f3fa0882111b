"""Why a text cannot be the translation of another, as far as the two texts show it.

`find_fault` is what can be said of any pair. `find_translation_doubt` is for what a teacher wrote: a teacher that obeys
an order in its source writes something else than a translation. Seen are an order that `orders` knows, another
language, a text far too short, and a stretch of the source. Not seen: an unknown order that is answered by a sentence
of the right length in the right language, and a single word exchanged.
"""

from __future__ import annotations

from tutelage.core.languages import UNSPACED, Direction, base_language
from tutelage.core.protection.comparison import placeholders_kept
from tutelage.labelling.roles.languages import is_wrong_language
from tutelage.labelling.roles.orders import find_order
from tutelage.teachers.comparing.words import split_words
from tutelage.teachers.quotes import contains_quote

LENGTH_RATIO = 3.0
"""Between alphabets, translations of whole sentences stay within this ratio of characters."""
LENGTH_HEADROOM = 30
"""Characters granted on top, for short texts."""
CUT_SHORT = 0.5
"""Length of a translation for one character of its source, below which something is left out."""
MIN_CUT_CHARACTERS = 40
"""Shorter sources may lose half of their length in translation (`log in`)."""
DENSE = 3
"""Latin characters for one of an unspaced script, about."""
FRAGMENT = 0.7
"""Words of a translation for each word of its source, below which a copied stretch is a fragment of it."""


def find_translation_doubt(
    source: str, translation: str, *, direction: Direction, hypothesis: str | None = None
) -> str | None:
    """Why what a teacher wrote is not taken for a translation, or none; a `hypothesis` may be short too."""
    if find_order(source) is not None:
        return "source_gives_orders"
    fault = find_fault(source, translation, direction=direction)
    if fault is not None:
        return fault
    if is_wrong_language(translation, lang=direction.target, direction=direction):
        return "wrong_language"
    if _is_cut_short(translation, source=source, direction=direction, hypothesis=hypothesis):
        return "cut_short"
    return "fragment_of_source" if _is_fragment(translation, source, direction=direction) else None


def find_fault(source: str, target: str, *, direction: Direction) -> str | None:
    """Why `target` cannot be a translation of `source`, or none."""
    source, target = source.strip(), target.strip()
    if not target:
        return "empty"
    if target == source and len(source.split()) > 3 and direction.source != direction.target:
        return "copied"
    if not placeholders_kept(source, target):
        return "placeholders_lost"
    if not _is_sane_length(source, target, direction=direction):
        return "length_ratio"
    return None


def _is_cut_short(text: str, *, source: str, direction: Direction, hypothesis: str | None) -> bool:
    """Whether the text is far shorter than its source (and than a hypothesis), as an answer to an order often is."""
    given, written = _latin_length(source, lang=direction.source), _latin_length(text, lang=direction.target)
    least = given if hypothesis is None else min(given, _latin_length(hypothesis, lang=direction.target))
    return given >= MIN_CUT_CHARACTERS and written < CUT_SHORT * least


def _is_fragment(text: str, source: str, *, direction: Direction) -> bool:
    """Whether the text is a stretch of its source, and much shorter: what an order would have it say."""
    if base_language(direction.source) == base_language(direction.target) or not contains_quote(source, text):
        return False
    return len(bare_words(text, lang=direction.target)) < FRAGMENT * len(bare_words(source, lang=direction.source))


def bare_words(text: str, *, lang: str) -> list[str]:
    """The words in small letters, without punctuation."""
    return [word.text.casefold() for word in split_words(text, lang=lang) if not word.is_punctuation]


def _latin_length(text: str, *, lang: str) -> int:
    return len(text.strip()) * (DENSE if base_language(lang) in UNSPACED else 1)


def _is_sane_length(source: str, target: str, *, direction: Direction) -> bool:
    lengths = _latin_length(source, lang=direction.source), _latin_length(target, lang=direction.target)
    return max(lengths) <= LENGTH_RATIO * min(lengths) + LENGTH_HEADROOM
