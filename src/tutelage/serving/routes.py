"""The addresses of one interface, each with what answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Endpoint = Callable[[Request], Awaitable[Response]]
ROUTE = "tutelage.route"
"""Where a request's scope says the pattern of its address."""


@dataclass(slots=True)
class Routes:
    """Collects endpoints."""

    prefix: str = ""
    found: list[Route] = field(default_factory=list)

    def get(self, path: str) -> Callable[[Endpoint], Endpoint]:
        """Of GET and HEAD."""
        return self._adding(path, "GET")

    def post(self, path: str) -> Callable[[Endpoint], Endpoint]:
        """Of POST."""
        return self._adding(path, "POST")

    def _adding(self, path: str, method: str) -> Callable[[Endpoint], Endpoint]:
        def add(endpoint: Endpoint) -> Endpoint:
            whole = self.prefix + path

            async def answer(request: Request) -> Response:
                request.scope[ROUTE] = whole
                return await endpoint(request)

            self.found.append(Route(whole, answer, methods=[method]))
            return endpoint

        return add
