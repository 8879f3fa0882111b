"""A student opened for decoding by whatever name a user has for it: hub name, folder, or the run that made it."""

from __future__ import annotations

from pathlib import Path

from tutelage.core.decoding import Decoding
from tutelage.core.errors import UsageError, UserError, did_you_mean
from tutelage.core.glossary.keeping import TermKeeping
from tutelage.core.languages import Direction
from tutelage.core.protection.spans import ALL, Protection
from tutelage.core.toml import parse_toml
from tutelage.students.causal_student import ENGINES as CHAT_ENGINES
from tutelage.students.conversions import conversion_cache
from tutelage.students.engines.guarded import GuardedEngine
from tutelage.students.engines.kinds import engine_kind
from tutelage.students.engines.opening import open_engine
from tutelage.students.exports.export import is_export, read_export
from tutelage.students.exports.opening import open_by_own_engine, read_sound_export
from tutelage.students.exports.registry import load_export_kind
from tutelage.students.gguf import describe_gguf, find_gguf, is_gguf
from tutelage.students.kinds.kind import AnyStudent
from tutelage.students.loading import locate_student
from tutelage.students.promoted import is_run_folder, promoted_student
from tutelage.students.student import ENGINES
from tutelage.students.student_folder import read_bare_student, read_to_decode, require_own_direction


def open_student(
    name: str,
    *,
    direction: Direction,
    engine: str = "auto",
    compute_type: str = "float32",
    protection: Protection | None = ALL,
    terms: TermKeeping | None = None,
) -> GuardedEngine:
    """An engine for a student: `embedded:NAME`, a folder, a hub name, an export, or a run (its promoted student).

    An export that is no ordinary folder is decoded by its own engine, with the arithmetic that it was exported for.
    """
    known = ["auto", *dict.fromkeys((*ENGINES, *CHAT_ENGINES))]
    if engine not in known:
        raise UsageError(f"no decoding engine is called '{engine}'.", fix=did_you_mean(engine, known))
    if is_export(Path(name)):
        sound = read_sound_export(Path(name), direction=direction, engine=engine, protection=protection, terms=terms)
        if not load_export_kind(sound.export.kind).is_ordinary:
            return open_by_own_engine(Path(name), sound)
        protection, terms = sound.protection, sound.terms
    run = Path(name) if is_run_folder(Path(name)) else None
    student = _load(str(promoted_student(run)) if run else name, direction=direction, engine=engine)
    cache = conversion_cache(run=run)
    return open_engine(student, name=engine, compute_type=compute_type, cache=cache, protection=protection, terms=terms)


def _load(name: str, *, direction: Direction, engine: str) -> AnyStudent:
    if engine_kind(engine).reads_gguf and is_gguf(name):
        return read_bare_student(describe_gguf(find_gguf(name)), direction=direction)
    folder = locate_student(name)
    require_own_direction(folder, direction)
    return read_to_decode(folder, direction=direction)


def default_decoding(name: str) -> Decoding:
    """How a student is decoded if nobody says how: an export as it says, every other greedily."""
    return read_export(Path(name)).decoding if is_export(Path(name)) else Decoding()


def default_terms(name: str) -> TermKeeping | None:
    """The terms that a student keeps if nobody names a glossary: those of an export that has its own."""
    return read_export(Path(name)).keeping if is_export(Path(name)) else None


def says_direction(name: str) -> bool:
    """Whether the folder of a student says its languages: that of a run or of an export."""
    return is_run_folder(Path(name)) or is_export(Path(name))


def direction_of_run(run: Path) -> Direction:
    """The direction that the student of a run or of an export translates in."""
    if is_export(run):
        return read_export(run).direction
    try:
        table = parse_toml((run / "recipe.toml").read_text(encoding="utf-8"))["direction"]
        return Direction(table["source"], table["target"])
    except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise UserError(
            "the run's recipe.toml does not say its direction.",
            where=str(run),
            fix="Give --source and --target.",
        ) from error
