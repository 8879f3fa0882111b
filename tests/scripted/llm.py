"""A chat server for tests: OpenAI's wire format over real HTTP on the loopback, scripted by a function.

It answers POST /v1/chat/completions (streaming too), GET /v1/models, and the Batch API. It bears thousands of requests
and hundreds at a time: nothing of it needs a thread for a request, but functions that may wait.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from scripted.batches import BatchOffice, BatchPlan
from scripted.loopback import LoopbackServer, Reply, Request
from scripted.misbehaviour import Misbehave, Misbehaviour, behave
from scripted.wire import Completion, count_usage, error_reply, json_reply, model_list
from tutelage.teachers.chat import ChatSettings, ChatTeacher

__all__ = ["BatchPlan", "Misbehaviour", "ScriptedLlm"]

Script = Callable[[list[dict[str, str]]], str]


@dataclass(slots=True)
class ScriptedLlm:
    """The server; `script` answers messages, `misbehave` may return a misbehaviour for request number n (from 0).

    A script with a method `answer_request` is given the whole body of the request instead.
    """

    script: Script
    misbehave: Misbehave = behave
    usage: bool = True
    finish_reason: str = "stop"
    latency_seconds: float = 0.0
    """What every answer takes."""
    capacity: int | None = None
    """Requests answered at a time; those beyond get 429."""
    retry_after: str = ""
    """Header of these 429, as the server would send it; empty: none."""
    api_key: str = ""
    """Requests without this key get 401; empty: no key is wanted."""
    batch: BatchPlan = field(default_factory=BatchPlan)
    keep: bool = True
    """Whether bodies are kept in `requests`; a benchmark has no use for them."""
    port: int = 0
    tls: ssl.SSLContext | None = None
    """The server's certificate; none: plain HTTP."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    received: int = 0
    """Requests for completions, misbehaviours and refusals included."""
    refused: int = 0
    """Those beyond the capacity."""
    answered: list[int] = field(default_factory=list)
    """Numbers of the requests that were given a completion: what a real server would bill."""
    most_in_flight: int = 0
    _in_flight: int = 0
    _server: LoopbackServer | None = None
    _office: BatchOffice | None = None

    def __enter__(self) -> ScriptedLlm:
        self._office = BatchOffice(self._complete, self.batch)
        self._server = LoopbackServer(self._handle, port=self.port, tls=self.tls)
        self._server.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.stop()

    @property
    def base_url(self) -> str:
        """The address up to and with /v1."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self._server.port}/v1"

    def teacher(self, **settings: Any) -> ChatTeacher:
        """A chat teacher pointed at this server: quick to try again, and patient, since a machine may be busy."""
        defaults = {"model": "scripted", "first_pause_seconds": 0.01, "max_attempts": 3, "timeout_seconds": 600.0}
        return ChatTeacher(ChatSettings(base_url=self.base_url, **(defaults | settings)))

    async def _handle(self, request: Request) -> Reply:
        if self.api_key and request.headers.get("authorization") != f"Bearer {self.api_key}":
            return error_reply(401, "wrong key")
        if request.path == "/v1/chat/completions" and request.method == "POST":
            return await self._take(json.loads(request.body))
        if request.path == "/v1/models":
            return json_reply(model_list("scripted"))
        if request.path.startswith(("/v1/files", "/v1/batches")):
            return await self._office.handle(request)
        return error_reply(404, f"nothing is at {request.path}")

    async def _take(self, body: dict[str, Any]) -> Reply:
        """A request over the wire: within the capacity, counted while it is answered."""
        if self.capacity is not None and self._in_flight >= self.capacity:
            self._note(body)
            self.refused += 1
            return error_reply(429, "too many requests", retry_after=self.retry_after)
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            return await self._complete(body)
        finally:
            self._in_flight -= 1

    async def _complete(self, body: dict[str, Any]) -> Reply:
        """The answer to a request or to a line of a batch, or what goes wrong with it."""
        number = self._note(body)
        wrong = await self._find_wrong(number, body) or Misbehaviour()
        pause = self.latency_seconds + wrong.sleep_seconds
        if pause:
            await asyncio.sleep(pause)
        if wrong.drop:
            return Reply(drop=True)
        if wrong.status:
            headers = {"Retry-After": wrong.retry_after} if wrong.retry_after else {}
            return Reply(status=wrong.status, body=wrong.body.encode(), headers=headers)
        completion = self._say(body, wrong)
        if wrong.cut:
            return Reply(body=json_reply(completion.as_json()).body, cut=True)
        self.answered.append(number)
        if body.get("stream"):
            wanted = bool((body.get("stream_options") or {}).get("include_usage"))
            return Reply(chunks=list(completion.events(with_usage=wanted)), content_type="text/event-stream")
        return json_reply(completion.as_json())

    def _note(self, body: dict[str, Any]) -> int:
        if self.keep:
            self.requests.append(body)
        self.received += 1
        return self.received - 1

    async def _find_wrong(self, number: int, body: dict[str, Any]) -> Misbehaviour | None:
        if getattr(self.misbehave, "quick", False):
            return self.misbehave(number, body)
        return await _call_in_thread(self.misbehave, number, body)

    def _say(self, body: dict[str, Any], wrong: Misbehaviour) -> Completion:
        answer_request = getattr(self.script, "answer_request", None)
        text = answer_request(body) if answer_request is not None else self.script(body["messages"])
        said = wrong.rewrite(text) if wrong.rewrite is not None else text
        usage = count_usage(body["messages"], said) if self.usage else None
        if wrong.usage is not None:
            usage = wrong.usage or None
        return Completion(body["model"], said, wrong.finish_reason or self.finish_reason, usage)


async def _call_in_thread(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function that may wait returns; its thread is given up, not waited for, when the server ends."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if not outcome.done():
            outcome.set_exception(error) if error is not None else outcome.set_result(result)

    def run() -> None:
        result, error = None, None
        try:
            result = function(*arguments)
        except Exception as raised:
            error = raised
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name="misbehave", daemon=True).start()
    return await outcome
