"""Tokenised examples as tensors.

Besides what a model reads, a batch holds `labels`, `weights` (what each label counts) and `counts` [2] (what it adds to
the counts of true and conflicting samples). If it is packed and has rationales, `rationales` says where labels are
theirs. If it has conflicting samples, there are `unlikely` (where labels are theirs), `members` (which of the batch's
samples a label belongs to, or -1) and `pairs` [P, 2] (a true sample and its conflicting one).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tutelage.core.training import IGNORED
from tutelage.training.packing import NOBODY, ROW_TOKENS, lay_out
from tutelage.training.shares import is_idle
from tutelage.training.tokenised import NO_CONFLICT, TokenisedExamples
from tutelage.training.weighting import PLAIN, Weighting


@dataclass(frozen=True, slots=True)
class Collator:
    """Turns example indices into padded tensors: input_ids and attention_mask [B, S], labels and weights [B, T].

    B counts the true samples and, behind them, the conflicting ones.
    """

    examples: TokenisedExamples
    pad_token_id: int
    weighting: Weighting = PLAIN

    def __call__(self, indices: list[int]) -> dict[str, Tensor]:
        """The batch; labels are padded with the objective's ignored label."""
        samples = self.examples.samples_of(indices)
        sources = [self.examples.source(sample) for sample in samples]
        targets = [self.examples.target(sample) for sample in samples]
        input_ids = _pad(sources, self.pad_token_id)
        lengths = torch.tensor([len(source) for source in sources])
        labels = _pad(targets, IGNORED)
        batch = {
            "input_ids": input_ids,
            "attention_mask": (torch.arange(input_ids.shape[1])[None, :] < lengths[:, None]).long(),
            "labels": labels,
            "weights": _pad(self.weighting.token_weights(self.examples, samples), 0.0),
            "counts": torch.from_numpy(self.weighting.counts(self.examples, samples)),
        }
        if len(samples) > len(indices):
            numbers = torch.arange(len(samples))[:, None].expand_as(labels)
            batch["unlikely"] = (numbers >= len(indices)).contiguous()
            batch["members"] = numbers.masked_fill(labels == IGNORED, NOBODY)
            batch["pairs"] = _pairs(self.examples, indices)
        return batch


@dataclass(frozen=True, slots=True)
class PackedCollator:
    """Turns example indices into packed rows: input_ids, position_ids, labels and weights, each [B, T]."""

    examples: TokenisedExamples
    pad_token_id: int
    weighting: Weighting = PLAIN
    row_tokens: int = ROW_TOKENS

    def __call__(self, indices: list[int]) -> dict[str, Tensor]:
        """The batch; labels stand where they are predicted from."""
        samples = self.examples.samples_of(indices)
        rows = lay_out(
            self.examples, samples,
            pad_token_id=self.pad_token_id, weighting=self.weighting, row_tokens=self.row_tokens,
        )  # fmt: skip
        batch = {
            "input_ids": torch.from_numpy(rows.input_ids),
            "position_ids": torch.from_numpy(rows.position_ids),
            "labels": torch.from_numpy(rows.labels),
            "weights": torch.from_numpy(rows.weights),
            "counts": torch.from_numpy(self.weighting.counts(self.examples, samples)),
        }
        if rows.rationales.any():
            batch["rationales"] = torch.from_numpy(rows.rationales)
        if len(samples) > len(indices):
            members = torch.from_numpy(rows.members)
            batch["unlikely"] = members >= len(indices)
            batch["members"] = members
            batch["pairs"] = _pairs(self.examples, indices)
        return batch


@dataclass(frozen=True, slots=True)
class QuestionCollator:
    """Turns example indices into questions, for a student that writes the answers itself.

    `questions` [B, S] and `shown` [B, R], which are the same with their answers shown, padded behind, with their
    `question_lengths` and `shown_lengths` [B]; `weights` [B]; `answer_tokens` [], the longest of the answers given.
    """

    examples: TokenisedExamples
    pad_token_id: int

    def __call__(self, indices: list[int]) -> dict[str, Tensor]:
        """The batch; each example counts 1."""
        samples = self.examples.samples_of(indices)
        questions, shown = (
            [self.examples.source(sample) for sample in some]
            for some in (samples[: len(indices)], samples[len(indices) :])
        )
        return {
            "questions": _pad(questions, self.pad_token_id),
            "question_lengths": torch.tensor([len(one) for one in questions]),
            "shown": _pad(shown, self.pad_token_id),
            "shown_lengths": torch.tensor([len(one) for one in shown]),
            "answer_tokens": torch.tensor(max(len(self.examples.target(one)) for one in indices)),
            "weights": torch.from_numpy(self.examples.weights[indices]),
            "counts": torch.tensor([float(len(indices)), 0.0]),
        }


Collate = Collator | PackedCollator | QuestionCollator


def _pairs(examples: TokenisedExamples, indices: list[int]) -> Tensor:
    """The places of true samples that have a conflicting one, and the places of those, which stand behind all true."""
    paired = [place for place, one in enumerate(indices) if examples.conflicts[one] != NO_CONFLICT]
    return torch.tensor([(place, len(indices) + number) for number, place in enumerate(paired)]).view(-1, 2)


def _pad(rows: list[NDArray[Any]], value: float) -> Tensor:
    longest = max(len(row) for row in rows)
    padded = np.full((len(rows), longest), value, dtype=np.int64 if isinstance(value, int) else np.float32)
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


class PlannedSampler(torch.utils.data.Sampler[list[int]]):
    """Planned batches, in their order."""

    def __init__(self, batches: list[NDArray[np.int64]]) -> None:
        self._batches = batches

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[list[int]]:
        return (batch.tolist() for batch in self._batches)


def make_loader(batches: list[NDArray[np.int64]], collator: Collate) -> Any:
    """A loader over planned batches, in their order."""
    return torch.utils.data.DataLoader(
        IndexDataset(len(collator.examples)),
        batch_sampler=PlannedSampler(batches),
        collate_fn=partial(_collate, collator),
    )


def _collate(collator: Collate, indices: list[int]) -> dict[str, Tensor]:
    """The batch; one that is idle counts nothing."""
    if not is_idle(indices):
        return collator(indices)
    batch = collator([~index for index in indices])
    return batch | {name: torch.zeros_like(batch[name]) for name in ("weights", "counts")}
