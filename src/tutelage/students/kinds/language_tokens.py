"""M2M-100, NLLB and mBART, which are told a language by its token."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction
from tutelage.students.kinds.codes import choose_code
from tutelage.students.student import Student

if TYPE_CHECKING:
    from torch import Tensor


class M2mStudent(Student):
    """M2M-100 and NLLB: the language stands first in a source and in a target."""

    __slots__ = ()

    @classmethod
    def asking_problem(cls, _folder: Path, _instruction: str | None = None) -> None:
        """None: every language that it knows has a token."""

    @classmethod
    def set_languages(cls, tokenizer: Any, direction: Direction) -> int:
        """Tell the tokenizer its languages; the id of the target's token."""
        codes = _language_codes(tokenizer)
        source, target = (_code(codes, lang) for lang in (direction.source, direction.target))
        if (tokenizer.src_lang, tokenizer.tgt_lang) != (source, target):
            tokenizer.src_lang, tokenizer.tgt_lang = source, target
        token_id: int = tokenizer.convert_tokens_to_ids(_as_token(tokenizer, target))
        return token_id

    @property
    def says_direction(self) -> bool:
        """Always."""
        return True

    @property
    def language_tokens(self) -> tuple[int, int]:
        """One, at the beginning of a target, or at its end."""
        return (0, 1) if self.starts_with_language else (1, 0)


class MbartStudent(M2mStudent):
    """mBART-50, which writes the language first as well, and mBART-25, which has it last in sources and targets."""

    __slots__ = ()
    norms_first = True

    @property
    def starts_with_language(self) -> bool:
        """Of mBART-25 alone."""
        return bool(self.tokenizer.prefix_tokens == [])

    @classmethod
    def decoder_inputs(cls, labels: Tensor, config: Any) -> Tensor:
        """They start with a sentence's last token: its language, or end-of-sequence."""
        shifted = labels.roll(1, dims=1)
        last = labels.ne(config.pad_token_id).sum(dim=1) - 1
        shifted[:, 0] = labels.gather(1, last[:, None])[:, 0]
        return shifted

    def mend_conversion(self, spec: Any) -> None:
        """The token that the decoder starts with, if it is not the language."""
        spec.config.decoder_start_token = None if self.starts_with_language else self.tokenizer.eos_token


def _code(codes: Sequence[str], lang: str) -> str:
    code = choose_code(tuple(codes), lang)
    if code is None:
        raise StudentError(f"this student does not know the language '{lang}'.", fix=f"It knows: {', '.join(codes)}.")
    return code


def _language_codes(tokenizer: Any) -> list[str]:
    """Codes as the tokenizer takes them for `src_lang`: en (M2M-100), en_XX (mBART), eng_Latn (NLLB)."""
    return list(getattr(tokenizer, "lang_code_to_token", None) or map(str, tokenizer.extra_special_tokens))


def _as_token(tokenizer: Any, code: str) -> str:
    token: str = getattr(tokenizer, "lang_code_to_token", {}).get(code, code)
    return token
