"""Several examples in one row: which go together, and how a row is laid out.

A row holds whole examples one after the other. Positions begin anew with each, which is how the model knows their
boundaries, and labels are shifted inside each, so that no example is asked to predict the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tutelage.core.training import IGNORED
from tutelage.training.batches import Batches, plan_epochs
from tutelage.training.tokenised import TokenisedExamples
from tutelage.training.weighting import Weighting

NOBODY = -1
ROW_TOKENS = 256
"""Rows are about this long, or as long as their longest example: attention within a row costs its length squared."""
WINDOW_BATCHES = 16
"""Examples are packed by length within about so many batches: full rows, and still a good shuffle."""


@dataclass(frozen=True, slots=True)
class PackedRows:
    """One batch as arrays [B, T]; `labels[t]` is what token t must predict, `weights[t]` what that counts.

    `members[t]` says for which of the samples, by its place among them, or that it is nobody's.
    """

    input_ids: NDArray[np.int64]
    position_ids: NDArray[np.int64]
    labels: NDArray[np.int64]
    weights: NDArray[np.float32]
    members: NDArray[np.int64]
    rationales: NDArray[np.bool_]
    """Where `labels[t]` is of a rationale."""


def row_length(batch_tokens: int) -> int:
    """Tokens of a row, near `ROW_TOKENS`, so that whole rows leave next to nothing of `batch_tokens` unused."""
    return batch_tokens // max(1, round(batch_tokens / ROW_TOKENS))


def plan_packed_batches(
    lengths: NDArray[np.int64],
    *,
    batch_tokens: int,
    seed: int,
    conflict_lengths: NDArray[np.int64] | None = None,
    epochs: float = 1.0,
    max_batches: int | None = None,
) -> Batches:
    """Index arrays, one for each micro-batch; packed, a batch's rows × row length stays within `batch_tokens`.

    `lengths` [n, 2] are prompt and response tokens; `conflict_lengths` [n, 2] those of the conflicting samples, which
    are in the same batch (zeros: none). Epochs and `max_batches` as in `plan_batches`.
    """
    totals = lengths.sum(axis=1)
    conflicts = None if conflict_lengths is None or not conflict_lengths.any() else conflict_lengths.sum(axis=1)
    tokens = totals if conflicts is None else totals + conflicts

    def one_epoch(generator: np.random.Generator) -> Iterator[NDArray[np.int64]]:
        window = max(1, int(WINDOW_BATCHES * batch_tokens / max(float(tokens.mean()), 1.0)))
        order = generator.permutation(len(totals))
        for start in range(0, len(order), window):
            members = order[start : start + window]
            if conflicts is None:
                batches = _fill(members, totals, batch_tokens)
            else:
                batches = _fill_with_conflicts(members, totals, conflicts, batch_tokens)
            for index in generator.permutation(len(batches)):
                yield batches[index]

    return plan_epochs(one_epoch, count=len(lengths), seed=seed, epochs=epochs, max_batches=max_batches)


def pack_rows(totals: Sequence[int], *, row_tokens: int) -> list[list[int]]:
    """Positions in `totals` grouped into rows of at most `row_tokens` (best fit, longest first).

    An example longer than a row makes a row of its own.
    """
    rows: list[list[int]] = []
    room: list[int] = []
    for position in sorted(range(len(totals)), key=lambda one: -totals[one]):
        fitting = [row for row, left in enumerate(room) if left >= totals[position]]
        if fitting:
            best = min(fitting, key=room.__getitem__)
            rows[best].append(position)
            room[best] -= totals[position]
        else:
            rows.append([position])
            room.append(max(row_tokens, totals[position]) - totals[position])
    return rows


def lay_out(
    examples: TokenisedExamples, samples: Sequence[int], *, pad_token_id: int, weighting: Weighting, row_tokens: int
) -> PackedRows:
    """The samples packed into rows; a row's rest is padding, which is an example of its own without labels."""
    totals = [len(examples.source(sample)) + len(examples.target(sample)) for sample in samples]
    rows = pack_rows(totals, row_tokens=row_tokens)
    shape = (len(rows), max(sum(totals[member] for member in row) for row in rows))
    packed = PackedRows(
        np.full(shape, pad_token_id, dtype=np.int64),
        np.zeros(shape, dtype=np.int64),
        np.full(shape, IGNORED, dtype=np.int64),
        np.zeros(shape, dtype=np.float32),
        np.full(shape, NOBODY, dtype=np.int64),
        np.zeros(shape, dtype=np.bool_),
    )
    weights = weighting.token_weights(examples, samples)
    for number, row in enumerate(rows):
        end = 0
        for member in row:
            end = _lay_one(packed, examples, samples[member], weights[member], member, row=number, start=end)
        packed.position_ids[number, end:] = np.arange(shape[1] - end)
    return packed


def _lay_one(
    packed: PackedRows,
    examples: TokenisedExamples,
    sample: int,
    weights: NDArray[np.float32],
    member: int,
    *,
    row: int,
    start: int,
) -> int:
    """Write one sample at `start`; where it ends. The token before each response token predicts it."""
    prompt, response = examples.source(sample), examples.target(sample)
    first, end = start + len(prompt), start + len(prompt) + len(response)
    packed.input_ids[row, start:first] = prompt
    packed.input_ids[row, first:end] = response
    packed.position_ids[row, start:end] = np.arange(end - start)
    packed.labels[row, first - 1 : end - 1] = response
    packed.weights[row, first - 1 : end - 1] = weights
    packed.members[row, first - 1 : end - 1] = member
    *_, rationale, last = examples.parts_of([sample])[0]
    packed.rationales[row, end - 1 - last - rationale : end - 1 - last] = True
    return end


def _fill(members: NDArray[np.int64], totals: NDArray[np.int64], batch_tokens: int) -> Batches:
    """The members in rows, and the rows in batches, longest rows together."""
    row_tokens = row_length(batch_tokens)
    packed = pack_rows([int(totals[member]) for member in members], row_tokens=row_tokens)
    rows = sorted((members[row] for row in packed), key=lambda row: int(totals[row].sum()))
    batches, start = [], 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or (end + 1 - start) * max(row_tokens, int(totals[rows[end]].sum())) > batch_tokens:
            batches.append(np.concatenate(rows[start:end]))
            start = end
    return batches


def _fill_with_conflicts(
    members: NDArray[np.int64], totals: NDArray[np.int64], conflicts: NDArray[np.int64], batch_tokens: int
) -> Batches:
    """Examples in their random order, as many in a batch as fit with their conflicting samples; long ones last."""
    row_tokens = row_length(batch_tokens)
    longest = np.maximum(np.maximum(totals, conflicts)[members], row_tokens)
    ordered = members[np.argsort(longest, kind="stable")]
    tokens = np.cumsum((totals + conflicts)[ordered])
    batches, start = [], 0
    while start < len(ordered):
        before = int(tokens[start - 1]) if start else 0
        end = max(start + 1, int(np.searchsorted(tokens, before + batch_tokens, side="right")))
        while end > start + 1 and _padded(ordered[start:end], totals, conflicts, row_tokens) > batch_tokens:
            end -= 1
        batches.append(ordered[start:end])
        start = end
    return batches


def _padded(
    members: NDArray[np.int64], totals: NDArray[np.int64], conflicts: NDArray[np.int64], row_tokens: int
) -> int:
    """Tokens of the rows that the members and their conflicting samples take, padding counted."""
    each = [int(size) for size in (*totals[members], *conflicts[members]) if size]
    rows = pack_rows(each, row_tokens=row_tokens)
    return len(rows) * max(row_tokens, max(sum(each[one] for one in row) for row in rows))
