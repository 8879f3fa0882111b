"""Examples as token ids in flat arrays: a million examples in tens of megabytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tutelage.core.records import Example

CHUNK = 4096


class Encoder(Protocol):
    """What turns text into token ids: a student."""

    def encode_sources(self, texts: Sequence[str], *, max_tokens: int) -> list[list[int]]:
        """Ids of the sources."""
        ...

    def encode_targets(self, texts: Sequence[str], *, max_tokens: int) -> list[list[int]]:
        """Ids of the targets."""
        ...


@dataclass(frozen=True, slots=True)
class TokenisedExamples:
    """Token ids of n examples; example i is `sources[source_ends[i-1]:source_ends[i]]`, targets alike."""

    sources: NDArray[np.int32]
    source_ends: NDArray[np.int64]
    targets: NDArray[np.int32]
    target_ends: NDArray[np.int64]
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.weights)

    def source(self, index: int) -> NDArray[np.int32]:
        """Source ids of one example."""
        return _slice(self.sources, self.source_ends, index)

    def target(self, index: int) -> NDArray[np.int32]:
        """Target ids of one example."""
        return _slice(self.targets, self.target_ends, index)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """[n, 2]: source and target tokens of each example."""
        return np.stack([np.diff(self.source_ends, prepend=0), np.diff(self.target_ends, prepend=0)], axis=1)


def _slice(flat: NDArray[np.int32], ends: NDArray[np.int64], index: int) -> NDArray[np.int32]:
    return flat[0 if index == 0 else ends[index - 1] : ends[index]]


def tokenise(
    examples: Iterable[Example], encoder: Encoder, *, max_source_tokens: int, max_target_tokens: int
) -> TokenisedExamples:
    """Encode the examples once, in their order, in chunks."""
    sources, targets = _Ragged(), _Ragged()
    weights: list[float] = []
    for chunk in _chunks(examples):
        sources.extend(encoder.encode_sources([example.source for example in chunk], max_tokens=max_source_tokens))
        targets.extend(encoder.encode_targets([example.target for example in chunk], max_tokens=max_target_tokens))
        weights.extend(example.weight for example in chunk)
    return TokenisedExamples(
        sources.flat(), sources.ends(), targets.flat(), targets.ends(), np.array(weights, dtype=np.float32)
    )


class _Ragged:
    def __init__(self) -> None:
        self._parts: list[NDArray[np.int32]] = [np.empty(0, dtype=np.int32)]
        self._lengths: list[int] = []

    def extend(self, rows: list[list[int]]) -> None:
        self._parts.append(np.array([token for row in rows for token in row], dtype=np.int32))
        self._lengths.extend(len(row) for row in rows)

    def flat(self) -> NDArray[np.int32]:
        return np.concatenate(self._parts)

    def ends(self) -> NDArray[np.int64]:
        return np.cumsum(np.array(self._lengths, dtype=np.int64))


def _chunks(examples: Iterable[Example]) -> Iterator[list[Example]]:
    iterator = iter(examples)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
