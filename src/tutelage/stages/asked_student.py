"""The stage `asked`: the same student with another instruction, or with demonstrations, saved beside its weights."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tutelage.core.errors import StudentError
from tutelage.core.recipe import Recipe, ShotsSettings
from tutelage.core.signatures import content_key
from tutelage.stages.shots import draw_shots, shots_key
from tutelage.storage.manifest import MANIFEST
from tutelage.storage.stages import MARK, StageFolder
from tutelage.students.families import CAUSAL, family_of
from tutelage.students.instructions import FILE as INSTRUCTION
from tutelage.students.instructions import find_instruction, read_instruction
from tutelage.students.loading import read_model_type, student_signature
from tutelage.students.shots import FILE as SHOTS
from tutelage.students.shots import write_shots


def asked_student_stage(
    recipe: Recipe, folder: StageFolder, *, student: Path, instruction: str | None, shots: ShotsSettings | None
) -> Path:
    """A folder with the student's own files and what it is asked by; the student itself where nothing is changed.

    StudentError for an encoder–decoder student, which has no instruction.
    """
    if instruction is None and shots is None:
        return student
    if family_of(read_model_type(student)) != CAUSAL:
        raise StudentError(
            "an encoder–decoder student is given the text alone: it takes no instruction and no demonstrations.",
            where="student",
            fix="Leave them out, or take a chat model.",
        )
    own = read_instruction(student, direction=recipe.direction.direction)
    template = own if instruction is None else find_instruction(instruction)
    drawn = "" if shots is None else shots_key(recipe, shots)
    key = content_key("asked", 1, student_signature(student), template, drawn)

    def make(aside: Path) -> None:
        for file in sorted(student.iterdir()):
            if file.is_file() and file.name not in (INSTRUCTION, SHOTS, MARK, MANIFEST):
                _share(file, aside / file.name)
        (aside / INSTRUCTION).write_text(template + "\n", encoding="utf-8")
        if shots is not None:
            write_shots(draw_shots(recipe, shots), aside)
        elif (student / SHOTS).is_file():
            shutil.copy2(student / SHOTS, aside / SHOTS)

    return folder.folder("asked", key=key, make=make)


def _share(file: Path, copy: Path) -> None:
    """The same file under another name; a copy of it where the disk is another."""
    try:
        os.link(file.resolve(), copy)
    except OSError:
        shutil.copy2(file, copy)
