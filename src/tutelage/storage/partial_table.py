"""The rows of a table that is not whole yet: a JSON line each, kept over a kill, read while others are written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Generic, TypeVar

from tutelage.core.errors import UserError
from tutelage.storage.atomic import write_whole
from tutelage.storage.plain import from_json, to_plain

R = TypeVar("R")


class PartialTable(Generic[R]):
    """Rows as they come, a JSON line each behind a line with the key; from a damaged line on they are dropped."""

    def __init__(self, path: Path, record_type: type[R], key: str) -> None:
        """Goes on with what the file holds under the key; UserError for a folder in its place."""
        self.path, self._type, self._key = path, record_type, key
        if path.is_dir():
            raise UserError("this is a folder, where a file belongs.", where=str(path), fix="Move it away and go on.")
        path.parent.mkdir(parents=True, exist_ok=True)
        if not self._matches():
            write_whole(path, json.dumps({"key": key}) + "\n")
        self._drop_damage()

    def rows(self) -> Iterator[R]:
        """Those that are there."""
        with self.path.open("rb") as stream:
            yield from self.read(stream)

    def read(self, stream: IO[bytes], lines: Callable[[IO[bytes]], Iterable[bytes]] = iter) -> Iterator[R]:
        """The rows of the open file; `lines` gives those behind the first, which names the key."""
        next(stream)
        return map(self._reader(), lines(stream))

    def ids(self) -> frozenset[str]:
        """Of the rows that are there."""
        return frozenset(record.id for record in self.rows())  # type: ignore[attr-defined]

    def extend(self, records: Iterable[R]) -> None:
        """Write the records behind the others; each can be read when the next one is asked for."""
        convert = to_plain(self._type)
        with self.path.open("a", encoding="utf-8", buffering=1) as stream:
            for record in records:
                stream.write(json.dumps(convert(record), ensure_ascii=False) + "\n")

    def _matches(self) -> bool:
        if not self.path.is_file():
            return False
        with self.path.open("rb") as stream:
            return stream.readline() == (json.dumps({"key": self._key}) + "\n").encode()

    def _drop_damage(self) -> None:
        read = self._reader()
        with self.path.open("r+b") as stream:
            end = len(stream.readline())
            for line in stream:
                try:
                    read(line)
                except (ValueError, RecursionError):
                    break
                end += len(line)
            stream.truncate(end)

    def _reader(self) -> Callable[[bytes], R]:
        convert = from_json(self._type)

        def read(line: bytes) -> R:
            if not line.endswith(b"\n"):
                raise ValueError("the line has no end")
            record: R = convert(json.loads(line))
            return record

        return read
