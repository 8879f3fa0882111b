"""Examples as token ids in flat arrays, in memory or in mapped files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from tutelage.core.records import Example
from tutelage.core.settings import CorrectionSettings
from tutelage.core.training import EncodedExample, EncodedSample, Separator
from tutelage.training.corrected import with_hypotheses
from tutelage.training.samples import Samples

CHUNK = 4096
NO_CONFLICT = -1
Kind = TypeVar("Kind", bound=np.generic)


class ExampleEncoder(Protocol):
    """What turns examples into token ids: a student."""

    def encode_examples(
        self, examples: Sequence[Example], *, max_source_tokens: int, max_target_tokens: int, conflicts: bool = False
    ) -> list[EncodedExample]:
        """Ids of each example; without `conflicts` only of its true sample."""
        ...


class Spare(Protocol):
    """What marks the tokens of a conflicting sample that give no loss."""

    def __call__(self, sample: EncodedSample, *, source: str) -> EncodedSample | None:
        """The same sample, marked; `None` if nothing of it is left."""
        ...


@dataclass(frozen=True, slots=True)
class TokenisedExamples:
    """Token ids of n examples: first n true samples in the order of the examples, then the conflicting ones.

    A conflicting sample is the same target asked under a wrong direction, or what the target corrects; in
    self-distillation it is no conflict, but the question with its target shown.

    Sample i is `sources[source_ends[i-1]:source_ends[i]]`, targets alike. Of causal students the sources are the
    prompts, and the targets the responses.
    """

    sources: NDArray[np.int32]
    source_ends: NDArray[np.int64]
    targets: NDArray[np.int32]
    target_ends: NDArray[np.int64]
    parts: NDArray[np.int32]
    """[samples, 3]: of each target the unsupervised tokens at its beginning, those of its rationale at its end, and
    the unsupervised ones at its end."""
    weights: NDArray[np.float32]
    """[samples]."""
    conflicts: NDArray[np.int64]
    """[n]: the conflicting sample of each example, or -1."""
    spared: NDArray[np.bool_]
    """For each of the target ids whether it gives no loss though it is a part that does."""
    credits: NDArray[np.float32]
    """For each of the target ids what it counts beside one that the student had written already."""

    def __len__(self) -> int:
        """Examples."""
        return len(self.conflicts)

    @property
    def given(self) -> int:
        """Examples as they were given: a rationale that is learned apart from its target is none of them."""
        parts, lengths = self.parts[: len(self)], np.diff(self.target_ends, prepend=0)[: len(self)]
        apart = (lengths == parts.sum(axis=1)) & (parts[:, 1] > 0)
        return len(self) - int(apart.sum())

    def source(self, sample: int) -> NDArray[np.int32]:
        """Source ids of one sample; an example's number is that of its true sample."""
        return _slice(self.sources, self.source_ends, sample)

    def target(self, sample: int) -> NDArray[np.int32]:
        """Target ids of one sample."""
        return _slice(self.targets, self.target_ends, sample)

    def parts_of(self, samples: Sequence[int]) -> NDArray[np.int64]:
        """[samples, 4]: tokens of each target that give no loss, its own, those of its rationale, and again no loss."""
        chosen = np.asarray(samples, dtype=np.int64)
        begins = np.where(chosen > 0, self.target_ends[chosen - 1], 0)
        first, rationale, last = self.parts[chosen].T.astype(np.int64)
        own = self.target_ends[chosen] - begins - first - rationale - last
        return np.stack([first, own, rationale, last], axis=1)

    def spared_of(self, samples: Sequence[int]) -> list[NDArray[np.bool_]]:
        """For each token of each target whether it is spared."""
        return [_slice(self.spared, self.target_ends, sample) for sample in samples]

    def supervised_of(self, samples: Sequence[int]) -> NDArray[np.int64]:
        """[samples, 2]: tokens of each target that give a loss, its own and those of its rationale."""
        counts = self.parts_of(samples)[:, 1:3]
        counts[:, 0] -= np.array([int(one.sum()) for one in self.spared_of(samples)], dtype=np.int64)
        return counts

    def samples_of(self, examples: Sequence[int]) -> list[int]:
        """The true samples of the examples, and behind them the conflicting ones."""
        found = self.conflicts[list(examples)]
        return [*map(int, examples), *found[found != NO_CONFLICT].tolist()]

    def credits_of(self, samples: Sequence[int]) -> list[NDArray[np.float32]]:
        """For each token of each target what it counts: 1, more where it was corrected, 0 where it is spared."""
        credits = (_slice(self.credits, self.target_ends, sample) for sample in samples)
        pairs = zip(credits, self.spared_of(samples), strict=True)
        return [np.where(spared, np.float32(0), credit) for credit, spared in pairs]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """[samples, 2]: source and target tokens of each sample."""
        return np.stack([np.diff(self.source_ends, prepend=0), np.diff(self.target_ends, prepend=0)], axis=1)

    @property
    def conflict_lengths(self) -> NDArray[np.int64]:
        """[n, 2]: source and target tokens of each example's conflicting sample; zeros if it has none."""
        padded = np.concatenate([self.lengths, np.zeros((1, 2), dtype=np.int64)])
        return padded[self.conflicts]

    @property
    def supervised(self) -> NDArray[np.int64]:
        """[n]: target tokens of each example that give a loss, in both its samples."""
        lengths = np.diff(self.target_ends, prepend=0)
        each = lengths - self.parts[:, 0] - self.parts[:, 2]
        for start in range(0, len(each), CHUNK):
            each[start : start + CHUNK] -= self._count_spared(start, start + CHUNK)
        both: NDArray[np.int64] = each[: len(self)] + np.append(each, 0)[self.conflicts]
        return both

    def _count_spared(self, first: int, last: int) -> NDArray[np.int64]:
        """Of each target from sample `first` to before `last`."""
        ends = np.concatenate([[0 if first == 0 else self.target_ends[first - 1]], self.target_ends[first:last]])
        sums = np.concatenate([[0], np.cumsum(self.spared[ends[0] : ends[-1]], dtype=np.int64)])
        counts: NDArray[np.int64] = np.diff(sums[ends - ends[0]])
        return counts


def _slice(flat: NDArray[Kind], ends: NDArray[np.int64], index: int) -> NDArray[Kind]:
    return flat[0 if index == 0 else ends[index - 1] : ends[index]]


def tokenise(
    examples: Iterable[Example],
    encoder: ExampleEncoder,
    *,
    max_source_tokens: int,
    max_target_tokens: int,
    conflicts: bool = False,
    spare: Spare | None = None,
    corrections: CorrectionSettings | None = None,
    demonstrated: Callable[[Example], Example] | None = None,
    separator: Separator = "trained",
    folder: Path | None = None,
) -> TokenisedExamples:
    """Encode the examples once, in their order, in chunks; `conflicts` asks for their conflicting samples too.

    `spare` marks what of these gives no loss; one of which nothing is left is dropped. With `corrections` the
    conflicting samples are the hypotheses that targets correct, if there is a contrast; with `demonstrated` they are
    what that makes of the examples, and give no loss. `separator` says what is learned where a blank line leads to a
    rationale; `apart` makes two examples of each that has one. With a `folder` their tokens are files in it, which are
    mapped and not read: a set that is larger than memory.
    """

    def encode(some: Sequence[Example]) -> list[EncodedExample]:
        return encoder.encode_examples(
            some, max_source_tokens=max_source_tokens, max_target_tokens=max_target_tokens, conflicts=conflicts
        )

    credit = 1.0 if corrections is None else corrections.corrected_weight
    true, conflicting, where = Samples(credit, folder=folder), Samples(folder=folder), list[NDArray[np.int64]]()
    for chunk in _chunks(examples):
        encoded = encode(chunk)
        if corrections is not None:
            encoded = with_hypotheses(chunk, encoded, encode, corrections)
        if demonstrated is not None:
            shown = encode([demonstrated(example) for example in chunk])
            encoded = [replace(one, conflict=_unlearned(other.true)) for one, other in zip(encoded, shown, strict=True)]
        divided = [(one, part) for one, whole in zip(chunk, encoded, strict=True) for part in _parts(whole, separator)]
        weights = [example.weight for example, _ in divided]
        true.extend([part.true for _, part in divided], weights)
        wrong = [_spared(part.conflict, example, spare) for example, part in divided]
        has_conflict = np.array([sample is not None for sample in wrong])
        where.append(np.where(has_conflict, len(conflicting) + has_conflict.cumsum() - 1, NO_CONFLICT))
        left = [(sample, weight) for sample, weight in zip(wrong, weights, strict=True) if sample]
        conflicting.extend([sample for sample, _ in left], [weight for _, weight in left])
    return _join(true, conflicting, np.concatenate([np.empty(0, dtype=np.int64), *where]))


def _join(true: Samples, conflicting: Samples, where: NDArray[np.int64]) -> TokenisedExamples:
    both = (true, conflicting)
    numbers = [one.numbers() for one in both]
    return TokenisedExamples(
        true.sources.joined(conflicting.sources),
        np.cumsum(np.concatenate([one.source_lengths for one in numbers]), dtype=np.int64),
        true.targets.joined(conflicting.targets),
        np.cumsum(np.concatenate([one.target_lengths for one in numbers]), dtype=np.int64),
        np.concatenate([one.parts for one in numbers]),
        np.concatenate([one.weights for one in numbers]),
        np.where(where == NO_CONFLICT, NO_CONFLICT, where + len(true)),
        true.spared.joined(conflicting.spared),
        true.credits.joined(conflicting.credits),
    )


def _parts(whole: EncodedExample, separator: Separator) -> list[EncodedExample]:
    """The example, with its separator as it is to be learned; or the target alone, and behind it the rationale."""
    sample = whole.true
    if separator == "trained" or not sample.separator:
        return [whole]
    if separator == "spared":
        already = sample.spared or (False,) * len(sample.target)
        marks = tuple(mark or place in sample.separator for place, mark in enumerate(already))
        return [replace(whole, true=replace(sample, spared=marks))]
    size = len(sample.alone)
    spared, corrected = sample.spared[:size], sample.corrected[:size]
    alone = EncodedSample(sample.source, list(sample.alone), spared=spared, corrected=corrected)
    if not sample.rationale_tokens:  # cut off, so that nothing of it would be learned
        return [replace(whole, true=alone)]
    rationale = replace(sample, unsupervised_first=len(sample.target) - sample.rationale_tokens)
    return [replace(whole, true=alone), EncodedExample(rationale)]


def _unlearned(sample: EncodedSample) -> EncodedSample:
    return replace(sample, unsupervised_first=len(sample.target))


def _spared(sample: EncodedSample | None, example: Example, spare: Spare | None) -> EncodedSample | None:
    return sample if sample is None or spare is None else spare(sample, source=example.source)


def _chunks(examples: Iterable[Example]) -> Iterator[list[Example]]:
    iterator = iter(examples)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
