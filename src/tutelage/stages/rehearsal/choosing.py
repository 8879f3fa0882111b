"""Which examples get a rationale."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator

from tutelage.core.records import Example
from tutelage.corpora.normalising import short_hash


def choose_examples(examples: Iterable[Example], *, fraction: float, seed: int) -> Iterator[Example]:
    """The share of the examples that get a rationale, drawn by hash, in their own order.

    Conversations and cut targets get none: the former are rehearsal already, the latter have no end to go on from.
    """
    eligible = [example for example in examples if not example.messages and not example.cut]
    if fraction == 1.0:
        yield from eligible
        return
    ranked = ((short_hash(str(seed), "rationale", example.id), place) for place, example in enumerate(eligible))
    taken = sorted(place for _, place in heapq.nsmallest(round(fraction * len(eligible)), ranked))
    yield from (eligible[place] for place in taken)
