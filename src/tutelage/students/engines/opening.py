"""The engine for a student, by name or by what works."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tutelage.core.contrast import Contrast
from tutelage.core.errors import StudentError, did_you_mean
from tutelage.core.protocols import Engine
from tutelage.core.registry import Registry
from tutelage.students.causal_student import CausalStudent
from tutelage.students.kinds import AnyStudent

if TYPE_CHECKING:
    from tutelage.students.engines.causal_engine import CausalEngine

ENGINES = Registry(
    "decoding engine",
    {
        "ctranslate2": "tutelage.students.engines.ctranslate2_engine:CTranslate2Engine",
        "transformers": "tutelage.students.engines.transformers_engine:TransformersEngine",
    },
    group="tutelage.engines",
)


def open_engine(
    student: AnyStudent,
    *,
    name: str = "auto",
    compute_type: str = "float32",
    cache: Path,
    contrast: Contrast | None = None,
) -> Engine:
    """An engine for `student`; `auto` takes CTranslate2 where it can convert the student, else transformers.

    With a `contrast` it decodes contrastively, which is done by transformers.
    """
    if contrast is not None:
        return _open_contrastive(student, contrast, name=name, compute_type=compute_type)
    if isinstance(student, CausalStudent):
        return open_causal_engine(student, name=name, compute_type=compute_type, cache=cache)
    if name in {"auto", "ctranslate2"}:
        try:
            engine: Engine = ENGINES.load("ctranslate2")(student, cache=cache, compute_type=compute_type)
            return engine
        except StudentError:
            if name != "auto":
                raise
    fallback: Engine = ENGINES.load("transformers" if name == "auto" else name)(student)
    return fallback


def open_causal_engine(
    student: CausalStudent, *, name: str = "auto", compute_type: str = "float32", cache: Path
) -> CausalEngine:
    """An engine for a causal student, which answers any conversation besides translating."""
    from tutelage.students.engines.causal_engine import CAUSAL_ENGINES

    if name != "auto" and name not in CAUSAL_ENGINES:
        raise StudentError(
            f"the decoding engine '{name}' does not decode causal students.", fix=did_you_mean(name, CAUSAL_ENGINES)
        )
    try:
        first = "ctranslate2" if name == "auto" else name
        return CAUSAL_ENGINES[first](student, cache=cache, compute_type=compute_type)
    except StudentError:
        if name != "auto":
            raise
    return CAUSAL_ENGINES["transformers"](student, cache=cache, compute_type=compute_type)


def _open_contrastive(student: AnyStudent, contrast: Contrast, *, name: str, compute_type: str) -> Engine:
    from tutelage.students.engines.contrastive import ContrastiveEngine
    from tutelage.students.engines.contrastive_causal import ContrastiveCausalEngine

    if name not in {"auto", "transformers"}:
        raise StudentError(
            f"contrastive decoding is done by transformers, not by {name}.",
            where="student.engine",
            fix="Set engine = 'auto', or leave out contrastive decoding.",
        )
    if isinstance(student, CausalStudent):
        return ContrastiveCausalEngine(student, contrast=contrast, compute_type=compute_type)
    return ContrastiveEngine(student, contrast=contrast)
