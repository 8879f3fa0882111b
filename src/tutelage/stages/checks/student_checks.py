"""Checks of a recipe's student that load no weights."""

from __future__ import annotations

from pathlib import Path

from tutelage.core.errors import UserError
from tutelage.core.recipe import StudentSettings
from tutelage.core.settings import TrainSettings
from tutelage.students.adapter_folders import find_adapter
from tutelage.students.chat_format import NO_TEMPLATE, has_chat_template
from tutelage.students.gguf import find_gguf, is_gguf
from tutelage.students.kinds.registry import student_kind
from tutelage.students.loading import EMBEDDED_PREFIX, locate_student


def student_problems(settings: StudentSettings) -> list[str]:
    """What is wrong with the student: none or two given, a folder that is missing, a model of an unknown type."""
    if settings.model is None and settings.fresh is None:
        return ["student.model: missing; name a student, or describe a new one in [student.fresh]."]
    if settings.model is not None and settings.fresh is not None:
        return ["student: both model and fresh are given; a student is either an existing one or a new one."]
    if settings.adapter is not None and settings.model is None:
        return ["student.adapter: a new student has no adapter; name its base model as student.model."]
    return [*_adapter_problems(settings), *_model_problems(settings)]


def _adapter_problems(settings: StudentSettings) -> list[str]:
    try:
        if settings.adapter is not None:
            find_adapter(settings.adapter)
    except UserError as error:
        return [f"student.adapter: {error}"]
    return []


def _model_problems(settings: StudentSettings) -> list[str]:
    if settings.model is None or is_hub_name(settings.model):
        return []
    try:
        if is_gguf(settings.model):  # reading it whole takes longer than a check may
            find_gguf(settings.model)
            return []
        folder = locate_student(settings.model)
        if student_kind(folder).chats and not has_chat_template(folder):
            return [f"student.model: {folder} has no chat template, so it is not known how it is asked. {NO_TEMPLATE}"]
    except UserError as error:
        return [f"student.model: {error}"]
    except (OSError, ValueError) as error:
        return [f"student.model: the config.json of '{settings.model}' cannot be read ({error})."]
    return []


def student_notes(settings: StudentSettings) -> list[str]:
    """That a hub name was not looked up."""
    if settings.model is None or not is_hub_name(settings.model):
        return []
    return [f"student.model: '{settings.model}' is taken as a hub name; whether it exists is seen when it is loaded."]


def only_translates(student: StudentSettings) -> bool:
    """Whether the student is known to be no chat model."""
    return student.fresh is not None or _chats(student) is False


def surely_chats(student: StudentSettings) -> bool:
    """Whether the student is known to be a chat model."""
    return student.fresh is None and _chats(student) is True


def _chats(student: StudentSettings) -> bool | None:
    """None of a student that is not here yet; a GGUF file holds a chat model, or nothing that can be a student."""
    if student.model is not None and is_gguf(student.model):
        return True
    folder = known_folder(student.model)
    return None if folder is None else student_kind(folder).chats


def objective_problems(train: TrainSettings, student: StudentSettings) -> list[str]:
    """That a student learns by self-distillation which cannot."""
    if train.objective == "likelihood":
        return []
    if fault := train.distillation_fault:
        return [f"train.objective: {fault}."]
    if only_translates(student):
        return ['train.objective: "self-distillation" asks a chat model, and the student only translates.']
    return []


def known_folder(model: str | None) -> Path | None:
    """The student's folder; `None` for what is not on this machine yet, or wrong, which is told of the student."""
    if model is None or is_hub_name(model) or is_gguf(model):
        return None
    try:
        folder = locate_student(model)
        student_kind(folder)
    except (UserError, OSError, ValueError):
        return None
    return folder


def is_hub_name(name: str) -> bool:
    """Whether a student's name can only be meant for the hub."""
    if is_gguf(name) or name.startswith((EMBEDDED_PREFIX, ".", "/", "~")) or Path(name).expanduser().exists():
        return False
    return name.count("/") == 1
