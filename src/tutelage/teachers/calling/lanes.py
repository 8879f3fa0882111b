"""The connections to one endpoint, spread over several clients.

For every call, the HTTP library's pool looks at each of its connections, system calls included, so one pool for
hundreds of connections would spend more time on looking than on calling.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openai import AsyncOpenAI

CALLS_IN_LANE = 8
"""Calls in flight through one client."""


class Lanes:
    """As many clients as calls in flight need; belongs to one event loop."""

    def __init__(self, open_client: Callable[[], AsyncOpenAI]) -> None:
        self._open_client = open_client
        self._clients: list[AsyncOpenAI] = []
        self._free: list[AsyncOpenAI] = []
        """Each client once for each call that it may still take; the last one used is next, its connection is warm."""

    @contextmanager
    def lane(self) -> Iterator[AsyncOpenAI]:
        """A client for the length of one call."""
        if not self._free:
            self._clients.append(self._open_client())
            self._free += [self._clients[-1]] * CALLS_IN_LANE
        client = self._free.pop()
        try:
            yield client
        finally:
            self._free.append(client)

    async def close(self) -> None:
        """Ends all connections."""
        for client in self._clients:
            await client.close()
