"""Whether a new sentence is new: not in a test set, not in the pool, not given already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from tutelage.corpora.hashes import hashes_of
from tutelage.corpora.leakage import LeakageIndex
from tutelage.corpora.normalising import bare, short_hash

NEAR = 95.0
"""Sentences for one word that agree to this percentage (Indel similarity of characters) differ in a letter or two."""


class Novelty:
    """Knows what was there before, and remembers every sentence that it lets pass."""

    def __init__(
        self, *, held_back: LeakageIndex, pool: Iterable[str], earlier: Iterable[str] = (), near: bool = True
    ) -> None:
        """`pool` and `earlier` are source texts, compared without case and punctuation; `near` compares nearly too."""
        self._held_back, self._near = held_back, near
        self._pool = hashes_of(bare(text) for text in pool)
        self._given = hashes_of(bare(text) for text in earlier)
        self._of_word: dict[str, list[str]] = defaultdict(list)

    def fault(self, text: str, *, sentence_id: str, word_id: str) -> str | None:
        """Why the sentence is not new, or none; it counts as given from then on."""
        plain = bare(text)
        fingerprint = short_hash(plain)
        if self._held_back.find(sentence_id, text) is not None:
            return "in_test_set"
        if fingerprint in self._pool:
            return "in_pool"
        if fingerprint in self._given:
            return "duplicate"
        if self._near and self._is_near(plain, self._of_word[word_id]):
            return "near_duplicate"
        self._given.add(fingerprint)
        self._of_word[word_id].append(plain)
        return None

    @staticmethod
    def _is_near(plain: str, others: Iterable[str]) -> bool:
        from rapidfuzz import fuzz

        return any(fuzz.ratio(plain, other) >= NEAR for other in others)
