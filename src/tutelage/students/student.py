"""An encoder–decoder student of one direction; those that can be told others are in `kinds/`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction
from tutelage.core.protection.alphabet import Alphabet
from tutelage.core.records import Example
from tutelage.core.registry import Registry
from tutelage.core.segmentation import LONGEST as LONGEST_PIECE
from tutelage.core.training import IGNORED, EncodedExample, EncodedSample
from tutelage.students.directions import encode_by_direction, refuse_other_directions
from tutelage.students.kinds.kind import AnyStudent, BareModel
from tutelage.students.mask_tokens import read_mask_form
from tutelage.students.states import DecoderOutput, decoder_states

if TYPE_CHECKING:
    from torch import Tensor

LONGEST = 1024
"""Tokens of one side where the model names no limit of its own."""
_BYTE = re.compile("<0x[0-9A-F]{2}>")
TAKE_ANOTHER = "Take NLLB, M2M-100, mBART, a multilingual Marian, T5, or a chat model."
ENGINES = Registry(
    "decoding engine",
    {
        "ctranslate2": "tutelage.students.engines.ctranslate2_engine:CTranslate2Engine",
        "transformers": "tutelage.students.engines.contrastive:open_with_transformers",
    },
    group="tutelage.engines",
)


class Student(AnyStudent):
    """A model that is given a text and writes another, such as BART."""

    __slots__ = ()
    adapter_task = "SEQ_2_SEQ_LM"
    engines = ENGINES
    piece_words = LONGEST_PIECE
    norms_first: ClassVar[bool] = False
    """Where the norms of its layers stand. Transformers 5 fixes that by class and drops the key CTranslate2 reads."""

    @classmethod
    def load(cls, folder: Path, *, direction: Direction) -> Self:
        """The student in a folder, in float32; only safetensors, never code from the folder."""
        import torch
        import transformers

        model = transformers.AutoModelForSeq2SeqLM.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, attn_implementation="eager"
        )
        return cls._around(model.eval(), folder, direction)

    @classmethod
    def load_bare(cls, folder: Path, *, direction: Direction) -> Self:
        """The student without its weights."""
        return cls._around(BareModel.read(folder), folder, direction)

    @classmethod
    def _around(cls, model: Any, folder: Path, direction: Direction) -> Self:
        return cls(model, cls.load_tokenizer(folder), direction, folder, mask_form=read_mask_form(folder))

    @classmethod
    def asking_problem(cls, _folder: Path, _instruction: str | None = None) -> str | None:
        """That it has one direction."""
        return f"it translates in one direction and cannot be told another. {TAKE_ANOTHER}"

    @classmethod
    def require_direction(cls, tokenizer: Any, direction: Direction) -> None:
        """StudentError for a language without a token."""
        cls.set_languages(tokenizer, direction)
        cls.source_prefix(tokenizer, direction)

    @classmethod
    def source_prefix(cls, _tokenizer: Any, _direction: Direction) -> str:
        """Text before every source."""
        return ""

    @classmethod
    def set_languages(cls, _tokenizer: Any, _direction: Direction) -> int | None:
        """Tell the tokenizer its languages; the id of the target's token, for kinds that have such tokens."""
        return None

    @property
    def says_direction(self) -> bool:
        """Whether it can be asked for one direction or another."""
        return False

    @property
    def language_tokens(self) -> tuple[int, int]:
        """How many tokens at the beginning and at the end of a target say its language; decoding is given them."""
        return 0, 0

    @property
    def starts_with_language(self) -> bool:
        """Whether the language token is itself the decoder's start, not the token after it."""
        return False

    @property
    def banned_tokens(self) -> list[str]:
        """What CTranslate2 must be kept from writing."""
        return [self.tokenizer.pad_token]

    @classmethod
    def states(cls, model: Any, batch: dict[str, Tensor]) -> DecoderOutput:
        """Of padded sources, input_ids [B, S] with their attention_mask, and labels [B, T]."""
        labels = batch["labels"]
        padded = labels.masked_fill(labels == IGNORED, model.config.pad_token_id)
        inputs = {name: batch[name] for name in ("input_ids", "attention_mask")}
        return cls.decoder_states(model, {**inputs, "decoder_input_ids": cls.decoder_inputs(padded, model.config)})

    @classmethod
    def decoder_states(cls, model: Any, batch: dict[str, Tensor]) -> DecoderOutput:
        """Of sources and decoder inputs."""
        return decoder_states(model, batch)

    @classmethod
    def decoder_inputs(cls, labels: Tensor, config: Any) -> Tensor:
        """Decoder inputs [B, T] from labels [B, T] (padded with pad): the start token, then all but the last."""
        shifted = labels.roll(1, dims=1)
        shifted[:, 0] = config.decoder_start_token_id
        return shifted

    @classmethod
    def mend_model(cls, model: Any) -> None:
        """Say where the norms stand."""
        if not hasattr(model.config, "normalize_before"):
            model.config.normalize_before = cls.norms_first

    def encode_sources(
        self, texts: Sequence[str], *, max_tokens: int, direction: Direction | None = None
    ) -> list[list[int]]:
        """Token ids of the sources, language tokens and end-of-sequence included, cut at `max_tokens`.

        `direction` is that of the texts; `None` means the student's own.
        """
        self.target_start(direction)
        prefix = self.source_prefix(self.tokenizer, direction or self.direction)
        return self.tokenise([prefix + text for text in texts], max_tokens=max_tokens)

    @property
    def alphabet(self) -> Alphabet | None:
        """What its vocabulary has a token for that is no byte."""
        unspelled = _unspelled_tokens(self.tokenizer)

        def spells(text: str) -> bool:
            return unspelled.isdisjoint(self.tokenise([text], max_tokens=LONGEST)[0])

        return Alphabet(spells, self.direction)

    def count_tokens(self, text: str) -> int:
        """Tokens of a source, uncut, with language tokens and end-of-sequence."""
        return len(self.encode_sources([text], max_tokens=len(text.encode()) + LONGEST)[0])

    def encode_targets(
        self, texts: Sequence[str], *, max_tokens: int, direction: Direction | None = None
    ) -> list[list[int]]:
        """Token ids of the targets as labels: what the decoder should write, end-of-sequence included."""
        self.target_start(direction)
        return self.tokenise(texts, max_tokens=max_tokens, as_target=True)

    def tokenise(self, texts: Sequence[str], *, max_tokens: int, as_target: bool = False) -> list[list[int]]:
        """Token ids of texts in the languages that the tokenizer was told last."""
        given = {"text_target" if as_target else "text": list(texts)}
        ids: list[list[int]] = self.tokenizer(**given, truncation=True, max_length=max_tokens).input_ids
        return ids

    def encode_examples(
        self, examples: Sequence[Example], *, max_source_tokens: int, max_target_tokens: int, conflicts: bool = False
    ) -> list[EncodedExample]:
        """Each example under its own direction and, with `conflicts`, also under the wrong one that it names.

        Neither side is longer than the student's positions. StudentError for a conversation, and for a direction that
        this student cannot be told.
        """
        _refuse_messages(examples)
        if not self.says_direction:
            refuse_other_directions(examples, own=self.direction, conflicts=conflicts)
        limits = min(max_source_tokens, self.max_tokens), min(max_target_tokens, self.max_tokens)
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
        first, last = self.language_tokens
        return replace(sample, unsupervised_first=first, unsupervised_last=max(last, sample.unsupervised_last))

    def _encode_samples(
        self, asked: Sequence[tuple[Example, Direction]], max_source_tokens: int, max_target_tokens: int
    ) -> list[EncodedSample]:
        directions = [direction for _, direction in asked]
        sources = encode_by_direction(
            [one.source for one, _ in asked], directions,
            lambda texts, direction: self.encode_sources(texts, max_tokens=max_source_tokens, direction=direction),
        )  # fmt: skip
        targets = self._encode_cut([one.target for one, _ in asked], directions, max_target_tokens)
        return [
            EncodedSample(source, target, unsupervised_last=self._end_tokens(target) if one.cut or cut else 0)
            for (one, _), source, (target, cut) in zip(asked, sources, targets, strict=True)
        ]

    def _encode_cut(
        self, texts: Sequence[str], directions: Sequence[Direction], max_tokens: int
    ) -> Iterator[tuple[list[int], bool]]:
        """Each target as labels, and whether it was cut, which makes its end a lie."""
        found = encode_by_direction(
            texts, directions,
            lambda some, direction: self.encode_targets(some, max_tokens=max_tokens + 1, direction=direction),
        )  # fmt: skip
        for text, direction, ids in zip(texts, directions, found, strict=True):
            cut = len(ids) > max_tokens
            yield (self.encode_targets([text], max_tokens=max_tokens, direction=direction)[0] if cut else ids), cut

    def _end_tokens(self, target: list[int]) -> int:
        """How many tokens the end of a target takes: end-of-sequence and what stands behind it."""
        end = self.tokenizer.eos_token_id
        return target[::-1].index(end) + 1 if end in target else 0

    def target_start(self, direction: Direction | None = None) -> int | None:
        """Id of the language token that the decoder writes first; none for families that have none.

        The tokenizer is told the languages of `direction` (`None`: the student's own).
        """
        return self.set_languages(self.tokenizer, direction or self.direction)

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


def _unspelled_tokens(tokenizer: Any) -> frozenset[int]:
    """Ids of the unknown token and of bytes, which stand for characters that the vocabulary lacks."""
    bytes_ = (number for token, number in tokenizer.get_vocab().items() if _BYTE.fullmatch(token))
    unknown = tokenizer.unk_token_id
    return frozenset(bytes_) if unknown is None else frozenset((*bytes_, unknown))


def _refuse_messages(examples: Sequence[Example]) -> None:
    for example in examples:
        if example.messages:
            raise StudentError(
                f"example '{example.id}' is a conversation, and this student translates only.",
                where="student",
                fix="Take a causal student.",
            )
