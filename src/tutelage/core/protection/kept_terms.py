"""Words that are not translated, found in a text: product names and the like."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from tutelage.core.glossary.words import UNSPACED, split_term_words

TERM = "term"
"""Kind of their spans."""
_BEFORE, _BEHIND = rf"(?<![^\W{UNSPACED}])", rf"(?![^\W{UNSPACED}])"
"""No letter of a script with spaces touches a term, on a side on which it ends with a letter or a digit itself."""


def present_terms(text: str, terms: frozenset[str]) -> frozenset[str]:
    """Those whose first word is in the text."""
    if not terms:
        return terms
    by_word = _by_first_word(terms)
    return frozenset(term for word in set(split_term_words(text)) for term in by_word.get(word, ()))


def term_pattern(terms: Iterable[str], terms_in_any_case: Iterable[str]) -> str:
    """Finds the terms as whole words, the longest first."""
    found = [(term, re.escape(term)) for term in terms]
    found += [(term, f"(?i:{re.escape(term)})") for term in terms_in_any_case]
    longest_first = sorted(found, key=lambda one: len(one[0]), reverse=True)
    return "|".join(_bounded(term, pattern) for term, pattern in longest_first)


def _bounded(term: str, pattern: str) -> str:
    before = _BEFORE if term[0].isalnum() and not _is_unspaced(term[0]) else ""
    behind = _BEHIND if term[-1].isalnum() and not _is_unspaced(term[-1]) else ""
    return f"{before}{pattern}{behind}"


def _is_unspaced(character: str) -> bool:
    return re.match(f"[{UNSPACED}]", character) is not None


@lru_cache(maxsize=8)
def _by_first_word(terms: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for term in terms:
        if words := split_term_words(term):
            found[words[0]].append(term)
    return {word: tuple(some) for word, some in found.items()}
