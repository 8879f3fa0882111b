"""The server process: it listens, says where, and stops in order."""

from __future__ import annotations

import ipaddress
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tutelage.core.errors import UsageError

GRACE_SECONDS = 30
"""For requests in flight when the server is told to stop."""
MOST_CONNECTIONS = 1000
LONGEST_HEAD = 64 * 1024
"""Bytes of a request's address and headers; the parser itself would take any number."""


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Protocol(HttpToolsProtocol):
    """Uvicorn's over a parser written in C, with a limit for what comes before a body."""

    _head, _in_head = 0, True

    def data_received(self, data: bytes) -> None:
        """Read on; a connection whose head does not end is closed."""
        self._head += len(data) if self._in_head else 0
        super().data_received(data)
        if self._in_head and self._head > LONGEST_HEAD:
            self.transport.close()

    def on_headers_complete(self) -> None:
        """What comes now is a body."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What comes now is another request."""
        self._head, self._in_head = 0, True
        super().on_message_complete()


class Server(uvicorn.Server):
    """Uvicorn's, which tells its address and for which a signal is the usual way to stop."""

    def __init__(
        self, app: Starlette, *, host: str = "127.0.0.1", port: int = 5000, started: Callable[[str], None] = print
    ) -> None:
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            access_log=False,
            log_config=None,
            server_header=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=GRACE_SECONDS,
            http=Protocol,
        )
        super().__init__(config)
        self._tell = started

    @property
    def address(self) -> str:
        """Where it listens."""
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def startup(self, sockets: Any = None) -> None:
        """Listen, and tell where; UsageError where that is not possible, as on a port that is in use."""
        log = logging.getLogger("uvicorn.error")
        log.disabled, was = True, log.disabled
        try:
            await super().startup(sockets)
        except SystemExit as stopped:
            reason = stopped.__context__
            if not isinstance(reason, OSError):
                raise
            where, fix = f"{self.config.host}, port {self.config.port}", "Name another with --port; 0 takes a free one."
            raise UsageError(f"one cannot listen there ({_said(reason)}).", where=where, fix=fix) from reason
        finally:
            log.disabled = was
        if self.started:
            self._tell(self.address)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM end it in order, a second one at once; afterwards they mean what they meant before."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        watched = signal.set_wakeup_fd(-1)
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(watched)


def _said(error: OSError) -> str:
    """The system's words alone: asyncio puts its own before them."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)


def log_requests(level: int = logging.INFO) -> None:
    """Write a line for each request to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log = logging.getLogger("tutelage.serving")
    log.addHandler(handler)
    log.setLevel(level)
