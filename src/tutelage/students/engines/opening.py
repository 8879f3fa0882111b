"""The engine for a student, by name or by what works."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage.core.contrast import Contrast
from tutelage.core.errors import StudentError
from tutelage.core.glossary.keeping import TermKeeping
from tutelage.core.protection.spans import ALL, Protection
from tutelage.core.protocols import Engine
from tutelage.students.engines.ctranslate2_opening import told_arithmetic
from tutelage.students.engines.guarded import GuardedEngine, guard_of
from tutelage.students.engines.kinds import engine_kind
from tutelage.students.engines.term_search import TermSearchEngine
from tutelage.students.kinds.kind import AnyStudent
from tutelage.students.student_folder import with_weights

if TYPE_CHECKING:
    from tutelage.students.causal_student import CausalStudent
    from tutelage.students.engines.causal_engine import CausalEngine


def open_engine(
    student: AnyStudent,
    *,
    name: str = "auto",
    compute_type: str = "float32",
    cache: Path,
    contrast: Contrast | None = None,
    protection: Protection | None = ALL,
    terms: TermKeeping | None = None,
) -> GuardedEngine:
    """An engine for `student`; `auto` takes CTranslate2 if it can convert the student, else transformers.

    With a `contrast` it decodes contrastively, which is done by transformers. Long texts are cut into pieces, and what
    the `protection` names comes through whole; `None` protects nothing. `terms` are kept as they say.
    """
    if contrast is not None and name not in {"auto", "transformers"}:
        raise StudentError(
            f"contrastive decoding is done by transformers, not by {name}.",
            where="student.engine",
            fix="Set engine = 'auto', or leave out contrastive decoding.",
        )
    contrasted = {} if contrast is None else {"contrast": contrast}
    engine: Engine = _open(
        student, "transformers" if contrasted else name, compute_type=compute_type, cache=cache, **contrasted
    )
    return guarded_engine(engine, student, protection=protection, terms=terms)


def guarded_engine(
    engine: Engine, student: AnyStudent, *, protection: Protection | None, terms: TermKeeping | None
) -> GuardedEngine:
    """An engine of a student whose texts are cut into pieces, protected and searched for terms."""
    aligns = hasattr(engine, "translate_stretches")  # an engine from outside need not tell what it looks at
    if terms is not None and terms.searches:
        search: Any = engine if hasattr(engine, "go_on") else None  # an engine from outside need not have it
        engine = TermSearchEngine(engine, terms, search=search, form=student.mask_form)
    return GuardedEngine(engine, guard_of(student, protection, terms, aligns=aligns))


def open_causal_engine(
    student: CausalStudent, *, name: str = "auto", compute_type: str = "float32", cache: Path
) -> CausalEngine:
    """An engine for a causal student, which answers any conversation besides translating."""
    engine: CausalEngine = _open(student, name, compute_type=compute_type, cache=cache)
    return engine


def _open(student: AnyStudent, name: str, **settings: Any) -> Any:
    with told_arithmetic(student.origin, settings["compute_type"]):
        if name != "auto":
            return _open_by(name, student, **settings)
        try:
            return _open_by("ctranslate2", student, **settings)
        except StudentError:
            return _open_by("transformers", student, **settings)


def _open_by(name: str, student: AnyStudent, **settings: Any) -> Any:
    opener = student.engines.load(name)
    return opener(with_weights(student) if engine_kind(name).reads_weights else student, **settings)
