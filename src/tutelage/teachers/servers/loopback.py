"""A chat server in this process, on a loopback port: OpenAI's wire format before a function that answers requests.

Requests that wait are answered together where their parameters are the same, so that a model decodes them in one
batch. Only `/v1/chat/completions` without streaming; whatever else a body asks for is left aside.
"""

from __future__ import annotations

import json
import socket
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tutelage.core.errors import UserError
from tutelage.teachers.calling.parsing import describe_problem
from tutelage.teachers.messages import ChatAnswer, ChatRequest, Message

PATH = "/v1/chat/completions"
MAX_BODY_BYTES = 4 << 20
Answer = Callable[[Sequence[ChatRequest]], Sequence[ChatAnswer | UserError]]
"""From requests of equal parameters to an answer for each, or why it gets none."""


class _Turn(BaseModel):
    model_config = ConfigDict(extra="ignore")

    role: str
    content: str


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore")

    model: str = ""
    messages: list[_Turn] = Field(min_length=1)
    temperature: float = Field(default=1.0, ge=0)
    max_tokens: int = Field(default=1024, ge=1)
    seed: int | None = None

    def as_request(self) -> ChatRequest:
        turns = tuple(Message(turn.role, turn.content) for turn in self.messages)
        return ChatRequest(self.model, turns, self.temperature, self.max_tokens, self.seed)


class LoopbackChat:
    """The server; `answer` is called from one thread, with at most `most_at_once` requests."""

    def __init__(self, answer: Answer, *, most_at_once: int) -> None:
        self._desk = _Desk(answer, most_at_once=most_at_once)
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> str:
        """Listens on a free port of 127.0.0.1; the address up to and with /v1."""
        self._desk.start()
        self._server = _Server(("127.0.0.1", 0), _handler(self._desk))
        threading.Thread(target=self._server.serve_forever, name="loopback-chat", daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def stop(self) -> None:
        """Closes the port; what waits for an answer is turned down."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._desk.stop()
        self._server = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    """Connections that may wait to be taken: a teacher opens many at once."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A request that waits for its answer."""

    request: ChatRequest
    answer: Future[ChatAnswer]
    is_abandoned: Callable[[], bool]
    """Whether whoever asked has closed the connection."""


class _Desk:
    """Requests in a queue, and one thread that answers them in batches; abandoned ones are not worked on."""

    def __init__(self, answer: Answer, *, most_at_once: int) -> None:
        self._answer, self._most = answer, most_at_once
        self._waiting: SimpleQueue[_Entry | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="loopback-chat-desk", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after the batch under way."""
        self._waiting.put(None)
        self._thread.join()

    def ask(self, request: ChatRequest, *, is_abandoned: Callable[[], bool]) -> ChatAnswer:
        """The answer, when its turn has come."""
        entry = _Entry(request, Future(), is_abandoned)
        self._waiting.put(entry)
        return entry.answer.result()

    def _work(self) -> None:
        while True:
            batch = self._take()
            alike = defaultdict[str, list[_Entry]](list)
            for entry in batch:
                if entry is None:
                    continue
                if entry.is_abandoned():
                    entry.answer.set_exception(_BrokenError("nobody waits for the answer."))
                else:
                    alike[json.dumps(entry.request.parameters)].append(entry)
            for entries in alike.values():
                self._settle(entries)
            if None in batch:
                return self._turn_down()

    def _take(self) -> list[_Entry | None]:
        """Waits for one request and takes those that wait beside it."""
        batch = [self._waiting.get()]
        while len(batch) < self._most and None not in batch:
            try:
                batch.append(self._waiting.get_nowait())
            except Empty:
                break
        return batch

    def _turn_down(self) -> None:
        """Nobody waits for ever on a server that has ended."""
        while not self._waiting.empty():
            entry = self._waiting.get()
            if entry is not None:
                entry.answer.set_exception(_BrokenError("the server has ended."))

    def _settle(self, entries: Sequence[_Entry]) -> None:
        try:
            answers = self._answer([entry.request for entry in entries])
        except Exception as error:
            answers = [error if isinstance(error, UserError) else _BrokenError(str(error))] * len(entries)
        for entry, answer in zip(entries, answers, strict=True):
            if isinstance(answer, UserError):
                entry.answer.set_exception(answer)
            else:
                entry.answer.set_result(answer)


class _BrokenError(UserError):
    """The model failed, and may not fail again."""


def _handler(desk: _Desk) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > MAX_BODY_BYTES:
                self.close_connection = True
                self._reply(413, _problem("the question is too long."))
                return
            raw = self.rfile.read(length)
            if self.path != PATH:
                self._reply(404, _problem("nothing is here."))
                return
            status, body = _respond(desk, raw, is_abandoned=lambda: _is_closed(self.connection))
            with suppress(ConnectionError):  # whoever asked has left meanwhile
                self._reply(status, body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: texts and questions belong into no log."""

        def _reply(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


def _is_closed(connection: socket.socket) -> bool:
    """Whether the other side has closed it."""
    try:
        return not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _respond(desk: _Desk, raw: bytes, *, is_abandoned: Callable[[], bool]) -> tuple[int, dict[str, Any]]:
    try:
        request = _Body.model_validate_json(raw).as_request()
    except ValidationError as error:
        return 400, _problem(describe_problem(error))
    try:
        answer = desk.ask(request, is_abandoned=is_abandoned)
    except _BrokenError as error:
        return 500, _problem(str(error))
    except UserError as error:
        return 400, _problem(str(error))
    return 200, _completion(request, answer)


def _completion(request: ChatRequest, answer: ChatAnswer) -> dict[str, Any]:
    return {
        "id": "loopback",
        "object": "chat.completion",
        "model": request.model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": answer.text},
                "finish_reason": "length" if answer.truncated else "stop",
            }
        ],
        "usage": {"prompt_tokens": answer.input_tokens, "completion_tokens": answer.output_tokens},
    }


def _problem(what: str) -> dict[str, Any]:
    return {"error": {"message": what, "type": "invalid_request_error"}}
