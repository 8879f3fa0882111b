"""Bodies of responses, unpacked within a limit: a kilobyte of gzip can hold a megabyte, and a body may never end."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from importlib import import_module
from typing import Any

from tutelage.teachers.calling.failures import BrokenAnswer
from tutelage.teachers.calling.limits import SpoiledAnswer
from tutelage.teachers.calling.statuses import OVERLONG

MOST_BODY_BYTES = 1 << 25
"""Of any body but files; single answers have a closer limit of their own."""
MOST_ERROR_BYTES = 1 << 16
"""Of the body of an error; its first words are what is shown."""
_PIECE_BYTES = 1 << 16
_WINDOWS = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


def response_limit(most_bytes: int) -> Callable[[Any], Awaitable[None]]:
    """A hook of the HTTP client: whoever reads the body gets at most so many bytes of it, and of an error few.

    The rest of an error is left unread; of an answer, SpoiledAnswer is raised at the limit.
    """

    async def limit(response: Any) -> None:
        encoding = response.headers.pop("content-encoding", "identity").strip().lower()
        failed = response.status_code >= 400
        pieces = unpack(response.stream, encoding=encoding)
        most = MOST_ERROR_BYTES if failed else most_bytes
        kind = _stream_type(type(response).__module__.partition(".")[0])
        response.stream = kind(response.stream, _up_to(pieces, most, quietly=failed))

    return limit


async def unpack(stream: Any, *, encoding: str) -> AsyncIterator[bytes]:
    """The bytes of a packed body, never more than 64 KiB at a time; BrokenAnswer for a packing that was not asked."""
    if encoding in {"", "identity"}:
        async for piece in stream:
            yield piece
        return
    if encoding not in _WINDOWS:
        raise BrokenAnswer(f"it sent its answer packed as '{encoding[:20]}', which was not asked for")
    unpacker = zlib.decompressobj(_WINDOWS[encoding])
    try:
        async for packed in stream:
            while packed and not unpacker.eof:
                yield unpacker.decompress(packed, _PIECE_BYTES)
                packed = unpacker.unconsumed_tail
    except zlib.error as error:
        raise BrokenAnswer(f"it sent an answer that cannot be unpacked ({error})") from error


async def _up_to(pieces: AsyncIterator[bytes], most: int, *, quietly: bool) -> AsyncIterator[bytes]:
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > most and not quietly:
            raise SpoiledAnswer(OVERLONG, "")
        yield piece[: max(0, len(piece) - max(0, size - most))]
        if size > most:
            return


@cache
def _stream_type(library: str) -> Any:
    """A body that is read through an iterator; the HTTP library takes only bodies of its own kind."""

    class LimitedStream(import_module(library).AsyncByteStream):  # type: ignore[misc]
        def __init__(self, whole: Any, pieces: AsyncIterator[bytes]) -> None:
            self._whole, self._pieces = whole, pieces

        def __aiter__(self) -> AsyncIterator[bytes]:
            return self._pieces

        async def aclose(self) -> None:
            await self._whole.aclose()

    return LimitedStream
