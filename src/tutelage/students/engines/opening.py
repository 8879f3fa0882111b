"""The engine for a student, by name or by what works."""

from __future__ import annotations

from pathlib import Path

from tutelage.core.errors import StudentError
from tutelage.core.protocols import Engine
from tutelage.core.registry import Registry
from tutelage.students.student import Student

ENGINES = Registry(
    "decoding engine",
    {
        "ctranslate2": "tutelage.students.engines.ctranslate2_engine:CTranslate2Engine",
        "transformers": "tutelage.students.engines.transformers_engine:TransformersEngine",
    },
    group="tutelage.engines",
)


def open_engine(student: Student, *, name: str = "auto", compute_type: str = "float32", cache: Path) -> Engine:
    """An engine for `student`; `auto` takes CTranslate2 where it can convert the student, else transformers."""
    if name in {"auto", "ctranslate2"}:
        try:
            engine: Engine = ENGINES.load("ctranslate2")(student, cache=cache, compute_type=compute_type)
            return engine
        except StudentError:
            if name != "auto":
                raise
    fallback: Engine = ENGINES.load("transformers" if name == "auto" else name)(student)
    return fallback
