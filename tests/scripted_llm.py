"""A chat server for tests: OpenAI's wire format over real HTTP on the loopback, scripted by a function."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tutelage.teachers.chat import ChatSettings, ChatTeacher

Script = Callable[[list[dict[str, str]]], str]


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """What the server does instead of answering."""

    status: int = 0
    """HTTP status to send; 0 sends none."""
    body: str = '{"error": {"message": "no"}}'
    retry_after: str = ""
    drop: bool = False
    """Close the connection without an answer."""
    sleep_seconds: float = 0.0
    """Wait so long before answering as usual."""


@dataclass(slots=True)
class ScriptedLlm:
    """The server; `script` answers messages, `misbehave` may return a misbehaviour for request number n (from 0)."""

    script: Script
    misbehave: Callable[[int, dict[str, Any]], Misbehaviour | None] = lambda number, body: None
    usage: bool = True
    finish_reason: str = "stop"
    requests: list[dict[str, Any]] = field(default_factory=list)
    most_in_flight: int = 0
    _in_flight: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _server: Any = None

    def __enter__(self) -> ScriptedLlm:
        llm = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with llm._lock:
                    number = len(llm.requests)
                    llm.requests.append(body)
                    llm._in_flight += 1
                    llm.most_in_flight = max(llm.most_in_flight, llm._in_flight)
                try:
                    self._answer(body, llm.misbehave(number, body))
                finally:
                    with llm._lock:
                        llm._in_flight -= 1

            def _answer(self, body: dict[str, Any], wrong: Misbehaviour | None) -> None:
                if wrong and wrong.sleep_seconds:
                    time.sleep(wrong.sleep_seconds)
                if wrong and wrong.drop:
                    self.close_connection = True
                    return
                if wrong and wrong.status:
                    self._send(wrong.status, wrong.body, retry_after=wrong.retry_after)
                    return
                self._send(200, json.dumps(llm._completion(body)))

            def _send(self, status: int, text: str, *, retry_after: str = "") -> None:
                data = text.encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(data)))
                    if retry_after:
                        self.send_header("Retry-After", retry_after)
                    self.end_headers()
                    self.wfile.write(data)
                except ConnectionError:
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def teacher(self, **settings: Any) -> ChatTeacher:
        """A chat teacher pointed at this server, impatient so that tests are fast."""
        defaults = {"model": "scripted", "first_pause_seconds": 0.01, "max_attempts": 3, "timeout_seconds": 10.0}
        return ChatTeacher(ChatSettings(base_url=self.base_url, **(defaults | settings)))

    def _completion(self, body: dict[str, Any]) -> dict[str, Any]:
        text = self.script(body["messages"])
        asked = sum(len(message["content"].split()) for message in body["messages"])
        completion: dict[str, Any] = {
            "id": "scripted",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": self.finish_reason}
            ],
        }
        if self.usage:
            answered = len(text.split())
            completion["usage"] = {
                "prompt_tokens": asked,
                "completion_tokens": answered,
                "total_tokens": asked + answered,
            }
        return completion
