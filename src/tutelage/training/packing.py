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

ROW_TOKENS = 256
"""Rows are this long, or as long as their longest example: attention within a row costs its length squared."""
WINDOW_BATCHES = 16
"""Examples are packed by length within about so many batches: full rows, and still a good shuffle."""


@dataclass(frozen=True, slots=True)
class PackedRows:
    """One batch as arrays [B, T]; `labels[t]` is what token t must predict, `weights[t]` what that counts."""

    input_ids: NDArray[np.int64]
    position_ids: NDArray[np.int64]
    labels: NDArray[np.int64]
    weights: NDArray[np.float32]


def plan_packed_batches(
    lengths: NDArray[np.int64], *, batch_tokens: int, seed: int, epochs: float = 1.0, max_batches: int | None = None
) -> Batches:
    """Index arrays, one for each micro-batch; packed, a batch's rows × row length stays within `batch_tokens`.

    `lengths` [n, 2] are prompt and response tokens. Epochs and `max_batches` as in `plan_batches`.
    """
    totals = lengths.sum(axis=1)

    def one_epoch(generator: np.random.Generator) -> Iterator[NDArray[np.int64]]:
        window = max(1, int(WINDOW_BATCHES * batch_tokens / max(float(totals.mean()), 1.0)))
        order = generator.permutation(len(totals))
        for start in range(0, len(order), window):
            batches = _fill(order[start : start + window], totals, batch_tokens)
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


def lay_out(examples: TokenisedExamples, indices: Sequence[int], *, pad_token_id: int) -> PackedRows:
    """The examples packed into rows; a row's rest is padding, which is an example of its own without labels."""
    totals = [int(examples.lengths_of(index).sum()) for index in indices]
    rows = pack_rows(totals, row_tokens=ROW_TOKENS)
    shape = (len(rows), max(sum(totals[member] for member in row) for row in rows))
    packed = PackedRows(
        np.full(shape, pad_token_id, dtype=np.int64),
        np.zeros(shape, dtype=np.int64),
        np.full(shape, IGNORED, dtype=np.int64),
        np.zeros(shape, dtype=np.float32),
    )
    for number, row in enumerate(rows):
        end = 0
        for member in row:
            end = _lay_one(packed, examples, indices[member], row=number, start=end)
        packed.position_ids[number, end:] = np.arange(shape[1] - end)
    return packed


def _lay_one(packed: PackedRows, examples: TokenisedExamples, index: int, *, row: int, start: int) -> int:
    """Write one example at `start`; where it ends. The token before each response token predicts it."""
    prompt, response = examples.source(index), examples.target(index)
    first, end = start + len(prompt), start + len(prompt) + len(response)
    packed.input_ids[row, start:first] = prompt
    packed.input_ids[row, first:end] = response
    packed.position_ids[row, start:end] = np.arange(end - start)
    packed.labels[row, first - 1 : end - 1] = response
    packed.weights[row, first - 1 : end - 1] = examples.weights[index]
    return end


def _fill(members: NDArray[np.int64], totals: NDArray[np.int64], batch_tokens: int) -> Batches:
    """The members in rows, and the rows in batches, longest rows together."""
    row_tokens = min(ROW_TOKENS, batch_tokens)
    packed = pack_rows([int(totals[member]) for member in members], row_tokens=row_tokens)
    rows = sorted((members[row] for row in packed), key=lambda row: int(totals[row].sum()))
    batches, start = [], 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or (end + 1 - start) * max(row_tokens, int(totals[rows[end]].sum())) > batch_tokens:
            batches.append(np.concatenate(rows[start:end]))
            start = end
    return batches
