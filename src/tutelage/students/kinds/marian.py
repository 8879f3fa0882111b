"""Marian: one direction, or several targets told by a `>>xxx<<` token, in a vocabulary read by SentencePiece itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

from tutelage.core.errors import StudentError, UsageError
from tutelage.core.languages import Direction, normalise_language
from tutelage.core.machine import usable_cores
from tutelage.students.kinds.codes import choose_code
from tutelage.students.kinds.kind import BareModel
from tutelage.students.model_folder import read_config
from tutelage.students.student import Student


class MarianStudent(Student):
    """A Marian model, such as OPUS-MT's."""

    __slots__ = ()

    @classmethod
    def asking_problem(cls, folder: Path, _instruction: str | None = None) -> str | None:
        """That its vocabulary has no target tokens."""
        return None if _has_target_tokens(folder) else super().asking_problem(folder)

    @classmethod
    def says_source(cls, _folder: Path) -> bool:
        """Never."""
        return False

    @classmethod
    def said_direction(cls, folder: Path) -> Direction | None:
        """What its vocabulary says; `None` for codes that are not known, such as those of a group of languages."""
        try:
            config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
            codes = [config.get("source_lang"), config.get("target_lang")]
        except (OSError, ValueError, AttributeError, RecursionError):
            return None
        if not all(isinstance(code, str) for code in codes):
            return None
        try:
            return Direction(*map(normalise_language, codes))
        except UsageError:
            return None

    @classmethod
    def load_bare(cls, folder: Path, *, direction: Direction) -> Self:
        """The student without its weights. Its config as transformers reads it would bring torch along."""
        return cls._around(BareModel(SimpleNamespace(**read_config(folder))), folder, direction)

    @classmethod
    def load_tokenizer(cls, folder: Path) -> Any:
        """The tokenizer that transformers has for Marian alone; asked which one it is, it would import torch."""
        import transformers

        return transformers.MarianTokenizer.from_pretrained(folder)

    @classmethod
    def source_prefix(cls, tokenizer: Any, direction: Direction) -> str:
        """The target's token, if it has such."""
        token = _target_token(tokenizer, direction.target)
        return f"{token} " if token else ""

    @property
    def says_direction(self) -> bool:
        """If it has targets to choose from."""
        return bool(_target_codes(self.tokenizer))

    def tokenise(self, texts: Sequence[str], *, max_tokens: int, as_target: bool = False) -> list[list[int]]:
        """The same ids as the tokenizer's, many times faster."""
        return encode_marian(self.tokenizer, texts, max_tokens=max_tokens, as_target=as_target)

    def save_tokenizer(self, folder: Path) -> None:
        """With its direction, which may have been another one before."""
        self.tokenizer.source_lang, self.tokenizer.target_lang = self.direction.source, self.direction.target
        super().save_tokenizer(folder)

    @property
    def banned_tokens(self) -> list[str]:
        """None: its conversion has no padding token."""
        return []

    def mend_conversion(self, spec: Any) -> None:
        """Add the start token's embedding to the decoder's first position, where that token always stands.

        CTranslate2 starts Marian's decoder from zeros. That is right for models Marian trained; once transformers
        trains one, the padding row, which starts the decoder, moves with the tied output projection.
        """
        model = self.model
        start = model.get_input_embeddings().weight[model.config.decoder_start_token_id].detach().float().cpu()
        scale = model.config.d_model**0.5 if model.config.scale_embedding else 1.0
        encodings = spec.decoder.position_encodings.encodings.detach().clone()
        encodings[0] += scale * start.to(encodings.dtype)
        spec.decoder.position_encodings.encodings = encodings


def _target_codes(tokenizer: Any) -> list[str]:
    return [code for code in getattr(tokenizer, "supported_language_codes", ()) if code.startswith(">>")]


def _target_token(tokenizer: Any, lang: str) -> str | None:
    codes = _target_codes(tokenizer)
    if not codes:
        return None
    code = choose_code(tuple(codes), lang)
    if code is not None:
        return code
    raise StudentError(f"this student has no target-language token for '{lang}'.", fix=f"It has: {', '.join(codes)}.")


def _has_target_tokens(folder: Path) -> bool:
    """Whether a vocabulary has `>>xxx<<` tokens."""
    path = folder / "vocab.json"
    if not path.is_file():
        return False
    try:
        pieces = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise StudentError(f"this is not JSON: {error}.", where=str(path), fix="Is the download whole?") from error
    return isinstance(pieces, dict) and any(piece.startswith(">>") and piece.endswith("<<") for piece in pieces)


def encode_marian(tokenizer: Any, texts: Sequence[str], *, max_tokens: int, as_target: bool = False) -> list[list[int]]:
    """Token ids of the texts, end-of-sequence included, cut at `max_tokens`.

    Where the two could differ (a text that names special or language tokens, or has unknown pieces), the
    tokenizer itself is asked.
    """
    table = _piece_table(tokenizer, as_target=as_target)
    pieces = tokenizer.spm_target if as_target else tokenizer.spm_source
    encoded = pieces.encode(list(texts), out_type=int, num_threads=usable_cores())
    unknown, end = pieces.unk_id(), tokenizer.eos_token_id
    special = tuple(tokenizer.get_added_vocab())
    return [
        _ask_tokenizer(tokenizer, text, max_tokens, as_target=as_target)
        if unknown in ids or text.startswith(">>") or any(token in text for token in special)
        else [*(table[piece] for piece in ids[: max_tokens - 1]), end]
        for text, ids in zip(texts, encoded, strict=True)
    ]


def _piece_table(tokenizer: Any, *, as_target: bool) -> list[int]:
    """Vocabulary id of each SentencePiece id, made once for a tokenizer: Marian's vocabulary has its own order."""
    name = "_tutelage_target_table" if as_target else "_tutelage_source_table"
    if not hasattr(tokenizer, name):
        pieces = tokenizer.spm_target if as_target else tokenizer.spm_source
        vocabulary = tokenizer.target_encoder if as_target and tokenizer.separate_vocabs else tokenizer.encoder
        unknown = vocabulary[tokenizer.unk_token]
        size = pieces.get_piece_size()
        setattr(tokenizer, name, [vocabulary.get(pieces.id_to_piece(piece), unknown) for piece in range(size)])
    table: list[int] = getattr(tokenizer, name)
    return table


def _ask_tokenizer(tokenizer: Any, text: str, max_tokens: int, *, as_target: bool) -> list[int]:
    given = {"text_target": text} if as_target else {"text": text}
    ids: list[int] = tokenizer(**given, truncation=True, max_length=max_tokens).input_ids
    return ids
