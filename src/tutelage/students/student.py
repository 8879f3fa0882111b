"""A student: a small model with its tokenizer, in one direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.core.languages import Direction
from tutelage.students.families import set_languages, source_prefix
from tutelage.students.marian_tokens import encode_marian

LONGEST = 1024
"""Tokens of one side where the model names no limit of its own."""


@dataclass(frozen=True, slots=True)
class Student:
    """An encoder–decoder model ready to be trained or decoded; causal students will have the same four methods."""

    model: Any
    """A transformers model, perhaps with a LoRA adapter."""
    tokenizer: Any
    family: str
    direction: Direction
    origin: Path
    """The folder the weights were read from. Engines name and convert it: after training, save and load anew."""

    def encode_sources(self, texts: Sequence[str], *, max_tokens: int) -> list[list[int]]:
        """Token ids of the sources, language tokens and end-of-sequence included, cut at `max_tokens`."""
        self.target_start()
        prefix = source_prefix(self.family, self.tokenizer, self.direction)
        prefixed = [prefix + text for text in texts]
        if self.family == "marian":
            return encode_marian(self.tokenizer, prefixed, max_tokens=max_tokens)
        ids: list[list[int]] = self.tokenizer(prefixed, truncation=True, max_length=max_tokens).input_ids
        return ids

    def encode_targets(self, texts: Sequence[str], *, max_tokens: int) -> list[list[int]]:
        """Token ids of the targets as labels: what the decoder should write, end-of-sequence included."""
        self.target_start()
        if self.family == "marian":
            return encode_marian(self.tokenizer, texts, max_tokens=max_tokens, as_target=True)
        ids: list[list[int]] = self.tokenizer(text_target=list(texts), truncation=True, max_length=max_tokens).input_ids
        return ids

    def target_start(self) -> int | None:
        """Id of the language token that the decoder writes first; none for families that have none."""
        return set_languages(self.family, self.tokenizer, self.direction)

    def decode_targets(self, ids: Sequence[Sequence[int]]) -> list[str]:
        """Text of decoded token ids, without special tokens."""
        texts: list[str] = self.tokenizer.batch_decode(ids, skip_special_tokens=True)
        return [text.strip() for text in texts]

    @property
    def max_tokens(self) -> int:
        """Tokens that one side can have at most: what tokenizer and positions allow."""
        config = self.model.config
        positions = getattr(config, "max_position_embeddings", None) or getattr(config, "n_positions", None)
        limits = (self.tokenizer.model_max_length, positions, LONGEST)
        return int(min(limit for limit in limits if limit))

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return sum(weight.numel() for weight in self.model.parameters())
