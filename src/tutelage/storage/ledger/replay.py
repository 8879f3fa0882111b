"""Replay files: the calls of a run as JSON Lines, with which somebody without the teacher repeats it.

The first line names the file's kind and the run, the last one counts the calls; between them is one line a call.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tutelage.core.counts import counted
from tutelage.core.errors import UsageError, UserError
from tutelage.storage.atomic import whole_file
from tutelage.storage.ledger.calls import Call, Entry
from tutelage.storage.limits import Decompressed, lines_of

VERSION = 1
MAX_CALL_BYTES = 64_000_000
"""Of one line: a question and its answer, of which a chat model reads and writes some millions of bytes at most."""
PREFIX = "replay:"
"""Before the name of a run whose calls came out of a file: what it spent is told, and counts against no budget here."""
_NOT_ONE = "Give a file that `tutelage ledger export` has written."
_CUT_OFF = "The file is not whole: copy it again, or write it again with `tutelage ledger export`."

_Text = Annotated[str, Field(min_length=1)]
_Tokens = Annotated[int, Field(ge=0, le=2**53)]
_Cost = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Head(_Line):
    tutelage_replay: int
    run: str | None


class _Foot(_Line):
    calls: int


class _CallLine(_Line):
    key: _Text
    role: str
    teacher: str
    prompt_version: str
    request: str
    answer: str | None
    status: _Text
    input_tokens: _Tokens | None
    output_tokens: _Tokens | None
    cost: _Cost | None
    worst_tokens: _Tokens
    worst_cost: _Cost | None
    run: str
    step: str
    created: Annotated[float, Field(ge=0, lt=2**40)]

    def entry(self) -> Entry:
        """As a record, under a run's name that no recipe can have."""
        fields = self.model_dump(exclude={"run", "step", "created"})
        return Entry(Call(**fields), PREFIX + self.run, self.step, self.created)


L = TypeVar("L", bound=_Line)


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A line with where it stands, for messages."""

    where: str
    text: str


def write_replay(path: Path, entries: Iterable[Entry], *, run: str | None) -> int:
    """Write the calls to a file, compressed if its name ends in `.gz`; how many they were."""
    with whole_file(path) as aside, aside.open("wb") as raw:
        if path.suffix != ".gz":
            return _write(raw, entries, run=run)
        # no name and no time in the file: the same ledger gives the same bytes
        with gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
            return _write(packed, entries, run=run)


def check_replay(path: Path) -> None:
    """UserError for a file that is not there or is no replay file, found before a ledger is made for it."""
    first = next(_lines(path), None)
    if first is None:
        raise UserError("this file is empty.", where=str(path), fix=_NOT_ONE)
    _check_head(first)


def read_replay(path: Path) -> Iterator[Entry]:
    """The calls of a file, streaming; UserError with the line's number if it is none or is not whole."""
    check_replay(path)
    count = 0
    for line in islice(_lines(path), 1, None):
        if line.text.startswith('{"calls":'):
            _check_foot(line, _parse(line, _Foot).calls, count)
            return
        yield _parse(line, _CallLine).entry()
        count += 1
    raise UserError(
        f"the file ends after {counted(count, 'call')}, without its last line.", where=str(path), fix=_CUT_OFF
    )


def _write(stream: IO[bytes] | gzip.GzipFile, entries: Iterable[Entry], *, run: str | None) -> int:
    stream.write(_as_line({"tutelage_replay": VERSION, "run": run}))
    count = 0
    for entry in entries:
        stream.write(_as_line(_plain(entry)))
        count += 1
    stream.write(_as_line({"calls": count}))
    return count


def _plain(entry: Entry) -> dict[str, Any]:
    run = entry.run.removeprefix(PREFIX)
    return {**asdict(entry.call), "run": run, "step": entry.step, "created": entry.created}


def _as_line(values: dict[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _lines(path: Path) -> Iterator[_Numbered]:
    number = 0
    try:
        with path.open("rb") as raw, _unpacked(raw, path) as stream:
            for number, line in enumerate(lines_of(stream, limit=MAX_CALL_BYTES, where=lambda: str(path)), start=1):
                where = f"{path}:{number}"
                if len(line) - line.endswith(b"\n") > MAX_CALL_BYTES:
                    raise UserError(f"this line has more than {MAX_CALL_BYTES:,} bytes.", where=where, fix=_NOT_ONE)
                yield _Numbered(where, line.decode())
    except UnicodeDecodeError as error:
        raise UserError("this is no text in UTF-8.", where=f"{path}:{number}", fix=_NOT_ONE) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserError(
            f"the compressed file breaks off or is damaged ({error}).", where=f"{path}:{number + 1}", fix=_CUT_OFF
        ) from error
    except FileNotFoundError as error:
        raise UsageError("there is no such file.", where=str(path), fix=_NOT_ONE) from error
    except OSError as error:
        raise UsageError(f"the file cannot be read: {error.strerror}.", where=str(path), fix=_NOT_ONE) from error


def _unpacked(raw: IO[bytes], path: Path) -> IO[bytes]:
    """The stream itself, or what it decompresses to."""
    packed = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    if not packed:
        return raw
    unpacked = Decompressed(gzip.GzipFile(fileobj=raw), size=path.stat().st_size, where=str(path))
    return io.BufferedReader(unpacked)


def _check_head(line: _Numbered) -> None:
    if not line.text.startswith('{"tutelage_replay":'):
        raise UserError("this is not a replay file.", where=line.where, fix=_NOT_ONE)
    version = _parse(line, _Head).tutelage_replay
    if version > VERSION:
        raise UserError(
            f"the file has version {version}, this version of tutelage reads up to {VERSION}.",
            where=line.where,
            fix="Install the newer tutelage that wrote it.",
        )


def _check_foot(line: _Numbered, told: int, count: int) -> None:
    if told != count:
        raise UserError(
            f"the file tells of {counted(told, 'call')} and holds {count:,}.", where=line.where, fix=_CUT_OFF
        )


def _parse(line: _Numbered, kind: type[L]) -> L:
    try:
        return kind.model_validate_json(line.text)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, fault["loc"]))
        said = f"{place}: {fault['msg']}" if place else fault["msg"]
        raise UserError(f"this line is no call ({said}).", where=line.where, fix=_CUT_OFF) from error
