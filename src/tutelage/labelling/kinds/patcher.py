"""`patcher`: a trained patcher that runs in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tutelage.core.errors import UsageError, UserError
from tutelage.core.recipe import Recipe
from tutelage.core.teacher_settings import PatcherSettings
from tutelage.labelling.kinds.kind import Place, TeacherKind, asked_as_told

if TYPE_CHECKING:
    from tutelage.teachers.chat import ChatTeacher


@contextmanager
def _opened(settings: PatcherSettings, place: Place) -> Iterator[ChatTeacher]:
    from tutelage.labelling.patcher import LocalPatcher

    if place.direction is None:
        raise UsageError("a patcher is opened for the direction of a recipe.", fix="Name the recipe.")
    with LocalPatcher(settings, direction=place.direction) as teacher:
        yield asked_as_told(teacher, settings)


def _sign(settings: PatcherSettings) -> str:
    from tutelage.labelling.patcher import name_patcher

    return name_patcher(settings)


def _problems(settings: PatcherSettings, _recipe: Recipe) -> Iterator[str]:
    from tutelage.labelling.patcher import is_patcher

    if not settings.model:
        yield ".model: missing; name the run folder or the model folder of a trained patcher."
        return
    try:
        if not is_patcher(settings.model):
            yield f".model: '{settings.model}' only translates; name a trained patcher."
    except UserError as error:
        yield f".model: {error}"


def _pairs_at_once(settings: PatcherSettings) -> int:
    from tutelage.labelling.patcher import read_pairs_at_once

    return read_pairs_at_once(settings)


PATCHER = TeacherKind(
    settings=PatcherSettings, sign=_sign, chat=_opened, problems=_problems, pairs_at_once=_pairs_at_once
)
