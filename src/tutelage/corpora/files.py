"""Opening corpus files: compressed ones by their suffix, streamed line by line, and written whole or not at all."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import os
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tutelage.core.errors import CorpusError, UsageError
from tutelage.storage.limits import MAX_DOCUMENT_BYTES, MAX_LINE_BYTES, Decompressed, lines_of, read_document
from tutelage.storage.permissions import as_the_umask_allows

STANDARD_STREAM = "-"
"""The path that stands for standard input or output."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
TO_UTF_8 = "Convert the file to UTF-8, for instance with: iconv -f WINDOWS-1252 -t UTF-8"
_USUAL_8_BIT = "cp1252"
_NEWLINE = b"\n"
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
"""How files in UTF-16 and UTF-32 begin."""


def plain_name(path: Path | str) -> str:
    """The file's name without the suffix of its compression: `a.tsv` for `a.tsv.gz`."""
    path = Path(path)
    return path.stem if path.suffix in COMPRESSIONS else path.name


def stem(path: Path | str) -> str:
    """The file's name without the suffixes of compression and format: `a` for `a.tsv.gz`."""
    return Path(plain_name(path)).stem


@contextlib.contextmanager
def opened_for_reading(path: Path | str, *, place: Callable[[], str] | None = None) -> Iterator[IO[bytes]]:
    """The bytes of the file, decompressed; CorpusError if it is missing, unreadable, damaged or empty.

    `place` tells where the reader has come to, for the message about damage; without it that is the path.
    """
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
    except damages(path) as error:
        reason = getattr(error, "strerror", None)
        if reason is None and path.suffix in COMPRESSIONS:
            where = place() if place else str(path)
            fix = "Fetch it again."
            raise CorpusError(f"the compressed file is damaged ({error}).", where=where, fix=fix) from None
        raise CorpusError(f"the file cannot be read ({reason or error}).", where=str(path)) from None


def read_bytes(path: Path | str, *, limit: int = MAX_DOCUMENT_BYTES) -> bytes:
    """The whole decompressed content, for formats that cannot be streamed; CorpusError above `limit` bytes."""
    with opened_for_reading(path) as stream:
        content = read_document(stream, where=str(path), limit=limit)
    _refuse_wide(content, str(path))
    return content


def read_text(path: Path | str, *, limit: int = MAX_DOCUMENT_BYTES) -> str:
    """The whole content as text, without a byte order mark; CorpusError if it is not UTF-8 or has a NUL."""
    content = read_bytes(path, limit=limit).removeprefix(BYTE_ORDER_MARK)
    for number, line in enumerate(content.split(b"\n"), start=1):
        try:
            decoded(line, limit=limit)
        except ValueError as error:
            raise CorpusError(f"{error}.", where=f"{path}:{number}", fix=TO_UTF_8) from None
    return content.decode()


def read_lines(path: Path | str) -> Iterator[bytes]:
    """The lines of the file without their ends and without a byte order mark, streaming.

    Of a line that is too long, as much comes as `decoded` needs to refuse it.
    """
    number = 0

    def place() -> str:
        return f"{path}:{number + 1}"

    with opened_for_reading(path, place=place) as stream:
        for line in lines_of(stream, limit=MAX_LINE_BYTES, where=place):
            if number == 0:
                _refuse_wide(line, place())
                line = line.removeprefix(BYTE_ORDER_MARK)
            yield line.removesuffix(b"\n").removesuffix(b"\r")
            number += 1


@dataclass(frozen=True, slots=True)
class LineStyle:
    """How a file of lines begins, and how its lines end."""

    mark: bytes = b""
    end: bytes = _NEWLINE


def line_style(path: Path | str) -> LineStyle:
    """That of the file, by its first line; the usual one of standard input, which can be read only once."""
    if str(path) == STANDARD_STREAM:
        return LineStyle()
    with opened_for_reading(path) as stream:
        line = stream.readline(MAX_LINE_BYTES + 2)
    return LineStyle(
        BYTE_ORDER_MARK if line.startswith(BYTE_ORDER_MARK) else b"", b"\r\n" if line.endswith(b"\r\n") else _NEWLINE
    )


def decoded(line: bytes, *, limit: int = MAX_LINE_BYTES) -> str:
    """The line, or all lines of a document, as UTF-8 text; ValueError saying what it has that text does not."""
    if len(line) > limit:
        raise ValueError(f"the line has more than {limit:,} bytes, and a segment is a sentence or a paragraph")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"byte 0x{line[error.start]:02x} at {_place(line, error.start)}{_encoding_guess(line, error.start)}"
        raise ValueError(f"not UTF-8 ({what})") from None
    if "\0" in text:
        raise ValueError(f"a NUL character (at {_place(line, line.index(0))}; is the file UTF-16?)")
    return text


def _place(text: bytes, at: int) -> str:
    """`column 4`, or `column 4 of line 7` of a text of several lines; columns count bytes."""
    column = f"column {at - text.rfind(_NEWLINE, 0, at)}"
    return f"{column} of line {text.count(_NEWLINE, 0, at) + 1:,}" if _NEWLINE in text else column


def _encoding_guess(text: bytes, at: int) -> str:
    """What to ask if the line with that byte is text in the usual 8-bit encoding; nothing for other bytes."""
    line = text[text.rfind(_NEWLINE, 0, at) + 1 :].partition(_NEWLINE)[0]
    guess = line.decode(_USUAL_8_BIT, "replace").rstrip("\r").replace("\t", " ")
    return "; is the file Windows-1252 or Latin-1?" if guess.isprintable() and "\ufffd" not in guess else ""


def quoted(line: bytes) -> str:
    """The beginning of a line for a message, with what cannot be read or shown escaped."""
    return repr(line[:80].decode("utf-8", "backslashreplace"))


def require_folder_of(path: Path | str) -> None:
    """UsageError if a file cannot be written there for want of a folder: told before the work that fills it."""
    if str(path) != STANDARD_STREAM and not Path(path).parent.is_dir():
        what, fix = "there is no folder to write this file into.", "Make the folder, or choose another."
        raise UsageError(what, where=str(path), fix=fix)


@contextlib.contextmanager
def written_whole(path: Path | str) -> Iterator[IO[bytes]]:
    """A stream whose file appears under its name only when all was written; compressed by its suffix."""
    if str(path) == STANDARD_STREAM:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with path_written_whole(path) as aside, _opened_aside(aside, Path(path).suffix) as stream:
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
        as_the_umask_allows(Path(name))
    except OSError as error:
        reason = error.strerror or str(error)
        raise CorpusError(f"the file cannot be written ({reason}).", where=str(path), fix="Check the folder.") from None
    return Path(name)


def _opened_aside(aside: Path, suffix: str) -> Any:
    return opened_packed(aside, suffix, "wb") if suffix in COMPRESSIONS else aside.open("wb")


def _open(path: Path) -> Any:
    if path.is_dir():
        raise CorpusError("this is a folder, not a file.", where=str(path))
    if path.exists() and not path.is_file():
        fix = "Give a file, or pipe the text into standard input."
        raise CorpusError("this is a device or a pipe, not a file.", where=str(path), fix=fix)
    if path.suffix not in COMPRESSIONS:
        return path.open("rb")
    packed = opened_packed(path, path.suffix, "rb")
    return io.BufferedReader(Decompressed(packed, size=path.stat().st_size, where=str(path)))


def _refuse_wide(start: bytes, where: str) -> None:
    if start.startswith(_WIDE_MARKS):
        fix = "Convert it, for instance with: iconv -f UTF-16 -t UTF-8"
        raise CorpusError("the file is UTF-16 or UTF-32, and UTF-8 is needed.", where=where, fix=fix)


def _open_zstd(path: Path, mode: str) -> Any:
    import pyarrow as pa

    if mode == "wb":
        return pa.output_stream(str(path), compression="zstd")
    return pa.input_stream(str(path), compression="zstd")


COMPRESSIONS: dict[str, Any] = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open, ".zst": _open_zstd}


def opened_packed(path: Path, suffix: str, mode: str) -> Any:
    """A stream of what is in the file, or that packs what is written; `mode` is `rb` or `wb`."""
    return COMPRESSIONS[suffix](path, mode)


def damages(path: Path) -> tuple[type[Exception], ...]:
    """What reading a damaged or unreadable file raises; OSError without a number means damage too."""
    known = (OSError, EOFError, lzma.LZMAError, zlib.error)
    if path.suffix == ".xz":
        return (*known, MemoryError)  # a header may ask for any amount
    if path.suffix == ".zst":
        import pyarrow as pa

        return (*known, pa.ArrowException)
    return known
