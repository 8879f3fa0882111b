"""A GGUF file for llama.cpp and what is built on it, with the tokenizer beside it for Tutelage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tutelage.core.decoding import Decoding
from tutelage.core.protocols import Engine
from tutelage.students.exports.ctranslate2_export import write_tokenizer
from tutelage.students.exports.export import TOKENIZER, Export
from tutelage.students.exports.gguf_converter import MISSING, convert_to_gguf, converter_command
from tutelage.students.exports.kind import ExportKind
from tutelage.students.kinds.kind import AnyStudent
from tutelage.students.student_folder import read_bare_student

if TYPE_CHECKING:
    from tutelage.students.causal_student import CausalStudent


class GgufExport(ExportKind):
    """Chat students, by llama.cpp's own converter."""

    name = "gguf"
    compute_types = ("q8_0", "f16", "bf16", "f32")

    def problems(self, student: type[AnyStudent] | None) -> list[str]:
        """That it is no chat student, or that the converter is not there."""
        of_student = [] if student is None or student.chats else ["gguf is for chat students; take ctranslate2."]
        return of_student or ([] if converter_command() else [f"{MISSING}."])

    def decoding(self, decoding: Decoding) -> Decoding:
        """Without a beam, which llama.cpp does not have."""
        return replace(decoding, beam_size=1)

    def write(self, student: AnyStudent, folder: Path, *, compute_type: str) -> None:
        """One file of weights, and a folder of config and tokenizer."""
        convert_to_gguf(student.origin, _file(folder, compute_type), outtype=compute_type)
        write_tokenizer(student, folder / TOKENIZER)

    def load(self, folder: Path, export: Export) -> AnyStudent:
        """From the tokenizer's folder."""
        return read_bare_student(folder / TOKENIZER, direction=export.direction)

    def open(self, student: AnyStudent, folder: Path, export: Export) -> Engine:
        """llama.cpp's own server in this process."""
        from tutelage.students.engines.causal_engine import CausalEngine
        from tutelage.students.engines.llama_cpp_causal import LlamaCppContinuation

        chat, key = cast("CausalStudent", student), f"{export.compute_type}:{export.student}"
        return CausalEngine(chat, LlamaCppContinuation(chat, _file(folder, export.compute_type), key=key))


def _file(folder: Path, compute_type: str) -> Path:
    return folder / f"model-{compute_type}.gguf"


GGUF = GgufExport()
