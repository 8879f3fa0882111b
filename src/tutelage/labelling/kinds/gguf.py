"""`llama-server`: a GGUF file that a server on this machine serves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage.core.errors import MissingModelError
from tutelage.core.recipe import Recipe
from tutelage.core.teacher_settings import GgufSettings
from tutelage.embedded.smollm2 import find_smollm2
from tutelage.labelling.kinds.kind import Place, TeacherKind, asked_as_told

if TYPE_CHECKING:
    from tutelage.teachers.chat import ChatTeacher

STARTER = """\
{% if model %}model = {{ model | toml }}{% else %}\
# model = "path/to/model.gguf"     # without it, the small embedded model{% endif %}
threads = 1"""


@contextmanager
def _opened(settings: GgufSettings, _place: Place) -> Iterator[ChatTeacher]:
    from tutelage.teachers.servers.llama import LlamaServer

    slots, patience = settings.concurrency, settings.timeout_seconds
    with LlamaServer(_file(settings), threads=settings.threads, slots=slots, timeout_seconds=patience) as teacher:
        yield asked_as_told(teacher, settings)


def _sign(settings: GgufSettings) -> str:
    from tutelage.teachers.servers.llama import name_gguf

    return name_gguf(_file(settings))


def _file(settings: GgufSettings) -> Path | None:
    return Path(settings.model) if settings.model else None


def _problems(settings: GgufSettings, _recipe: Recipe) -> Iterator[str]:
    if not settings.model:
        try:
            find_smollm2()
        except MissingModelError as error:
            yield f": {error}"
    elif not Path(settings.model).expanduser().is_file():
        yield f".model: there is no GGUF file '{settings.model}'. Leave it out for the embedded one."


LLAMA_SERVER = TeacherKind(
    settings=GgufSettings, sign=_sign, chat=_opened, problems=_problems, modules=("xllamacpp",), starter=STARTER
)
