"""A folder that CTranslate2 opens: weights at the top, quantised if asked for, and the tokenizer beside them."""

from __future__ import annotations

import shutil
from pathlib import Path

from tutelage.core.errors import StudentError
from tutelage.core.protocols import Engine
from tutelage.students.engines.conversion import Converted, write_conversion
from tutelage.students.engines.ctranslate2_opening import told_arithmetic
from tutelage.students.exports.export import TOKENIZER, Export
from tutelage.students.exports.kind import ExportKind
from tutelage.students.kinds.kind import AnyStudent
from tutelage.students.mask_tokens import write_mask_form
from tutelage.students.student_folder import read_bare_student

FOR_OTHERS = ("float16", "bfloat16")
"""What few processors compute with; what is stored so is read all the same."""
SAID = ("config.json", "generation_config.json")
"""What says how the model is built and decoded."""


class CTranslate2Export(ExportKind):
    """Encoder-decoders and causal students."""

    name = "ctranslate2"
    compute_types = ("int8", "float32", "int8_float32", "float16", "bfloat16")

    def write(self, student: AnyStudent, folder: Path, *, compute_type: str) -> None:
        """CTranslate2's files, and a folder of config and tokenizer."""
        try:
            write_conversion(student, folder, quantization=compute_type)
        except StudentError as error:
            raise StudentError(error.what, where=error.where, fix="Export it to transformers.") from error
        write_tokenizer(student, folder / TOKENIZER)

    def load(self, folder: Path, export: Export) -> AnyStudent:
        """From the tokenizer's folder."""
        return read_bare_student(folder / TOKENIZER, direction=export.direction)

    def open(self, student: AnyStudent, folder: Path, export: Export) -> Engine:
        """With the arithmetic that the weights are stored for, if this machine has it, else in float32."""
        compute_type, key = export.compute_type, export.student
        if compute_type in FOR_OTHERS:
            compute_type, key = "default", f"{key}-{compute_type}"
        with told_arithmetic(folder, export.compute_type):
            engine: Engine = student.engines.load("ctranslate2")(
                student, cache=None, converted=Converted(folder, key), compute_type=compute_type
            )
        return engine


def write_tokenizer(student: AnyStudent, folder: Path) -> None:
    """What the student is asked with, and what its config says of it, without weights."""
    folder.mkdir()
    student.save_tokenizer(folder)
    write_mask_form(student.mask_form, folder)
    for name in SAID:
        if (student.origin / name).is_file():
            shutil.copyfile(student.origin / name, folder / name)


CTRANSLATE2 = CTranslate2Export()
