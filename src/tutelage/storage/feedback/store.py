"""The feedback store: one SQLite file, each correction a transaction, kept once however often it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tutelage.core.errors import UserError
from tutelage.core.languages import Direction
from tutelage.storage.ledger.migrating import Schema
from tutelage.storage.ledger.places import Place

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tutelage.storage.ledger.database import Database

SCHEMA = Schema("tutelage.storage.feedback", journal="DELETE", synchronous="FULL")
"""The file alone holds what is committed: a stage that reads it is keyed by its content."""
State = Literal["accepted", "held", "dropped"]
STATES: tuple[State, ...] = ("accepted", "held", "dropped")
CONTRADICTS = "contradicts_others"
SEVERAL = 2
"""As many others must say something else, and nobody the same, for a correction to be held."""
_COLUMNS = "source_lang, target_lang, source, output, correction, student, who, made, state, reason"


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody wrote in place of a student's output."""

    direction: Direction
    source: str
    output: str
    """The student's."""
    correction: str
    student: str
    """Its signature."""
    who: str = ""
    """The name of a key; empty if none was needed."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A correction as it is kept."""

    id: int
    correction: Correction
    made: str
    """When, in UTC."""
    state: State
    reason: str
    """Why it was held; empty if it never was."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a correction."""

    state: State
    new: bool
    """Whether it was not known yet."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What went with a key."""

    corrections: int
    had_key: bool


class FeedbackStore:
    """Corrections and keys; safe to use from several threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, path: Path | str, *, must_exist: bool = False) -> FeedbackStore:
        """The store in a file, made if there is none; UserError if it cannot be used."""
        from tutelage.storage.ledger.database import open_database

        if must_exist and not Path(path).is_file():
            raise UserError("there is no feedback store.", where=str(path), fix="`tutelage serve` makes one.")
        return cls(open_database(Place(Path(path), None, str(path), what="feedback store"), SCHEMA))

    def add(self, correction: Correction, *, doubt: str = "") -> Kept:
        """Keep a correction, held for review if there is a doubt or several contradict; on the disk on return."""
        lang = correction.direction.source, correction.direction.target
        with self._database.writing() as connection:
            known = connection.exec_driver_sql(
                "SELECT state FROM corrections WHERE source_lang=? AND target_lang=? AND source=? AND correction=? "
                "AND who=?",
                (*lang, correction.source, correction.correction, correction.who),
            ).scalar_one_or_none()
            if known is not None:
                return Kept(known, new=False)
            reason = doubt or _contradiction(connection, correction)
            state: State = "held" if reason else "accepted"
            connection.exec_driver_sql(
                f"INSERT INTO corrections ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *lang,
                    correction.source,
                    correction.output,
                    correction.correction,
                    correction.student,
                    correction.who,
                    datetime.now(UTC).isoformat(timespec="seconds"),
                    state,
                    reason,
                ),
            )
        return Kept(state, new=True)

    def corrections(self, *states: State) -> list[Stored]:
        """All of these states, the oldest first."""
        marks = ", ".join("?" * len(states))
        with self._database.connected() as connection:
            rows = connection.exec_driver_sql(
                f"SELECT id, {_COLUMNS} FROM corrections WHERE state IN ({marks}) ORDER BY id", tuple(states)
            ).all()
        return [_stored(row) for row in rows]

    def agreed(self) -> list[Stored]:
        """The accepted corrections, one for each source: the one that most gave, of several the newest."""
        return choose_agreed(self.corrections("accepted"))

    def counts(self) -> dict[tuple[str, str], int]:
        """How many there are by state and reason."""
        with self._database.connected() as connection:
            rows = connection.exec_driver_sql(
                "SELECT state, reason, count(*) FROM corrections GROUP BY state, reason ORDER BY state, reason"
            ).all()
        return {(state, reason): count for state, reason, count in rows}

    def settle(self, ids: Sequence[int], state: State) -> int:
        """Accept or drop corrections by their numbers; how many of them there are."""
        with self._database.writing() as connection:
            return sum(
                connection.exec_driver_sql("UPDATE corrections SET state=? WHERE id=?", (state, one)).rowcount
                for one in ids
            )

    def add_key(self, name: str, digest: str) -> bool:
        """Keep the hash of a new key; false if somebody of this name has one."""
        made = datetime.now(UTC).isoformat(timespec="seconds")
        with self._database.writing() as connection:
            added = connection.exec_driver_sql(
                "INSERT OR IGNORE INTO keys (name, hash, made) VALUES (?, ?, ?)", (name, digest, made)
            )
            return added.rowcount == 1

    def name_of(self, digest: str) -> str | None:
        """Whose key has this hash; `None` if nobody's has."""
        with self._database.connected() as connection:
            found = connection.exec_driver_sql("SELECT name FROM keys WHERE hash=?", (digest,)).scalar_one_or_none()
        return None if found is None else str(found)

    def names(self) -> list[str]:
        """Those who have a key."""
        with self._database.connected() as connection:
            return [str(name) for name in connection.exec_driver_sql("SELECT name FROM keys ORDER BY name").scalars()]

    def forget(self, name: str) -> Forgotten:
        """Remove a key and all that its owner gave, in one transaction."""
        with self._database.writing() as connection:
            given = connection.exec_driver_sql("DELETE FROM corrections WHERE who=?", (name,)).rowcount
            keys = connection.exec_driver_sql("DELETE FROM keys WHERE name=?", (name,)).rowcount
        return Forgotten(given, bool(keys))

    def close(self) -> None:
        """End the connection."""
        self._database.close()


def choose_agreed(stored: Iterable[Stored]) -> list[Stored]:
    """One for each direction and source, in the order of their numbers."""
    groups: dict[tuple[str, str, str], list[Stored]] = {}
    for one in stored:
        direction = one.correction.direction
        groups.setdefault((direction.source, direction.target, one.correction.source.strip()), []).append(one)
    return sorted((_most(group) for group in groups.values()), key=lambda one: one.id)


def _most(group: list[Stored]) -> Stored:
    votes: dict[str, int] = {}
    for one in group:
        votes[one.correction.correction] = votes.get(one.correction.correction, 0) + 1
    return max(group, key=lambda one: (votes[one.correction.correction], one.id))


def _contradiction(connection: Connection, correction: Correction) -> str:
    """The reason to hold a correction that several others speak against."""
    rows = connection.exec_driver_sql(
        "SELECT correction FROM corrections WHERE source_lang=? AND target_lang=? AND source=? AND state='accepted'",
        (correction.direction.source, correction.direction.target, correction.source),
    ).scalars()
    others = [str(one) for one in rows]
    return CONTRADICTS if len(others) >= SEVERAL and correction.correction not in others else ""


def _stored(row: Any) -> Stored:
    number, source_lang, target_lang, source, output, correction, student, who, made, state, reason = row
    direction = Direction(source_lang, target_lang)
    return Stored(number, Correction(direction, source, output, correction, student, who), made, state, reason)


def iterate_agreed(path: Path | str) -> Iterator[Stored]:
    """The agreed corrections of a store that must be there."""
    store = FeedbackStore.open(path, must_exist=True)
    try:
        yield from store.agreed()
    finally:
        store.close()
