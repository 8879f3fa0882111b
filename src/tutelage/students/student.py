"""A student: a small model with its tokenizer, in one direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction
from tutelage.core.protection.masks import LETTERS, MaskForm
from tutelage.core.records import Example
from tutelage.core.training import EncodedExample, EncodedSample
from tutelage.students.directions import encode_by_direction, refuse_other_directions
from tutelage.students.families import says_direction, set_languages, source_prefix, target_language_tokens
from tutelage.students.marian_tokens import encode_marian

LONGEST = 1024
"""Tokens of one side where the model names no limit of its own."""


@dataclass(frozen=True, slots=True)
class Student:
    """An encoder–decoder model ready to be trained or decoded."""

    model: Any
    """A transformers model, perhaps with a LoRA adapter."""
    tokenizer: Any
    family: str
    direction: Direction
    origin: Path
    """The folder the weights were read from. Engines name and convert it: after training, save and load anew."""
    mask_form: MaskForm = LETTERS
    """How it is given masks for protected spans."""

    def encode_sources(
        self, texts: Sequence[str], *, max_tokens: int, direction: Direction | None = None
    ) -> list[list[int]]:
        """Token ids of the sources, language tokens and end-of-sequence included, cut at `max_tokens`.

        `direction` is that of the texts; none: the student's own.
        """
        self.target_start(direction)
        prefix = source_prefix(self.family, self.tokenizer, direction or self.direction)
        prefixed = [prefix + text for text in texts]
        if self.family == "marian":
            return encode_marian(self.tokenizer, prefixed, max_tokens=max_tokens)
        ids: list[list[int]] = self.tokenizer(prefixed, truncation=True, max_length=max_tokens).input_ids
        return ids

    def encode_targets(
        self, texts: Sequence[str], *, max_tokens: int, direction: Direction | None = None
    ) -> list[list[int]]:
        """Token ids of the targets as labels: what the decoder should write, end-of-sequence included."""
        self.target_start(direction)
        if self.family == "marian":
            return encode_marian(self.tokenizer, texts, max_tokens=max_tokens, as_target=True)
        ids: list[list[int]] = self.tokenizer(text_target=list(texts), truncation=True, max_length=max_tokens).input_ids
        return ids

    def encode_examples(
        self, examples: Sequence[Example], *, max_source_tokens: int, max_target_tokens: int, conflicts: bool = False
    ) -> list[EncodedExample]:
        """Each example under its own direction and, with `conflicts`, also under the wrong one that it names.

        StudentError for a conversation, and for a direction that this student cannot be told.
        """
        _refuse_messages(examples)
        if not says_direction(self.family, self.tokenizer):
            refuse_other_directions(examples, own=self.direction, conflicts=conflicts)
        limits = max_source_tokens, max_target_tokens
        wrong = [one.conflict_direction if conflicts else None for one in examples]
        true = self._encode_samples([(one, one.direction) for one in examples], *limits)
        asked = [(one, direction) for one, direction in zip(examples, wrong, strict=True) if direction]
        conflicting = iter(self._encode_samples(asked, *limits))
        self.target_start()  # the tokenizer is saved as it is left
        return [
            EncodedExample(sample, self._without_language(next(conflicting)) if direction else None)
            for direction, sample in zip(wrong, true, strict=True)
        ]

    def _without_language(self, sample: EncodedSample) -> EncodedSample:
        """The sample without a loss on its language token, which is asked for, not written."""
        first, last = target_language_tokens(self.family, self.tokenizer)
        return replace(sample, unsupervised_first=first, unsupervised_last=max(last, sample.unsupervised_last))

    def _encode_samples(
        self, asked: Sequence[tuple[Example, Direction]], max_source_tokens: int, max_target_tokens: int
    ) -> list[EncodedSample]:
        directions = [direction for _, direction in asked]
        sources = encode_by_direction(
            [one.source for one, _ in asked], directions,
            lambda texts, direction: self.encode_sources(texts, max_tokens=max_source_tokens, direction=direction),
        )  # fmt: skip
        targets = encode_by_direction(
            [one.target for one, _ in asked], directions,
            lambda texts, direction: self.encode_targets(texts, max_tokens=max_target_tokens, direction=direction),
        )  # fmt: skip
        return [
            EncodedSample(source, target, unsupervised_last=self._end_tokens(target) if one.cut else 0)
            for (one, _), source, target in zip(asked, sources, targets, strict=True)
        ]

    def _end_tokens(self, target: list[int]) -> int:
        """How many tokens the end of a target takes: end-of-sequence and what stands behind it."""
        end = self.tokenizer.eos_token_id
        return target[::-1].index(end) + 1 if end in target else 0

    def target_start(self, direction: Direction | None = None) -> int | None:
        """Id of the language token that the decoder writes first; none for families that have none.

        The tokenizer is told the languages of `direction` (none: the student's own).
        """
        return set_languages(self.family, self.tokenizer, direction or self.direction)

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


def _refuse_messages(examples: Sequence[Example]) -> None:
    for example in examples:
        if example.messages:
            raise StudentError(
                f"example '{example.id}' is a conversation, and this student translates only.",
                where="student",
                fix="Take a causal student.",
            )
