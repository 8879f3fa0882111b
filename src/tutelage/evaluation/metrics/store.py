"""Scores of segments by their content: none is computed twice, by whichever command, and a kill loses one batch."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from tutelage.core.errors import MetricError

_AT_ONCE = 500
"""Keys in one question; SQLite takes at most 999 in older versions."""


class ScoreStore:
    """A file of scores that several processes may use at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, keys: Sequence[str]) -> dict[str, float]:
        """The scores that are known."""
        found: dict[str, float] = {}
        with self._opened() as database:
            for start in range(0, len(keys), _AT_ONCE):
                part = keys[start : start + _AT_ONCE]
                marks = ",".join("?" * len(part))
                found.update(database.execute(f"SELECT key, score FROM scores WHERE key IN ({marks})", part))
        return found

    def keep(self, scores: Mapping[str, float]) -> None:
        """Keep scores, all of them or none."""
        with self._opened() as database, database:
            database.executemany("INSERT OR REPLACE INTO scores VALUES (?, ?)", scores.items())

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=60)) as database:
                database.execute("CREATE TABLE IF NOT EXISTS scores (key TEXT PRIMARY KEY, score REAL NOT NULL)")
                yield database
        except (sqlite3.Error, OSError) as error:
            raise MetricError(
                f"the scores of metrics cannot be kept ({error}).",
                where=str(self._path),
                fix="Check who may write there, or remove the file: scores are then computed again.",
            ) from error
