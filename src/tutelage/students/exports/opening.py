"""An exported student opened for decoding, as its folder says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from tutelage.core.errors import StudentError, UsageError
from tutelage.core.glossary.keeping import TermKeeping
from tutelage.core.languages import Direction
from tutelage.core.protection.spans import ALL, Protection
from tutelage.students.engines.guarded import GuardedEngine
from tutelage.students.engines.opening import guarded_engine
from tutelage.students.exports.export import CARD, Export, read_export, require_intact
from tutelage.students.exports.registry import load_export_kind


@dataclass(frozen=True, slots=True)
class OpenSettings:
    """How an export is opened: as its folder says, but for what is said otherwise."""

    export: Export
    protection: Protection | None
    terms: TermKeeping | None


def read_sound_export(
    folder: Path, *, direction: Direction, engine: str, protection: Protection | None, terms: TermKeeping | None
) -> OpenSettings:
    """What an export says of itself; its own glossary is kept unless `terms` are given.

    With `None` for `protection`, or if it was exported without, nothing is protected. StudentError for an export that
    is damaged or was refused, UsageError for an engine that cannot open it.
    """
    export = read_export(folder)
    if not export.accepted:
        raise StudentError(
            "this export was refused, since it is worse than the student that it was made of.",
            where=str(folder),
            fix=f"Its {CARD} says in what. Export with another --compute-type, or with --rule for what it may lose.",
        )
    if engine not in ("auto", export.kind) and not load_export_kind(export.kind).is_ordinary:
        fix = "Leave out the engine."
        raise UsageError(f"this export is decoded by {export.kind}, not by {engine}.", where=str(folder), fix=fix)
    require_intact(folder)
    own = export.protection if protection == ALL or not export.protect else protection
    return OpenSettings(replace(export, direction=direction), own, terms or export.keeping)


def open_by_own_engine(folder: Path, settings: OpenSettings) -> GuardedEngine:
    """An engine on the weights of an export, by the engine that they are made for."""
    kind = load_export_kind(settings.export.kind)
    student = kind.load(folder, settings.export)
    engine = kind.open(student, folder, settings.export)
    return guarded_engine(engine, student, protection=settings.protection, terms=settings.terms)


def open_new_export(folder: Path, export: Export) -> GuardedEngine:
    """The same for an export that is still to be judged."""
    return open_by_own_engine(folder, OpenSettings(export, export.protection, export.keeping))
