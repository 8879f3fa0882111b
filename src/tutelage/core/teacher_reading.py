"""The `[teachers.NAME]` tables of a recipe, each read by the settings of its kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tutelage.core.errors import did_you_mean
from tutelage.core.table_problems import shortened, table_problems
from tutelage.core.teacher_settings import TeacherSettings, TeacherTypes


@dataclass(slots=True)
class TeacherTables:
    """What was read, and what could not be."""

    read: dict[str, TeacherSettings] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read_teachers(tables: Any, types: TeacherTypes) -> TeacherTables:
    """All tables, with every problem of each."""
    if not isinstance(tables, dict):
        return TeacherTables(problems=["teachers: name each teacher by a table of its own, [teachers.NAME]."])
    found = TeacherTables()
    for name, table in tables.items():
        problems = _kind_problems(name, table, types)
        if not problems:
            table = _without_defaults_of_others(table, types)
            problems = list(_table_problems(name, table, types))
        if problems:
            found.problems += problems
        else:
            found.read[name] = types[table["kind"]].model_validate(table)
    return found


def _kind_problems(name: str, table: Any, types: TeacherTypes) -> list[str]:
    if not isinstance(table, dict):
        return [f"teachers.{name}: a teacher is a table with its kind (given: {shortened(repr(table))})."]
    if "kind" not in table:
        return [f"teachers.{name}.kind: missing. Known: {', '.join(sorted(types))}."]
    kind = table["kind"]
    if not isinstance(kind, str) or kind not in types:
        named = shortened(str(kind))
        return [f"teachers.{name}.kind: there is no kind of teacher '{named}'. {did_you_mean(named, types)}"]
    return []


def _without_defaults_of_others(table: dict[str, Any], types: TeacherTypes) -> dict[str, Any]:
    """Without keys of other kinds that ask for nothing: run folders of earlier versions hold every key's default."""
    own = types[table["kind"]].model_fields
    defaults = [(key, info.default) for other in types.values() for key, info in other.model_fields.items()]
    return {key: value for key, value in table.items() if key in own or (key, value) not in defaults}


def _table_problems(name: str, table: dict[str, Any], types: TeacherTypes) -> Iterator[str]:
    kind, own = table["kind"], types[table["kind"]]
    misplaced = {key: _kinds_with(key, types) for key in table if key not in own.model_fields}
    for key, kinds in misplaced.items():
        if kinds:
            known = did_you_mean(key, [field for field in own.model_fields if field != "kind"])
            yield f"teachers.{name}.{key}: this is for teachers of kind {' or '.join(kinds)}, not {kind}. {known}"
    rest = {key: value for key, value in table.items() if not misplaced.get(key)}
    yield from table_problems(own, rest, prefix=f"teachers.{name}.")


def _kinds_with(key: str, types: TeacherTypes) -> list[str]:
    return sorted(kind for kind, settings in types.items() if key in settings.model_fields)
