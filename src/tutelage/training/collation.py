"""Tokenised examples as padded tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tutelage.core.training import IGNORED
from tutelage.training.packing import lay_out
from tutelage.training.tokenised import TokenisedExamples


@dataclass(frozen=True, slots=True)
class Collator:
    """Turns example indices into tensors: input_ids and attention_mask [B, S], labels [B, T], weights [B]."""

    examples: TokenisedExamples
    pad_token_id: int

    def __call__(self, indices: list[int]) -> dict[str, Tensor]:
        """The batch; labels are padded with the objective's ignored label."""
        sources = [self.examples.source(index) for index in indices]
        targets = [self.examples.target(index) for index in indices]
        input_ids = _pad(sources, self.pad_token_id)
        lengths = torch.tensor([len(source) for source in sources])
        return {
            "input_ids": input_ids,
            "attention_mask": (torch.arange(input_ids.shape[1])[None, :] < lengths[:, None]).long(),
            "labels": _pad(targets, IGNORED),
            "weights": torch.from_numpy(self.examples.weights[indices]),
        }


@dataclass(frozen=True, slots=True)
class PackedCollator:
    """Turns example indices into packed rows: input_ids, position_ids, labels and weights, each [B, T]."""

    examples: TokenisedExamples
    pad_token_id: int

    def __call__(self, indices: list[int]) -> dict[str, Tensor]:
        """The batch; labels stand where they are predicted from."""
        rows = lay_out(self.examples, indices, pad_token_id=self.pad_token_id)
        return {
            "input_ids": torch.from_numpy(rows.input_ids),
            "position_ids": torch.from_numpy(rows.position_ids),
            "labels": torch.from_numpy(rows.labels),
            "weights": torch.from_numpy(rows.weights),
        }


def _pad(rows: list[NDArray[np.int32]], value: int) -> Tensor:
    longest = max(len(row) for row in rows)
    padded = np.full((len(rows), longest), value, dtype=np.int64)
    for index, row in enumerate(rows):
        padded[index, : len(row)] = row
    return torch.from_numpy(padded)


class IndexDataset(torch.utils.data.Dataset[int]):
    """0 … n−1; the collator fetches the examples."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: int) -> int:
        return int(index)


def make_loader(batches: list[NDArray[np.int64]], collator: Collator | PackedCollator) -> Any:
    """A loader over planned batches, in their order."""
    return torch.utils.data.DataLoader(
        IndexDataset(len(collator.examples)),
        batch_sampler=[batch.tolist() for batch in batches],
        collate_fn=collator,
    )
