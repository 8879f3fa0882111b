"""Limits of what is read from a file that anybody may have made: its lines, its whole, and what it decompresses to."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import IO, Any

from tutelage.core.errors import CorpusError

MAX_LINE_BYTES = 1_000_000
"""A segment is a sentence or a paragraph; a long novel has three million bytes, and no model reads one at once."""
MAX_UNBROKEN_BYTES = 256_000_000
"""Skipped while the end of an overlong line is looked for; a file with none within that is no text."""
MAX_DOCUMENT_BYTES = 64_000_000
"""Of a file that is held in memory whole; parsers need about ten times as much, and catalogues have a few million."""
MAX_RATIO = 200
"""Bytes out of a compressed file for each of its own. Text gives 3 to 10, rows that are much alike up to 100; files
made to fill a memory give 1,000 (gzip) to a million (bzip2)."""
FREE_BYTES = 64_000_000
"""Decompressed before the ratio is looked at: small files of few rows are often more alike than that."""


def read_line(stream: IO[bytes], *, limit: int, where: Callable[[], str]) -> bytes:
    """The next line with its end, of an overlong one the first `limit + 1` bytes; nothing at the end of the file."""
    line = stream.readline(limit + 1)
    if len(line) <= limit or line.endswith(b"\n"):
        return line
    skipped = len(line)
    while rest := stream.readline(limit + 1):
        skipped += len(rest)
        if rest.endswith(b"\n"):
            break
        if skipped > MAX_UNBROKEN_BYTES:
            raise CorpusError(
                f"no line ends within {MAX_UNBROKEN_BYTES:,} bytes, so this is no text.",
                where=where(),
                fix="Give a file with one item a line.",
            )
    return line


def lines_of(stream: IO[bytes], *, limit: int, where: Callable[[], str]) -> Iterator[bytes]:
    """Every line as `read_line` gives it."""
    while line := read_line(stream, limit=limit, where=where):
        yield line


def read_document(stream: IO[bytes], *, where: str, limit: int = MAX_DOCUMENT_BYTES) -> bytes:
    """All that the stream holds; CorpusError if it is more than `limit` bytes."""
    content = stream.read(limit + 1)
    if len(content) > limit:
        raise CorpusError(
            f"the file has more than {limit:,} bytes, and this format is read as a whole.",
            where=where,
            fix="Split the file.",
        )
    return content


class Decompressed(io.RawIOBase):
    """What a decompressing stream gives; CorpusError as soon as it is too much for a file of `size` bytes."""

    def __init__(self, inner: Any, *, size: int, where: str) -> None:
        self._inner, self._where = inner, where
        self._left = max(FREE_BYTES, MAX_RATIO * size)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes."""
        count: int = self._inner.readinto(buffer)
        self._left -= count
        if self._left < 0:
            raise CorpusError(
                f"the file decompresses to more than {MAX_RATIO} times its size, which no text does.",
                where=self._where,
                fix="Decompress it by hand, if it is what it says.",
            )
        return count

    def close(self) -> None:
        """Close the decompressing stream too."""
        self._inner.close()
        super().close()
