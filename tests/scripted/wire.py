"""OpenAI's wire format as plain values: completions, streams of chunks, errors, the list of models."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scripted.loopback import Reply

_PIECE = re.compile(r"\s*\S+|\s+$")


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model said, and what the server says about it."""

    model: str
    text: str
    finish_reason: str = "stop"
    usage: dict[str, int] | None = None
    """None leaves the counts out."""

    def as_json(self) -> dict[str, Any]:
        """The `chat.completion` object."""
        message = {"role": "assistant", "content": self.text}
        completion = self._frame("chat.completion", {"message": message, "finish_reason": self.finish_reason})
        return completion if self.usage is None else {**completion, "usage": self.usage}

    def events(self, *, with_usage: bool) -> Iterator[bytes]:
        """The same as server-sent events, a word at a time."""
        chunk = "chat.completion.chunk"
        yield _event(self._frame(chunk, {"delta": {"role": "assistant", "content": ""}, "finish_reason": None}))
        for piece in _PIECE.findall(self.text):
            yield _event(self._frame(chunk, {"delta": {"content": piece}, "finish_reason": None}))
        yield _event(self._frame(chunk, {"delta": {}, "finish_reason": self.finish_reason}))
        if with_usage and self.usage is not None:
            yield _event({**self._frame(chunk, {}), "choices": [], "usage": self.usage})
        yield b"data: [DONE]\n\n"

    def _frame(self, kind: str, choice: dict[str, Any]) -> dict[str, Any]:
        choices = [{"index": 0, **choice}]
        return {"id": "scripted", "object": kind, "created": 0, "model": self.model, "choices": choices}


def count_usage(messages: list[dict[str, str]], text: str) -> dict[str, int]:
    """Words for tokens: enough for sums that a test can make by hand."""
    asked = sum(len(message["content"].split()) for message in messages)
    answered = len(text.split())
    return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}


def json_reply(value: Any, *, status: int = 200) -> Reply:
    """A value as JSON."""
    return Reply(status=status, body=json.dumps(value, ensure_ascii=False).encode())


def error_reply(status: int, message: str, *, retry_after: str = "") -> Reply:
    """An error as OpenAI words it."""
    body = json.dumps({"error": {"message": message, "type": "scripted", "param": None, "code": None}}).encode()
    return Reply(status=status, body=body, headers={"Retry-After": retry_after} if retry_after else {})


def model_list(*names: str) -> dict[str, Any]:
    """What GET /v1/models says."""
    models = [{"id": name, "object": "model", "created": 0, "owned_by": "tests"} for name in names]
    return {"object": "list", "data": models}


def _event(value: Any) -> bytes:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()
