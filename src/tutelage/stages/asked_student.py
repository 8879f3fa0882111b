"""The stage `asked`: the same student with another instruction, or with demonstrations, saved beside its weights."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import StudentError
from tutelage.core.recipe import Recipe, ShotsSettings
from tutelage.core.stage import FolderStage, Work
from tutelage.stages.shots import ShotSource, shot_source
from tutelage.storage.manifest import MANIFEST
from tutelage.storage.stages import MARK, StageFolder
from tutelage.students.decoder import Weights
from tutelage.students.instructions import FILE as INSTRUCTION
from tutelage.students.instructions import find_instruction, read_instruction
from tutelage.students.kinds.registry import student_kind
from tutelage.students.shots import FILE as SHOTS
from tutelage.students.shots import write_shots


@dataclass(frozen=True, slots=True)
class AskedStudentInputs:
    """A student, and what it is asked by."""

    student: Weights
    instruction: str
    """The template."""
    shots: ShotSource | None
    """`None` leaves the demonstrations that it has."""


def save_asked(inputs: AskedStudentInputs, _: Work, folder: Path) -> None:
    """The student's own files into `folder`, with what it is asked by."""
    student = inputs.student.folder
    for file in sorted(student.iterdir()):
        if file.is_file() and file.name not in (INSTRUCTION, SHOTS, MARK, MANIFEST):
            _share(file, folder / file.name)
    (folder / INSTRUCTION).write_text(inputs.instruction + "\n", encoding="utf-8")
    if inputs.shots is not None:
        write_shots(inputs.shots.draw(), folder)
    elif (student / SHOTS).is_file():
        shutil.copy2(student / SHOTS, folder / SHOTS)


ASKED_STUDENT = FolderStage("asked", 2, save_asked)


def asked_student_stage(
    recipe: Recipe, folder: StageFolder, *, student: Path, instruction: str | None, shots: ShotsSettings | None
) -> Path:
    """A folder with the student's own files and what it is asked by; the student itself if nothing is changed.

    StudentError for an encoder–decoder student, which has no instruction.
    """
    if instruction is None and shots is None:
        return student
    if not student_kind(student).chats:
        raise StudentError(
            "an encoder–decoder student is given the text alone: it takes no instruction and no demonstrations.",
            where="student",
            fix="Leave them out, or take a chat model.",
        )
    own = read_instruction(student, direction=recipe.direction.direction)
    template = own if instruction is None else find_instruction(instruction)
    drawn = None if shots is None else shot_source(recipe, shots)
    return folder.make(ASKED_STUDENT, AskedStudentInputs(Weights(student), template, drawn)).path


def _share(file: Path, copy: Path) -> None:
    """The same file under another name; a copy of it where the disk is another."""
    try:
        os.link(file.resolve(), copy)
    except OSError:
        shutil.copy2(file, copy)
