"""The feedback store, SQLite or PostgreSQL: each correction a transaction, kept once however often it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tutelage.core.errors import UserError
from tutelage.core.languages import Direction
from tutelage.storage.atomic import whole_file
from tutelage.storage.ledger.migrating import Schema
from tutelage.storage.ledger.places import parse_place
from tutelage.storage.ledger.rows import storable

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult

    from tutelage.storage.ledger.database import Database

WHAT = "feedback store"
SCHEMA = Schema(
    "tutelage.storage.feedback",
    versions="feedback_schema",
    tables=("keys", "corrections"),
    journal="DELETE",
    synchronous="FULL",
)
"""A file alone holds what is committed: a stage that reads it is keyed by its content."""
State = Literal["accepted", "held", "dropped"]
STATES: tuple[State, ...] = ("accepted", "held", "dropped")
CONTRADICTS = "contradicts_others"
SEVERAL = 2
"""As many others must say something else, and nobody the same, for a correction to be held."""
_NAMES = ("source_lang", "target_lang", "source", "output", "correction", "student", "who", "made", "state", "reason")
_COLUMNS = ", ".join(_NAMES)
_VALUES = ", ".join(f":{name}" for name in _NAMES)
_OF_SOURCE = "source_lang=:source_lang AND target_lang=:target_lang AND source=:source"

_Tell = Callable[[str, Mapping[str, Any]], "CursorResult[Any]"]
"""Says one statement with its figures to the database."""


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
    def open(cls, place: Path | str, *, must_exist: bool = False) -> FeedbackStore:
        """The store at a path or a URL (`postgresql://user@host/database`), made if there is none.

        UserError if it cannot be used. What must exist is a file: a database is always there, if it can be reached.
        """
        from tutelage.storage.ledger.database import open_database

        found = parse_place(place, what=WHAT)
        if must_exist and found.path is not None and not found.path.is_file():
            raise UserError(
                "there is no feedback store.", where=found.shown, fix="`tutelage serve` or `feedback add` makes one."
            )
        return cls(open_database(found, SCHEMA))

    @property
    def shown(self) -> str:
        """Path or URL for messages, without a password."""
        return self._database.place.shown

    def add(self, correction: Correction, *, doubt: str = "") -> Kept:
        """Keep a correction, held for review if there is a doubt or several contradict; on the disk on return."""
        row = _row(correction)
        with self._writing() as tell:
            same = f"{_OF_SOURCE} AND correction=:correction AND who=:who"
            known = tell(f"SELECT id, state, reason FROM corrections WHERE {same}", row).one_or_none()
            if known is not None:
                _say_again(tell, row, known.id, known.state, known.reason)
                return Kept(known.state, new=False)
            reason = doubt or _contradiction(tell, row)
            state: State = "held" if reason else "accepted"
            tell(f"INSERT INTO corrections ({_COLUMNS}) VALUES ({_VALUES})", {**row, "state": state, "reason": reason})
        return Kept(state, new=True)

    def corrections(self, *states: State) -> list[Stored]:
        """All of these states, the oldest first."""
        with self._reading() as tell:
            rows = tell(f"SELECT id, {_COLUMNS} FROM corrections ORDER BY id", {}).all()
        return [stored for stored in map(_stored, rows) if stored.state in states]

    def agreed(self) -> list[Stored]:
        """The accepted corrections, one for each source: the one that most gave, of several the newest."""
        return choose_agreed(self.corrections("accepted"))

    def counts(self) -> dict[tuple[str, str], int]:
        """How many there are by state and reason."""
        with self._reading() as tell:
            rows = tell(
                "SELECT state, reason, count(*) FROM corrections GROUP BY state, reason ORDER BY state, reason", {}
            ).all()
        return {(state, reason): count for state, reason, count in map(tuple, rows)}

    def settle(self, ids: Sequence[int], state: State) -> int:
        """Accept or drop corrections by their numbers; how many of them there are. UserError if one is not there."""
        statement = "UPDATE corrections SET state=:state WHERE id=:id"
        with self._writing() as tell:
            missing = [one for one in dict.fromkeys(ids) if not tell(statement, {"state": state, "id": one}).rowcount]
            if missing:  # what was changed before is taken back
                what = f"there is no correction {', '.join(map(str, missing))}, so nothing was changed."
                raise UserError(what, where="NUMBER", fix="See the numbers with: tutelage feedback list --all")
            return len(set(ids))

    def add_key(self, name: str, digest: str) -> bool:
        """Keep the hash of a new key; false if somebody of this name has one."""
        row = {"name": storable(name), "hash": digest, "made": _now()}
        with self._writing() as tell:
            added = tell("INSERT INTO keys (name, hash, made) VALUES (:name, :hash, :made) ON CONFLICT DO NOTHING", row)
            return added.rowcount == 1

    def name_of(self, digest: str) -> str | None:
        """Whose key has this hash; `None` if nobody's has."""
        with self._reading() as tell:
            found = tell("SELECT name FROM keys WHERE hash=:hash", {"hash": digest}).scalar_one_or_none()
        return None if found is None else str(found)

    def names(self) -> list[str]:
        """Those who have a key."""
        with self._reading() as tell:
            return [str(name) for name in tell("SELECT name FROM keys ORDER BY name", {}).scalars()]

    def forget(self, name: str) -> Forgotten:
        """Remove a key and all that its owner gave, in one transaction."""
        of = {"name": storable(name)}
        with self._writing() as tell:
            given = tell("DELETE FROM corrections WHERE who=:name", of).rowcount
            keys = tell("DELETE FROM keys WHERE name=:name", of).rowcount
        return Forgotten(given, bool(keys))

    def copy_accepted(self, path: Path) -> int:
        """Write what is accepted into a file, which a run can read, in place of what it held; how many there are.

        UserError for the store itself, whose keys and other corrections that would take away.
        """
        own = self._database.place.path
        if own is not None and path.resolve() == own.resolve():
            raise UserError("this is the store itself.", where=str(path), fix="Name another file for the copy.")
        accepted = self.corrections("accepted")
        with whole_file(path) as aside:
            aside.unlink(missing_ok=True)
            copy = FeedbackStore.open(aside)
            try:
                with copy._writing() as tell:
                    for one in accepted:
                        row = {**_row(one.correction), "made": one.made, "state": one.state, "reason": one.reason}
                        tell(f"INSERT INTO corrections ({_COLUMNS}) VALUES ({_VALUES})", row)
            finally:
                copy.close()
        return len(accepted)

    def close(self) -> None:
        """End the connection."""
        self._database.close()

    @contextmanager
    def _reading(self) -> Iterator[_Tell]:
        with self._database.connected() as connection:
            yield partial(_tell, connection)

    @contextmanager
    def _writing(self) -> Iterator[_Tell]:
        """One after another, also in PostgreSQL, since a correction is compared with those that are there."""
        with self._database.writing() as connection:
            if self._database.dialect != "sqlite":
                connection.exec_driver_sql("LOCK TABLE corrections IN SHARE ROW EXCLUSIVE MODE")
            yield partial(_tell, connection)


def _tell(connection: Connection, statement: str, row: Mapping[str, Any]) -> CursorResult[Any]:
    from sqlalchemy import text

    return connection.execute(text(statement), dict(row))


def _say_again(tell: _Tell, row: Mapping[str, str], number: int, state: str, reason: str) -> None:
    """Somebody who wrote otherwise since comes back to a correction: it is their newest again."""
    since = f"SELECT count(*) FROM corrections WHERE {_OF_SOURCE} AND who=:who AND who<>'' AND id>:id"
    if tell(since, {**row, "id": number}).scalar_one():
        tell("DELETE FROM corrections WHERE id=:id", {"id": number})
        tell(f"INSERT INTO corrections ({_COLUMNS}) VALUES ({_VALUES})", {**row, "state": state, "reason": reason})


def choose_agreed(stored: Iterable[Stored]) -> list[Stored]:
    """One for each direction and source, in the order of their numbers; of what one person said the newest counts."""
    groups: dict[tuple[str, str, str], list[Stored]] = {}
    for one in stored:
        direction = one.correction.direction
        groups.setdefault((direction.source, direction.target, one.correction.source.strip()), []).append(one)
    return sorted((_most(group) for group in groups.values()), key=lambda one: one.id)


def _most(group: list[Stored]) -> Stored:
    by_person = {one.correction.who or one.id: one for one in sorted(group, key=lambda one: one.id)}
    group = list(by_person.values())
    votes: dict[str, int] = {}
    for one in group:
        votes[one.correction.correction] = votes.get(one.correction.correction, 0) + 1
    return max(group, key=lambda one: (votes[one.correction.correction], one.id))


def _contradiction(tell: _Tell, row: Mapping[str, str]) -> str:
    """The reason to hold a correction that several others speak against, who are not its author before."""
    of_others = f"{_OF_SOURCE} AND state='accepted' AND (who<>:who OR who='')"
    found = tell(f"SELECT correction FROM corrections WHERE {of_others}", row).scalars()
    others = [str(one) for one in found]
    return CONTRADICTS if len(others) >= SEVERAL and row["correction"] not in others else ""


def _row(correction: Correction) -> dict[str, str]:
    """What is kept of a correction, as a database can hold it."""
    texts = {
        "source": correction.source,
        "output": correction.output,
        "correction": correction.correction,
        "student": correction.student,
        "who": correction.who,
    }
    lang = {"source_lang": correction.direction.source, "target_lang": correction.direction.target}
    return {**lang, **{name: storable(given) for name, given in texts.items()}, "made": _now()}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


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
