"""A student: a small model with its tokenizer, in one direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.core.languages import Direction
from tutelage.students.families import set_languages, source_prefix


@dataclass(frozen=True, slots=True)
class Student:
    """An encoder–decoder model ready to be trained or decoded; causal students will have the same four methods."""

    model: Any
    """A transformers model, perhaps with a LoRA adapter."""
    tokenizer: Any
    family: str
    direction: Direction
    origin: Path
    """The folder the weights were read from."""

    def encode_sources(self, texts: Sequence[str], *, max_tokens: int) -> list[list[int]]:
        """Token ids of the sources, language tokens and end-of-sequence included, cut at `max_tokens`."""
        self.target_start()
        prefix = source_prefix(self.family, self.tokenizer, self.direction)
        prefixed = [prefix + text for text in texts]
        ids: list[list[int]] = self.tokenizer(prefixed, truncation=True, max_length=max_tokens).input_ids
        return ids

    def encode_targets(self, texts: Sequence[str], *, max_tokens: int) -> list[list[int]]:
        """Token ids of the targets as labels: what the decoder should write, end-of-sequence included."""
        self.target_start()
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
    def parameters(self) -> int:
        """Number of weights."""
        return sum(weight.numel() for weight in self.model.parameters())
