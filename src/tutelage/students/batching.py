"""Batches of similar length under a token budget."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def windows(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Consecutive lists of at most `size` items."""
    iterator = iter(items)
    while window := list(islice(iterator, size)):
        yield window


def batch_by_tokens(lengths: Sequence[int], *, budget: int) -> list[list[int]]:
    """Indices grouped by length, longest first, so that padded tokens (count × longest) stay within `budget`.

    An item longer than the budget makes a batch of its own.
    """
    batches: list[list[int]] = []
    longest = 0
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batches and (len(batches[-1]) + 1) * longest <= budget:
            batches[-1].append(index)
        else:
            batches.append([index])
            longest = max(lengths[index], 1)
    return batches
