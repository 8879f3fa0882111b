"""Fuzzy matches: the pairs of a translation memory whose sources are like a text, in one pass and bounded memory."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tutelage.core.records import Pair
from tutelage.corpora.normalising import folded

AT_LEAST = 0.7
"""Likeness from which a match helps more than it distracts: what most translation tools show by default."""
MOST = 3
"""Matches for one text."""
CELLS = 4_000_000
"""Likenesses that are held at once, of 4 bytes each: all texts against a part of the memory."""
LARGEST_PART = 20_000
"""Pairs of the memory that are held at once."""


@dataclass(frozen=True, slots=True)
class Match:
    """A pair of the memory and how like its source is, 0 to 1: 1 if only case and white space differ."""

    likeness: float
    pair: Pair


def find_matches(
    texts: Sequence[str], memory: Iterable[Pair], *, most: int = MOST, at_least: float = AT_LEAST
) -> list[tuple[Match, ...]]:
    """For each text the likest pairs of the memory, the likest first, the earlier on a tie; equal pairs count once.

    Likeness is that of characters put in and taken out (normalised Indel distance), without case and white space. The
    memory streams; of it only the matches and one part are held.
    """
    best: list[list[_Kept]] = [[] for _ in texts]
    keys = [folded(text) for text in texts]
    size = max(1, min(LARGEST_PART, CELLS // max(1, len(texts))))
    for place, part in _parts(memory, size):
        for row, column, likeness in _alike(keys, part, at_least=at_least):
            _keep(best[row], _Kept(likeness, -(place + column), part[column]), most=most)
    return [tuple(Match(one.likeness, one.pair) for one in sorted(kept, reverse=True)) for kept in best]


@dataclass(frozen=True, slots=True, order=True)
class _Kept:
    likeness: float
    order: int
    """Higher of earlier pairs."""
    pair: Pair


def _parts(memory: Iterable[Pair], size: int) -> Iterator[tuple[int, list[Pair]]]:
    stream, place = iter(memory), 0
    while part := list(islice(stream, size)):
        yield place, part
        place += len(part)


def _alike(keys: list[str], part: Sequence[Pair], *, at_least: float) -> Iterator[tuple[int, int, float]]:
    """Which texts (row) and pairs (column) are alike enough, and how much."""
    import numpy as np
    from rapidfuzz import fuzz, process

    if not keys:
        return
    choices = [folded(pair.source.text) for pair in part]
    scores: Any = process.cdist(keys, choices, scorer=fuzz.ratio, score_cutoff=100 * at_least, dtype=np.float32)
    for row, column in zip(*np.nonzero(scores), strict=True):
        yield int(row), int(column), float(scores[row, column]) / 100


def _keep(kept: list[_Kept], one: _Kept, *, most: int) -> None:
    texts = (one.pair.source.text, one.pair.target.text)
    if any((other.pair.source.text, other.pair.target.text) == texts for other in kept):
        return
    if len(kept) < most:
        heapq.heappush(kept, one)
    else:
        heapq.heappushpop(kept, one)
