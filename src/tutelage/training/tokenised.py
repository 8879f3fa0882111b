"""Examples as token ids in flat arrays: a million examples in tens of megabytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tutelage.core.errors import StudentError
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


class ExampleEncoder(Protocol):
    """What turns whole examples into prompts and responses: a causal student."""

    def encode_examples(
        self, examples: Sequence[Example], *, max_source_tokens: int, max_target_tokens: int
    ) -> tuple[list[list[int]], list[list[int]]]:
        """Ids of the prompts, and of the responses."""
        ...


@dataclass(frozen=True, slots=True)
class TokenisedExamples:
    """Token ids of n examples; example i is `sources[source_ends[i-1]:source_ends[i]]`, targets alike.

    Of causal students the sources are the prompts, and the targets the responses.
    """

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

    def lengths_of(self, index: int) -> NDArray[np.int64]:
        """[2]: source and target tokens of one example."""
        return np.array([len(self.source(index)), len(self.target(index))])

    @property
    def lengths(self) -> NDArray[np.int64]:
        """[n, 2]: source and target tokens of each example."""
        return np.stack([np.diff(self.source_ends, prepend=0), np.diff(self.target_ends, prepend=0)], axis=1)


def _slice(flat: NDArray[np.int32], ends: NDArray[np.int64], index: int) -> NDArray[np.int32]:
    return flat[0 if index == 0 else ends[index - 1] : ends[index]]


def tokenise(
    examples: Iterable[Example], encoder: Encoder, *, max_source_tokens: int, max_target_tokens: int
) -> TokenisedExamples:
    """Encode sources and targets once, in their order, in chunks; StudentError for an example that has messages."""

    def encode(chunk: Sequence[Example]) -> tuple[list[list[int]], list[list[int]]]:
        _refuse_messages(chunk)
        sources = encoder.encode_sources([example.source for example in chunk], max_tokens=max_source_tokens)
        return sources, encoder.encode_targets([example.target for example in chunk], max_tokens=max_target_tokens)

    return _collect(examples, encode)


def tokenise_chats(
    examples: Iterable[Example], encoder: ExampleEncoder, *, max_source_tokens: int, max_target_tokens: int
) -> TokenisedExamples:
    """Encode prompts and responses once, in their order, in chunks."""
    limits = {"max_source_tokens": max_source_tokens, "max_target_tokens": max_target_tokens}
    return _collect(examples, lambda chunk: encoder.encode_examples(chunk, **limits))


def _collect(
    examples: Iterable[Example], encode: Callable[[Sequence[Example]], tuple[list[list[int]], list[list[int]]]]
) -> TokenisedExamples:
    sources, targets = _Ragged(), _Ragged()
    weights: list[float] = []
    for chunk in _chunks(examples):
        chunk_sources, chunk_targets = encode(chunk)
        sources.extend(chunk_sources)
        targets.extend(chunk_targets)
        weights.extend(example.weight for example in chunk)
    return TokenisedExamples(
        sources.flat(), sources.ends(), targets.flat(), targets.ends(), np.array(weights, dtype=np.float32)
    )


def _refuse_messages(examples: Sequence[Example]) -> None:
    for example in examples:
        if example.messages:
            raise StudentError(
                f"example '{example.id}' is a conversation, and this student translates only.",
                where="student",
                fix="Take a causal student.",
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
