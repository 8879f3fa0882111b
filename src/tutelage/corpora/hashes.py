"""A set of 8-byte hashes, of as many texts as a pool has."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from tutelage.corpora.normalising import short_hash

FEWEST_RECENT = 1 << 17
"""Hashes that are held as Python's own set, which is fast and takes about 90 bytes for each."""
RECENT_PART = 16
"""So many times as many are sorted into an array before the recent ones may be more: about 14 bytes for a hash."""


class HashSet:
    """Integers of 8 bytes, in a seventh of the memory of a set of them; they can only be added."""

    def __init__(self) -> None:
        self._recent: set[int] = set()
        self._sorted = array("Q")

    def __contains__(self, key: int) -> bool:
        if key in self._recent:
            return True
        place = bisect_left(self._sorted, key)
        return place < len(self._sorted) and self._sorted[place] == key

    def __len__(self) -> int:
        return len(self._sorted) + len(self._recent)

    def __iter__(self) -> Iterator[int]:
        yield from self._sorted
        yield from self._recent

    def add(self, key: int) -> bool:
        """Whether the hash is new; it is in the set afterwards."""
        if key in self:
            return False
        self._recent.add(key)
        if len(self._recent) > max(FEWEST_RECENT, len(self._sorted) // RECENT_PART):
            self._sort()
        return True

    def _sort(self) -> None:
        import numpy as np

        recent = np.fromiter(self._recent, dtype=np.uint64, count=len(self._recent))
        merged = np.concatenate([np.frombuffer(self._sorted, dtype=np.uint64), recent])
        merged.sort(kind="stable")
        self._sorted = array("Q")
        self._sorted.frombytes(merged.tobytes())
        self._recent = set()


def hashes_of(texts: Iterable[str]) -> HashSet:
    """A hash of each text."""
    hashes = HashSet()
    for text in texts:
        hashes.add(short_hash(text))
    return hashes
