"""A folder that transformers opens: safetensors with the adapter merged, and the tokenizer."""

from __future__ import annotations

from pathlib import Path

from tutelage.core.protocols import Engine
from tutelage.students.exports.export import Export
from tutelage.students.exports.kind import ExportKind
from tutelage.students.kinds.kind import AnyStudent
from tutelage.students.student_folder import read_student, save_student


class TransformersExport(ExportKind):
    """Every student; it can be trained again, and be the `student.model` of a recipe."""

    name = "transformers"
    is_ordinary = True
    compute_types = ("float32", "float16")

    def write(self, student: AnyStudent, folder: Path, *, compute_type: str) -> None:
        """An ordinary student's folder."""
        save_student(student, folder, half=compute_type == "float16")

    def load(self, folder: Path, export: Export) -> AnyStudent:
        """With its weights."""
        return read_student(folder, direction=export.direction)

    def open(self, student: AnyStudent, folder: Path, _export: Export) -> Engine:
        """Decoded by transformers, in float32."""
        engine: Engine = student.engines.load("transformers")(student, cache=folder, compute_type="float32")
        return engine


TRANSFORMERS = TransformersExport()
