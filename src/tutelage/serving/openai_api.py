"""The interface of language models: a chat whose last message is the text, answered by its translation."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from tutelage.core.protection.spans import ALL, find_protected
from tutelage.serving.queue import count_tokens
from tutelage.serving.refusal import RefusalError
from tutelage.serving.requests import Fields
from tutelage.serving.routes import Routes
from tutelage.serving.service import Service
from tutelage.serving.translator import Served

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_STARTED = int(time.time())


class Part(Fields):
    """A part of a message's content; only text is taken."""

    type: str
    text: str = ""


class Message(Fields):
    """One message of a chat."""

    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """What it says."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class ChatFields(Fields):
    """Of /v1/chat/completions. What steers a language model (temperature, a system message) steers nothing here."""

    model: str = Field(default="tutelage", max_length=200)
    messages: list[Message] = Field(min_length=1, max_length=1000)
    n: int = Field(default=1, ge=1, le=8)
    stream: bool = False


def openai_api(service: Service) -> Routes:
    """The routes."""
    router = Routes(prefix="/v1")

    @router.get("/models")
    async def models(request: Request) -> JSONResponse:
        service.admit(request)
        found = [_model(student) for student in service.translator.students]
        return JSONResponse({"object": "list", "data": found})

    @router.get("/models/{name}")
    async def model(request: Request) -> JSONResponse:
        service.admit(request)
        return JSONResponse(_model(service.translator.named(request.path_params["name"])))

    @router.post("/chat/completions")
    async def complete(request: Request) -> Response:
        fields = (await service.read(request)).checked(ChatFields)
        student, text = service.translator.named(fields.model), _text_of(fields)
        service.limits.check_texts([text])
        chat = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": student.model}
        if fields.stream:
            return StreamingResponse(_events(service, student, text, chat), media_type="text/event-stream")
        answer = (await service.translate(student, [text], alternatives=fields.n - 1))[0]
        return JSONResponse(_completion(chat, text, [answer.text, *answer.alternatives]))

    return router


def _model(student: Served) -> dict[str, Any]:
    return {"id": student.model, "object": "model", "created": _STARTED, "owned_by": "tutelage"}


def _text_of(fields: ChatFields) -> str:
    asked = [message for message in fields.messages if message.role == "user"]
    if not asked:
        raise RefusalError(400, "There is no message of the role user.")
    return asked[-1].text


def _completion(chat: dict[str, Any], text: str, answers: list[str]) -> dict[str, Any]:
    read, written = count_tokens(text), sum(map(count_tokens, answers))
    return {
        **chat,
        "object": "chat.completion",
        "choices": [
            {"index": index, "message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}
            for index, answer in enumerate(answers)
        ],
        "usage": {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written},
    }


async def _events(service: Service, student: Served, text: str, chat: dict[str, Any]) -> AsyncIterator[str]:
    """The translation paragraph by paragraph, each sent as soon as it is done."""
    try:
        for paragraph in split_paragraphs(text):
            answer = (await service.translate(student, [paragraph]))[0]
            yield _event(chat, {"role": "assistant", "content": answer.text})
    except RefusalError as refusal:  # the status has been sent already
        yield _line({"error": {"message": refusal.message, "type": "invalid_request_error"}})
        return
    yield _event(chat, {}, finish="stop")
    yield "data: [DONE]\n\n"


def _event(chat: dict[str, Any], delta: dict[str, str], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _line({**chat, "object": "chat.completion.chunk", "choices": [choice]})


def _line(value: dict[str, Any]) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"


def split_paragraphs(text: str) -> list[str]:
    """The text cut behind blank lines that no protected span holds; together they are the text."""
    spans = find_protected(text, ALL)
    ends = [
        match.end()
        for match in _PARAGRAPH.finditer(text)
        if not any(span.start < match.end() and match.start() < span.end for span in spans)
    ]
    cuts = [0, *ends, len(text)]
    return [text[start:end] for start, end in pairwise(cuts) if end > start]
