"""Opening corpus files: compressed ones by their suffix, streamed line by line, and written whole or not at all."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import os
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from tutelage.core.errors import CorpusError

STANDARD_STREAM = "-"
"""The path that stands for standard input or output."""

_OPENERS: dict[str, Any] = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open}


def plain_name(path: Path | str) -> str:
    """The file's name without the suffix of its compression: `a.tsv` for `a.tsv.gz`."""
    path = Path(path)
    return path.stem if path.suffix in _OPENERS else path.name


def stem(path: Path | str) -> str:
    """The file's name without the suffixes of compression and format: `a` for `a.tsv.gz`."""
    return Path(plain_name(path)).stem


@contextlib.contextmanager
def opened_for_reading(path: Path | str) -> Iterator[IO[bytes]]:
    """The bytes of the file, decompressed; CorpusError where it is missing, unreadable, damaged or empty."""
    if str(path) == STANDARD_STREAM:
        yield sys.stdin.buffer
        return
    path = Path(path)
    try:
        with _open(path) as stream:
            if not stream.peek(1):
                raise CorpusError("the file is empty.", where=str(path), fix="Give a file that holds text.")
            yield stream
    except FileNotFoundError:
        raise CorpusError("there is no such file.", where=str(path), fix="Check the path.") from None
    except (EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error) as error:
        raise CorpusError(
            f"the compressed file is damaged ({error}).", where=str(path), fix="Fetch it again."
        ) from None
    except OSError as error:
        raise CorpusError(f"the file cannot be read ({error.strerror or error}).", where=str(path)) from None


def read_bytes(path: Path | str) -> bytes:
    """The whole decompressed content, for formats that cannot be streamed."""
    with opened_for_reading(path) as stream:
        return stream.read()


def read_lines(path: Path | str) -> Iterator[bytes]:
    """The lines of the file without their ends and without a byte order mark, streaming."""
    with opened_for_reading(path) as stream:
        for number, line in enumerate(stream):
            text = line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
            yield text.removesuffix(b"\n").removesuffix(b"\r")


def decoded(line: bytes) -> str:
    """The line as UTF-8 text; ValueError naming the first bad byte."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 (byte 0x{line[error.start]:02x} at column {error.start + 1})") from None


def quoted(line: bytes) -> str:
    """The beginning of a line for a message, with what cannot be read or shown escaped."""
    return repr(line[:80].decode("utf-8", "backslashreplace"))


@contextlib.contextmanager
def written_whole(path: Path | str) -> Iterator[IO[bytes]]:
    """A stream whose file appears under its name only when all was written; compressed by its suffix."""
    if str(path) == STANDARD_STREAM:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with path_written_whole(path) as aside, _OPENERS.get(Path(path).suffix, open)(aside, "wb") as stream:
        yield stream


@contextlib.contextmanager
def path_written_whole(path: Path | str) -> Iterator[Path]:
    """A path beside the given one, renamed to it when the block ends well and removed when it does not."""
    path = Path(path)
    aside = _path_aside(path)
    try:
        yield aside
        with aside.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _path_aside(path: Path) -> Path:
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        os.close(handle)
        # mkstemp makes files that only their owner reads; a corpus file gets what the umask allows.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CorpusError(f"the file cannot be written ({reason}).", where=str(path), fix="Check the folder.") from None
    return Path(name)


def _open(path: Path) -> Any:
    if path.is_dir():
        raise CorpusError("this is a folder, not a file.", where=str(path))
    return _OPENERS.get(path.suffix, open)(path, "rb")
