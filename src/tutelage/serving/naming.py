"""Which students are to be served, in which directions, out of what the command line says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import UsageError
from tutelage.core.languages import Direction, normalise_language
from tutelage.students.loading import locate_student
from tutelage.students.naming import direction_of_run, says_direction


@dataclass(frozen=True, slots=True)
class Named:
    """A student to be served."""

    name: str
    direction: Direction


def named_students(names: Sequence[str], *, source: str | None = None, target: str | None = None) -> tuple[Named, ...]:
    """Each student with its direction: `NAME=en:de` says it, or the options for a single one, or the student itself.

    UsageError for a student whose languages nobody says, and for two students of one direction.
    """
    if (source or target) and len(names) > 1:
        raise UsageError(
            "--source and --target are of one student.", fix="Write the languages behind each: STUDENT=en:de"
        )
    found = tuple(_named(name, source, target) for name in names)
    for number, one in enumerate(found):
        if one.direction in [other.direction for other in found[:number]]:
            raise UsageError(f"two students translate {one.direction}.", fix="Serve one of them on another port.")
    return found


def _named(given: str, source: str | None, target: str | None) -> Named:
    name, _, languages = given.rpartition("=") if "=" in given else (given, "", "")
    if languages:
        said_source, colon, said_target = languages.partition(":")
        if not colon:
            raise UsageError(f"'{given}' does not say two languages.", fix="Write them as in: STUDENT=en:de")
        source, target = said_source, said_target
    if source and target:
        return Named(name, Direction(normalise_language(source), normalise_language(target)))
    known = _own_direction(name)
    if known is None:
        raise UsageError(f"the student '{name}' does not say its languages.", fix=f"Write them behind it: {name}=en:de")
    return Named(
        name, Direction(*(normalise_language(code) for code in (source or known.source, target or known.target)))
    )


def _own_direction(name: str) -> Direction | None:
    """The direction of a run, or that of a model which has one."""
    if says_direction(name):
        return direction_of_run(Path(name))
    try:
        table = json.loads((locate_student(name) / "tokenizer_config.json").read_text(encoding="utf-8"))
        return Direction(table["source_lang"], table["target_lang"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
