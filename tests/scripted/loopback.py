"""A small HTTP/1.1 server on asyncio in a thread of its own: keep-alive and hundreds of connections."""

from __future__ import annotations

import asyncio
import ssl
import threading
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

BACKLOG = 2048
"""Connections that may wait to be accepted: a client opens hundreds at once."""

_TLS_HANDSHAKE = b"\x16\x03"
"""What a client begins with that takes a plain server for one of HTTPS."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; names of headers are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""
    query: str = ""
    """What stands behind the path's question mark."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent back: `body`, or the `chunks` of a stream."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    chunks: Sequence[bytes] | None = None
    drop: bool = False
    """Close the connection without a byte."""
    cut: bool = False
    """Close the connection in the middle of the body."""


Handler = Callable[[Request], Awaitable[Reply]]


class LoopbackServer:
    """Serves `handle` on the loopback; a handler whose client has gone is cancelled."""

    def __init__(self, handle: Handler, *, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self._handle, self._wanted_port, self._tls = handle, port, tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="loopback-server", daemon=True)
        self._ready = threading.Event()
        self._server: asyncio.Server | None = None
        self._failure: BaseException | None = None
        self._open: set[asyncio.Transport] = set()
        self.port = 0

    def start(self) -> None:
        """Listen; OSError where the port is taken."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Close every connection, whatever it was doing."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._server = self._loop.run_until_complete(self._listen())
            self.port = self._server.sockets[0].getsockname()[1]
        except BaseException as error:
            self._failure = error
            self._ready.set()
            return
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._close())
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(
            lambda: _Connection(self._handle, self._loop, self._open),
            "127.0.0.1",
            self._wanted_port,
            backlog=BACKLOG,
            ssl=self._tls,
        )

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        for transport in list(self._open):
            transport.abort()
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)


class _Connection(asyncio.Protocol):
    """One client: reads requests one after the other, answers each before it reads the next."""

    def __init__(self, handle: Handler, loop: asyncio.AbstractEventLoop, connections: set[asyncio.Transport]) -> None:
        self._handle, self._loop, self._connections = handle, loop, connections
        self._received = bytearray()
        self._transport: Any = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._connections.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self._transport)
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._received.startswith(_TLS_HANDSHAKE):
            self._transport.write(render(Reply(status=400)))
            self._transport.close()
            return
        self._begin()

    def _begin(self) -> None:
        if self._task is not None:
            return
        request = _take_request(self._received)
        if request is not None:
            self._task = self._loop.create_task(self._answer(request))

    async def _answer(self, request: Request) -> None:
        try:
            reply = await self._handle(request)
        except Exception:
            # a mistake in a script must be seen by whoever runs the test
            traceback.print_exc()
            reply = Reply(status=500, body=b'{"error": {"message": "the script failed"}}')
        self._task = None
        if reply.drop:
            self._transport.abort()
            return
        data = render(reply)
        if reply.cut:
            self._transport.write(data[: -max(1, len(data) // 4)])
            self._transport.close()
            return
        self._transport.write(data)
        self._begin()


def render(reply: Reply) -> bytes:
    """The reply as it goes over the wire."""
    headers = {"Content-Type": reply.content_type, **reply.headers}
    if reply.chunks is None:
        headers["Content-Length"] = str(len(reply.body))
        body = reply.body
    else:
        headers["Transfer-Encoding"] = "chunked"
        body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in (*reply.chunks, b""))
    lines = [f"HTTP/1.1 {reply.status} {_phrase(reply.status)}", *(f"{name}: {headers[name]}" for name in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def _take_request(received: bytearray) -> Request | None:
    """The first whole request, taken off the front; none while it is still coming."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, *lines = bytes(received[:end]).decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    total = end + 4 + int(headers.get("content-length", "0"))
    if len(received) < total:
        return None
    body = bytes(received[end + 4 : total])
    del received[:total]
    method, path, _ = first.split(" ", 2)
    path, _, query = path.partition("?")
    return Request(method, path, headers, body, query)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
