"""An exported student opened for decoding, as its folder says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tutelage.core.errors import StudentError, UsageError
from tutelage.core.glossary.keeping import TermKeeping
from tutelage.core.languages import Direction
from tutelage.core.protection.spans import ALL, Protection
from tutelage.students.engines.guarded import GuardedEngine
from tutelage.students.engines.opening import guarded_engine
from tutelage.students.exports.export import CARD, Export, read_export, require_intact
from tutelage.students.exports.registry import load_export_kind


def open_export(
    folder: Path,
    *,
    direction: Direction | None = None,
    protection: Protection | None = ALL,
    terms: TermKeeping | None = None,
) -> GuardedEngine:
    """An engine on the weights of an export, by the engine that they are made for.

    `direction` is its own unless another is given; its own glossary is kept unless `terms` are given. With `None` for
    `protection`, or if it was exported without, nothing is protected. StudentError for a damaged folder.
    """
    export = read_export(folder)
    if not export.accepted:
        raise StudentError(
            "this export was refused, since it is worse than the student that it was made of.",
            where=str(folder),
            fix=f"Its {CARD} says in what. Export with another --compute-type, or with --rule for what it may lose.",
        )
    require_intact(folder)
    return open_checked(folder, export, direction=direction, protection=protection, terms=terms)


def open_checked(
    folder: Path,
    export: Export,
    *,
    direction: Direction | None = None,
    protection: Protection | None = ALL,
    terms: TermKeeping | None = None,
) -> GuardedEngine:
    """The same for a folder that is known to be whole, and that says of itself what `export` says."""
    export = replace(export, direction=direction or export.direction)
    if protection == ALL or not export.protect:
        protection = export.protection
    kind = load_export_kind(export.kind)
    student = kind.load(folder, export)
    engine = kind.open(student, folder, export)
    return guarded_engine(engine, student, protection=protection, terms=terms or export.keeping)


def refuse_engine(folder: Path, engine: str, export: Export) -> None:
    """UsageError if another engine is asked for than the one that the folder is made for."""
    if engine not in ("auto", export.kind):
        raise UsageError(
            f"this export is decoded by {export.kind}, not by {engine}.", where=str(folder), fix="Leave out --engine."
        )
