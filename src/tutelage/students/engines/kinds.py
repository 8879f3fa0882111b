"""What the decoding engines can do, as far as a recipe can ask for something else: told before a student is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tutelage.core.errors import UserError
from tutelage.embedded.vllm_server import VllmCommand
from tutelage.students.exports.gguf_converter import MISSING, converter_command
from tutelage.students.gguf import gguf_of

NO_BEAM = "decodes greedily or by sampling, not with a beam"
VLLM_TYPES = ("float32", "float16", "bfloat16", "auto")
GGUF_TYPES = MappingProxyType({"float32": "f32", "float16": "f16", "bfloat16": "bf16", "int8": "q8_0"})
"""What llama.cpp's converter calls our compute types."""


@dataclass(frozen=True, slots=True)
class EngineKind:
    """An engine by its name in recipes."""

    shown: str
    chats_only: bool = False
    """Whether it decodes chat students alone."""
    searches: bool = True
    """Whether it has beams; else it decodes greedily or by sampling."""
    contrasts: bool = False
    """Whether it decodes contrastively, or leaves that to one that does."""
    compute_types: tuple[str, ...] | None = None
    """`None` means that the machine decides, which is told when a student is opened."""
    modules: tuple[str, ...] = ()
    """Optional modules that it imports."""
    missing: Callable[[], Iterator[str]] = lambda: iter(())
    """What else it needs and is not there."""
    reads_weights: bool = True
    """Whether it decodes with the student's own model; else with a copy of the weights, which it may have already."""
    reads_gguf: bool = False
    """Whether it decodes a GGUF file as it is; else what the file was dequantised to."""

    def arithmetic(self, folder: Path, compute_type: str) -> str:
        """How it computes with the student in a folder, by the compute type that is set."""
        return "file" if self.reads_gguf and gguf_of(folder) else compute_type


def _missing_vllm() -> Iterator[str]:
    try:
        VllmCommand.find()
    except UserError as error:
        yield str(error)


def _missing_converter() -> Iterator[str]:
    if converter_command() is None:
        yield f"{MISSING}."


ENGINE_KINDS = MappingProxyType(
    {
        "auto": EngineKind("the engine", contrasts=True),
        "ctranslate2": EngineKind("CTranslate2", modules=("ctranslate2",), reads_weights=False),
        "llama.cpp": EngineKind(
            "llama.cpp",
            chats_only=True,
            searches=False,
            compute_types=tuple(GGUF_TYPES),
            modules=("xllamacpp",),
            missing=_missing_converter,
            reads_weights=False,
            reads_gguf=True,
        ),
        "transformers": EngineKind("transformers", contrasts=True),
        "vllm": EngineKind(
            "vLLM",
            chats_only=True,
            searches=False,
            compute_types=VLLM_TYPES,
            missing=_missing_vllm,
            reads_weights=False,
        ),
    }
)


def engine_kind(name: str) -> EngineKind:
    """What is known of an engine; of one from outside, what holds for any."""
    return ENGINE_KINDS.get(name, ENGINE_KINDS["auto"])


def sign_arithmetic(engine: str, compute_type: str, folder: Path) -> str:
    """Engine and arithmetic for signatures: `float32`, or `transformers-float32` if a recipe names the engine."""
    arithmetic = engine_kind(engine).arithmetic(folder, compute_type)
    return arithmetic if engine == "auto" else f"{engine}-{arithmetic}"
