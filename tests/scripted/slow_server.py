"""A chat server that answers a piece at a time: few slots, a queue before them, and a word as the clock ticks.

What it sends is up to a script, which writes to the connection as it likes.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from scripted.wire import Completion

Send = Callable[[bytes], Awaitable[None]]
Script = Callable[[dict[str, Any], Send], Awaitable[None]]
"""From a request's body to the bytes of the response, its head included; the connection is closed behind them."""
EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"


@dataclass
class SlowServer:
    """The server; `slots` requests are worked on at a time, the others wait in silence."""

    script: Script
    slots: int = 1000
    bodies: list[dict[str, Any]] = field(default_factory=list)
    finished: int = 0
    abandoned: int = 0
    """Requests whose client closed the connection before the end: the server has stopped work on them."""
    most_at_once: int = 0
    port: int = 0
    _open: int = 0

    def __enter__(self) -> SlowServer:
        self._loop, ready = asyncio.new_event_loop(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def __exit__(self, *exception: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def base_url(self) -> str:
        """The address up to and with /v1."""
        return f"http://127.0.0.1:{self.port}/v1"

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._free = asyncio.Semaphore(self.slots)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line)
        body = json.loads(await reader.readexactly(length))
        self.bodies.append(body)
        self._open += 1
        self.most_at_once = max(self.most_at_once, self._open)
        work = asyncio.ensure_future(self._work(body, writer))
        gone = asyncio.ensure_future(reader.read())  # returns when the client closes
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        self._open -= 1
        if work.done() and work.exception() is None:
            self.finished += 1
        else:
            self.abandoned += 1
        for task in (work, gone):
            task.cancel()
        writer.close()

    async def _work(self, body: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        async def send(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        async with self._free:
            await self.script(body, send)


def trickle(answer: Callable[[dict[str, Any]], str], *, seconds_per_word: float) -> Script:
    """Answers as a slow model does, a word at a time; whole and late if a stream was not asked for."""

    async def script(body: dict[str, Any], send: Send) -> None:
        completion = Completion(body["model"], answer(body), usage={"prompt_tokens": 5, "completion_tokens": 5})
        events = list(completion.events(with_usage="stream_options" in body))
        if not body.get("stream"):
            await asyncio.sleep(seconds_per_word * len(events))
            await send(PLAIN + json.dumps(completion.as_json()).encode())
            return
        await send(EVENTS)
        for event in events:
            await asyncio.sleep(seconds_per_word)
            await send(event)

    return script
