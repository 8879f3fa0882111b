"""Contexts out of a translation memory: human translations that hold an error word and its correction."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tutelage.core.records import Pair
from tutelage.corpora.hashes import HashSet
from tutelage.corpora.normalising import folded, short_hash
from tutelage.labelling.contexts.retrieval import MAX_WORDS, MIN_WORDS
from tutelage.labelling.error_words import ErrorWord, contains_phrase

_AROUND = ".,;:!?()\"'"


@dataclass(frozen=True, slots=True)
class MemoryContext:
    """A pair of the memory, and the word that it is for."""

    word: ErrorWord
    pair: Pair


def find_in_memory(words: Sequence[ErrorWord], memory: Iterable[Pair], *, most: int) -> Iterator[MemoryContext]:
    """For each word at most so many pairs, the likest to the sentence in which it went wrong first; one pass.

    What is held are these pairs, and a hash of each one that would do. A sentence serves one word, the first in its own
    order.
    """
    by_word: dict[str, list[ErrorWord]] = defaultdict(list)
    for word in words:
        by_word[max(word.source.split(), key=len)].append(word)
    best: dict[str, list[tuple[float, int, Pair]]] = defaultdict(list)
    known = HashSet()
    for place, pair in enumerate(memory):
        found = _first_word(pair, by_word)
        if found is None or not known.add(short_hash(folded(pair.source.text))):
            continue
        entry = (_likeness(found.example, pair.source.text), -place, pair)
        kept = best[found.id]
        if len(kept) < most:
            heapq.heappush(kept, entry)
        else:
            heapq.heappushpop(kept, entry)
    for word in words:
        yield from (MemoryContext(word, pair) for _, _, pair in sorted(best[word.id], key=lambda one: one[:2])[::-1])


def _first_word(pair: Pair, by_word: dict[str, list[ErrorWord]]) -> ErrorWord | None:
    """The first word of the source that went wrong elsewhere and is translated here as it should be."""
    parts = pair.source.text.lower().split()
    if not MIN_WORDS <= len(parts) <= MAX_WORDS:
        return None
    for part in parts:
        for word in by_word.get(part.strip(_AROUND), ()):
            if contains_phrase(pair.source.text, word.source) and contains_phrase(pair.target.text, word.target):
                return word
    return None


def _likeness(text: str, other: str) -> float:
    from rapidfuzz import fuzz

    return float(fuzz.ratio(folded(text), folded(other)))
