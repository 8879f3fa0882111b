"""Deterministic parts of a corpus: the same key falls into the same part on every machine and in every order."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeVar

from tutelage.core.errors import UsageError, did_you_mean
from tutelage.core.records import Pair, Segment
from tutelage.corpora.normalising import short_hash

Item = TypeVar("Item", Pair, Segment)
SplitBy = Literal["document", "segment"]


def part_of(key: str, shares: Mapping[str, float], *, seed: int) -> str:
    """The part the key belongs to; shares are laid end to end in their order and must add up to 1."""
    _check_shares(shares)
    place = short_hash(str(seed), key) / 2**64
    end = 0.0
    for part, share in shares.items():
        end += share
        if place < end:
            return part
    return [part for part, share in shares.items() if share > 0][-1]  # rounding left the sum just under 1


def take_part(
    items: Iterable[Item], part: str, shares: Mapping[str, float], *, by: SplitBy = "document", seed: int
) -> Iterator[Item]:
    """The pairs or segments of one part, streaming.

    By document no document is torn apart; by segment each id is drawn for itself, which suits a corpus that is
    one document (check it for leakage).
    """
    _check_shares(shares)
    if part not in shares:
        raise UsageError(f"no part of the corpus is called '{part}'.", fix=did_you_mean(part, shares))
    for item in items:
        if part_of(_key(item, by), shares, seed=seed) == part:
            yield item


def _key(item: Pair | Segment, by: SplitBy) -> str:
    segment = item.source if isinstance(item, Pair) else item
    return segment.document if by == "document" else segment.id


def _check_shares(shares: Mapping[str, float]) -> None:
    if not shares or any(share < 0 for share in shares.values()) or not math.isclose(sum(shares.values()), 1.0):
        shown = ", ".join(f"{part} {share:g}" for part, share in shares.items()) or "none"
        raise UsageError(f"the shares of a corpus must be positive and add up to 1 (given: {shown}).")
