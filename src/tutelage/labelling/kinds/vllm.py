"""`vllm`: a model, on the hub or in a folder, that vLLM's own server on this machine serves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage.core.errors import UserError
from tutelage.core.recipe import Recipe
from tutelage.core.signatures import content_key
from tutelage.core.teacher_settings import VllmSettings
from tutelage.embedded.vllm_server import VllmCommand
from tutelage.labelling.kinds.kind import Place, TeacherKind, asked_as_told
from tutelage.storage.digests import file_digest
from tutelage.students.adapter_folders import find_adapter

if TYPE_CHECKING:
    from tutelage.teachers.chat import ChatTeacher

STARTER = """\
model = {{ (model or "organisation/model") | toml }}   # a hub name or a folder; TUTELAGE_VLLM names vLLM's Python"""


@contextmanager
def _opened(settings: VllmSettings, _place: Place) -> Iterator[ChatTeacher]:
    from tutelage.teachers.servers.vllm import VllmTeacher

    with VllmTeacher(settings, name=_sign(settings)) as teacher:
        yield asked_as_told(teacher, settings)


def _sign(settings: VllmSettings) -> str:
    """Its name and, of a folder, what is in its weights; the same of an adapter, and the arithmetic."""
    model = settings.model or ""
    parts = [_name(Path(model).expanduser()) if Path(model).expanduser().is_dir() else model]
    if settings.adapter:
        parts.append(_name(Path(settings.adapter).expanduser()))
    return "+".join([*parts, *([] if settings.compute_type == "auto" else [settings.compute_type])])


def _name(folder: Path) -> str:
    digests = [file_digest(file) for file in sorted(folder.glob("*.safetensors"))]
    return f"{folder.name}-{content_key(*digests)}"


def _problems(settings: VllmSettings, _recipe: Recipe) -> Iterator[str]:
    if not settings.model:
        yield ".model: missing; name a model on the hub, or a folder."
    try:
        VllmCommand.find()
    except UserError as error:
        yield f": {error}"
    if settings.adapter:
        try:
            find_adapter(settings.adapter)
        except UserError as error:
            yield f".adapter: {error}"


VLLM = TeacherKind(settings=VllmSettings, sign=_sign, chat=_opened, problems=_problems, starter=STARTER)
