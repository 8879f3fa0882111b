"""Sentences that hold an error word, found in monolingual text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tutelage.core.records import Segment
from tutelage.corpora.hashes import hashes_of
from tutelage.corpora.normalising import short_hash
from tutelage.labelling.error_words import ErrorWord, contains_phrase

MIN_WORDS, MAX_WORDS = 4, 40


@dataclass(frozen=True, slots=True)
class Context:
    """A sentence that holds an error word, before it is translated."""

    error: ErrorWord
    segment: Segment


def retrieve(
    errors: Sequence[ErrorWord], sentences: Iterable[Segment], *, pool: Iterable[Segment], wanted: int
) -> Iterator[Context]:
    """At most `wanted` sentences for each error word, none of them in the pool, none given twice; one pass."""
    known = hashes_of(segment.text.lower() for segment in pool)
    by_word: dict[str, list[ErrorWord]] = defaultdict(list)
    for error in errors:
        by_word[max(error.source.split(), key=len)].append(error)
    counts: dict[str, int] = defaultdict(int)
    for segment in sentences:
        fingerprint = short_hash(segment.text.lower())
        words = segment.text.lower().split()
        if fingerprint in known or not MIN_WORDS <= len(words) <= MAX_WORDS:
            continue
        found = _first_wanted(segment, words, by_word, counts, wanted)
        if found is not None:
            counts[found.id] += 1
            known.add(fingerprint)
            yield Context(found, segment)


def _first_wanted(
    segment: Segment, words: list[str], by_word: dict[str, list[ErrorWord]], counts: dict[str, int], wanted: int
) -> ErrorWord | None:
    for word in words:
        for error in by_word.get(word.strip(".,;:!?()\"'"), ()):
            if counts[error.id] < wanted and contains_phrase(segment.text, error.source):
                return error
    return None
