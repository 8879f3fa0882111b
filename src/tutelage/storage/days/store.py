"""The store of days: one SQLite file beside the feedback store, whose content decides what a run learns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage.core.languages import Direction
from tutelage.storage.ledger.migrating import Schema
from tutelage.storage.ledger.places import Place

if TYPE_CHECKING:
    from tutelage.storage.ledger.database import Database

SCHEMA = Schema("tutelage.storage.days")


@dataclass(frozen=True, slots=True)
class DayCounts:
    """What a sample of the texts of a day came to."""

    texts: int = 0
    words: int = 0
    """Of the texts whose student's known words are there."""
    unseen: int = 0
    """Words that no text of its training has."""
    told: int = 0
    """Texts whose language could be told."""
    other: int = 0
    """Of them, those in another language than the direction's source."""
    scored: int = 0
    """Texts of which the engine says how sure the student was."""
    unsure: int = 0
    """Of them, those of low confidence."""

    def __add__(self, more: DayCounts) -> DayCounts:
        return DayCounts(*(one + other for one, other in zip(astuple(self), astuple(more), strict=True)))


Day = tuple[str, Direction]
"""A date as ISO writes it, in UTC, and what was translated."""
_NAMES = tuple(one.name for one in fields(DayCounts))


class DayStore:
    """The counts of each day and direction; safe to use from several threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, path: Path) -> DayStore:
        """The store in a file, made if there is none; UserError if it cannot be used."""
        from tutelage.storage.ledger.database import open_database

        return cls(open_database(Place(path, None, str(path), what="store of days"), SCHEMA))

    def add(self, counts: Mapping[Day, DayCounts]) -> None:
        """Add to what is there of each day, in one transaction."""
        marks, more = ", ".join("?" * (3 + len(_NAMES))), ", ".join(f"{one}={one}+excluded.{one}" for one in _NAMES)
        statement = (
            f"INSERT INTO days (day, source_lang, target_lang, {', '.join(_NAMES)}) VALUES ({marks}) "
            f"ON CONFLICT (day, source_lang, target_lang) DO UPDATE SET {more}"
        )
        with self._database.writing() as connection:
            for (day, direction), found in counts.items():
                connection.exec_driver_sql(statement, (day, direction.source, direction.target, *astuple(found)))

    def since(self, day: str) -> dict[Day, DayCounts]:
        """The counts of this day and of all that came later."""
        with self._database.connected() as connection:
            rows = connection.exec_driver_sql(
                f"SELECT day, source_lang, target_lang, {', '.join(_NAMES)} FROM days WHERE day >= ? ORDER BY day",
                (day,),
            ).all()
        return {(row[0], Direction(row[1], row[2])): DayCounts(*row[3:]) for row in rows}

    def close(self) -> None:
        """End the connection."""
        self._database.close()
