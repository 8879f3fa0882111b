"""The body of an answer as it comes: server-sent events, or one JSON value from a server that does not stream (pure).

Which of the two it is shows in the first byte; what servers say of it in their headers is often wrong.
"""

from __future__ import annotations

from typing import Any

from tutelage.teachers.calling.failures import BrokenAnswer, ErrorAnswer
from tutelage.teachers.calling.limits import KEPT_CHARACTERS, MOST_CHARACTERS, SpoiledAnswer, clean, read_json
from tutelage.teachers.calling.statuses import OVERLONG
from tutelage.teachers.calling.words import read_words

_EVENT_STARTS = (b"data:", b"event:", b"id:", b"retry:", b"error:", b":")
_LONGEST_START = max(len(start) for start in _EVENT_STARTS)
_SHOWN_BYTES = 1 << 14
_TEXTS = ("content", "reasoning_content", "reasoning", "thinking", "refusal")
"""Parts of a message that come in pieces."""


class AnswerBody:
    """Takes a body piece by piece; its `completion` is what a server that does not stream would have sent."""

    def __init__(self, *, most_bytes: int) -> None:
        self._most, self._size = most_bytes, 0
        self._unread = bytearray()
        self._searched = 0
        """Bytes of the unread that hold no end of a line."""
        self._is_stream: bool | None = None
        self._event, self._data = "", list[bytes]()
        self._answer = _Answer()

    def feed(self, piece: bytes) -> bool:
        """Whether a part of an answer has come; SpoiledAnswer when it is too much, ErrorAnswer for an error in it."""
        self._size += len(piece)
        self._unread += piece
        if self._size > self._most:
            start = (
                self._answer.text if self._is_stream else bytes(self._unread[:KEPT_CHARACTERS]).decode(errors="replace")
            )
            raise SpoiledAnswer(OVERLONG, clean(start[:KEPT_CHARACTERS]))
        if self._is_stream is None:
            self._is_stream = _looks_like_events(self._unread)
        return self._take_lines() if self._is_stream else False

    @property
    def is_whole(self) -> bool:
        """Whether the server has said that nothing more comes."""
        return self._answer.ended

    def completion(self) -> Any:
        """The completion, when the body has ended; BrokenAnswer for one that is none or not whole."""
        if not self._is_stream:
            return _read_value(bytes(self._unread), foreign=True)
        if self._unread or self._data:
            self._take_line(bytes(self._unread))
            self._close_event()
        return self._answer.completion()

    def _take_lines(self) -> bool:
        pieces, start = self._answer.pieces, 0
        while (end := self._unread.find(b"\n", max(start, self._searched))) >= 0:
            self._take_line(bytes(self._unread[start:end]))
            start = end + 1
        del self._unread[:start]
        self._searched = len(self._unread)
        return self._answer.pieces > pieces

    def _take_line(self, line: bytes) -> None:
        line = line.rstrip(b"\r")
        if not line:
            self._close_event()
            return
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
        elif field == b"event":
            self._event = value.decode(errors="replace").strip()
        elif field == b"error":  # as older servers of llama.cpp tell errors
            self._event, self._data = "error", [value]

    def _close_event(self) -> None:
        data, event = b"\n".join(self._data).strip(), self._event
        self._data, self._event = [], ""
        if data == b"[DONE]":
            self._answer.ended = True
        elif data:
            self._answer.add(_read_value(data), is_error=event == "error")


class _Answer:
    """The deltas of the first choice, put together."""

    def __init__(self) -> None:
        self.ended, self.pieces = False, 0
        self._texts: dict[str, list[str]] = {}
        self._length = 0
        self._finish_reason: Any = None
        self._usage: Any = None

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self._texts.get("content", ()))

    def add(self, chunk: Any, *, is_error: bool) -> None:
        """One event."""
        if not isinstance(chunk, dict):
            raise BrokenAnswer("its stream holds something that is no chunk of a completion")
        if is_error or chunk.get("error"):
            raise ErrorAnswer(chunk.get("error") or chunk, streamed=True, begun=bool(self._texts))
        self.pieces += 1
        self._usage = chunk.get("usage") or self._usage
        choices = chunk.get("choices") or []
        if not isinstance(choices, list):
            raise BrokenAnswer("its stream holds something that is no list of choices")
        for choice in choices:
            if isinstance(choice, dict) and not choice.get("index"):
                self._finish_reason = choice.get("finish_reason") or self._finish_reason
                self._add_texts(choice.get("delta") or choice.get("message") or {})

    def completion(self) -> dict[str, Any]:
        """As one that was not streamed; a stream that just stops is no answer."""
        if not (self.ended or self._finish_reason):
            raise BrokenAnswer("its stream ended before the answer did")
        if not (self._texts or self._finish_reason):
            raise BrokenAnswer("its stream holds no answer")
        message = {name: "".join(parts) for name, parts in self._texts.items()}
        choice = {"index": 0, "message": {"content": None, **message}, "finish_reason": self._finish_reason}
        return {"choices": [choice], "usage": self._usage}

    def _add_texts(self, delta: Any) -> None:
        if not isinstance(delta, dict):
            raise BrokenAnswer("its stream holds something that is no part of a message")
        for name in _TEXTS:
            if isinstance(text := delta.get(name), str):
                self._texts.setdefault(name, []).append(text)
                self._length += len(text)
        if self._length > MOST_CHARACTERS:
            raise SpoiledAnswer(OVERLONG, clean(self.text[:KEPT_CHARACTERS]))


def _looks_like_events(start: bytearray) -> bool | None:
    """None while it cannot be told."""
    text = bytes(start[:256]).removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(_EVENT_STARTS):
        return True
    if len(text) < _LONGEST_START and any(one.startswith(text) for one in _EVENT_STARTS):
        return None
    return False


def _read_value(raw: bytes, *, foreign: bool = False) -> Any:
    try:
        return read_json(raw)
    except ValueError as error:
        shown = read_words(raw[:_SHOWN_BYTES]).text
        raise BrokenAnswer(f"what it sent is no JSON ({shown})", foreign=foreign and bool(raw.strip())) from error
