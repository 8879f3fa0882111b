"""Which examples train together: the whole run's batches, planned before it starts.

A plan depends on lengths, budget and seed alone, so a resumed run sees the same batches, and the number of
updates is known from the beginning.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

WINDOW_BATCHES = 64
"""Examples are sorted by length within about so many batches: little padding, and still a good shuffle."""

Batches = list[NDArray[np.int64]]


def plan_batches(
    lengths: NDArray[np.int64],
    *,
    batch_tokens: int,
    seed: int,
    conflict_lengths: NDArray[np.int64] | None = None,
    epochs: float = 1.0,
    max_batches: int | None = None,
) -> Batches:
    """Index arrays, one for each micro-batch, for `epochs` passes over the examples.

    `lengths` [n, 2] are source and target tokens; `conflict_lengths` [n, 2] those of the conflicting samples, which
    are in the same batch (zeros: none). A batch's samples × longest side stay within `batch_tokens`, but for an example
    that is longer by itself. `max_batches` ends the plan early, or repeats epochs until it is full.
    """
    samples = np.ones(len(lengths), dtype=np.int64)
    if conflict_lengths is not None:
        samples = samples + conflict_lengths.any(axis=1)
        lengths = np.maximum(lengths, conflict_lengths)
    one_epoch = partial(_epoch, lengths, samples, batch_tokens)
    return plan_epochs(one_epoch, count=len(lengths), seed=seed, epochs=epochs, max_batches=max_batches)


def plan_epochs(
    make_epoch: Callable[[np.random.Generator], Iterator[NDArray[np.int64]]],
    *,
    count: int,
    seed: int,
    epochs: float,
    max_batches: int | None,
) -> Batches:
    """The batches of epoch after epoch over `count` examples, each epoch with a generator of its own."""
    if count == 0:
        return []
    batches: Batches = []
    epoch = 0
    while _wants_more(len(batches), epoch, epochs=epochs, max_batches=max_batches):
        one_epoch = list(make_epoch(np.random.default_rng((seed, epoch))))
        if max_batches is None and epochs - epoch < 1:
            share = round(epochs - epoch, 9)  # 1.1 − 1 is a little more than a tenth
            one_epoch = one_epoch[: math.ceil(round(len(one_epoch) * share, 6))]
        batches.extend(one_epoch)
        epoch += 1
    return batches[:max_batches]


def _wants_more(planned: int, epoch: int, *, epochs: float, max_batches: int | None) -> bool:
    return epoch < epochs if max_batches is None else planned < max_batches


def _epoch(
    lengths: NDArray[np.int64], samples: NDArray[np.int64], batch_tokens: int, generator: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    longest = lengths.max(axis=1)
    window = max(1, int(WINDOW_BATCHES * batch_tokens / max(float((longest * samples).mean()), 1.0)))
    order = generator.permutation(len(lengths))
    for start in range(0, len(order), window):
        batches = _cut(order[start : start + window], lengths, longest, samples, batch_tokens)
        for index in generator.permutation(len(batches)):
            yield batches[index]


def _cut(
    members: NDArray[np.int64],
    lengths: NDArray[np.int64],
    longest: NDArray[np.int64],
    samples: NDArray[np.int64],
    batch_tokens: int,
) -> Batches:
    """Sorted by longest side, then by the other; cut where the next example would overfill."""
    ordered = members[np.lexsort((lengths[members].sum(axis=1), longest[members]))]
    batches, start, rows = [], 0, 0
    for place, (more, side) in enumerate(zip(samples[ordered].tolist(), longest[ordered].tolist(), strict=True)):
        if rows and (rows + more) * side > batch_tokens:
            batches.append(ordered[start:place])
            start, rows = place, 0
        rows += more
    return [*batches, ordered[start:]]
