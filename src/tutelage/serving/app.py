"""The web application: its interfaces, and around them what holds for every request."""

from __future__ import annotations

import logging
import time
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tutelage.serving.deepl import deepl
from tutelage.serving.files import files_api
from tutelage.serving.libretranslate import libretranslate
from tutelage.serving.openai_api import openai_api
from tutelage.serving.page import page
from tutelage.serving.refusal import RefusalError
from tutelage.serving.routes import ROUTE, Routes
from tutelage.serving.service import Service

LOG = logging.getLogger("tutelage.serving")
"""One line a request: method, route, status and milliseconds; no text, no address of a caller, no key."""
_OTHER_ROUTE = "other"
_OWN_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def make_app(service: Service, *, loopback: bool = True) -> Starlette:
    """The application; on the `loopback` it answers only to the names of this machine."""
    parts = (libretranslate(service), files_api(service), openai_api(service), deepl(service), page(service))
    return Starlette(
        routes=[route for part in (*parts, _watching(service)) for route in part.found],
        exception_handlers={RefusalError: _refused, HTTPException: _not_found},
        middleware=[Middleware(Gate, service=service, loopback=loopback)],
    )


def _watching(service: Service) -> Routes:
    routes = Routes()

    @routes.get("/health")
    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    @routes.get("/metrics")
    async def metrics(_request: Request) -> Response:
        for student in service.translator.students:
            service.metrics.look(student, service.monitor)
        return Response(service.metrics.render(), media_type="text/plain; version=0.0.4")

    return routes


async def _refused(request: Request, error: Exception) -> JSONResponse:
    refusal = error if isinstance(error, RefusalError) else RefusalError(500, _FAULT)
    return JSONResponse(
        _problem(request.scope["path"], refusal.message), status_code=refusal.status, headers=refusal.headers
    )


async def _not_found(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    said = {404: "There is nothing at this address.", 405: "This address is not asked in this way."}
    message = said.get(status, "The request cannot be served.")
    return JSONResponse(_problem(request.scope["path"], message), status_code=status)


_FAULT = "The server failed; its log says more."


def _problem(path: str, message: str) -> dict[str, Any]:
    """An error in the form of the interface."""
    if path.startswith("/v1/"):
        return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}
    return {"message": message} if path.startswith("/v2/") else {"error": message}


class Gate:
    """Around every request: foreign pages are kept out, bodies are measured, faults become one sentence."""

    def __init__(self, app: ASGIApp, *, service: Service, loopback: bool) -> None:
        self._app, self._service, self._loopback = app, service, loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.monotonic(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                message["headers"] = [*message.get("headers", ()), *_SAFE_HEADERS]
            await send(message)

        try:
            problem = _foreign(scope, loopback=self._loopback)
            if problem:
                await JSONResponse(_problem(scope["path"], problem), status_code=403)(scope, receive, noting)
            else:
                await self._app(scope, self._measured(receive), noting)
        except RefusalError as refusal:
            if not status:
                answer = JSONResponse(_problem(scope["path"], refusal.message), status_code=refusal.status)
                await answer(scope, receive, noting)
        except Exception as error:  # a defect of ours: told in the log by its place, never by the text it met
            LOG.error("%s: %s", _route(scope), _place(error))
            if not status:
                await JSONResponse(_problem(scope["path"], _FAULT), status_code=500)(scope, receive, noting)
        finally:
            self._note(scope, status, time.monotonic() - started)

    def _measured(self, receive: Receive) -> Receive:
        """The same stream of messages, which ends when it is larger than a request may be."""
        left = self._service.limits.body_bytes

        async def measured() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise RefusalError(413, f"The request is larger than {self._service.limits.body_bytes:,} bytes.")
            return message

        return measured

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route, metrics = _route(scope), self._service.metrics
        metrics.requests.labels(route, str(status)).inc()
        metrics.seconds.labels(route).observe(seconds)
        method = scope["method"] if scope["method"] in _METHODS else "?"
        LOG.info("%s %s %d %.0f ms", method, route, status, 1000 * seconds)


_METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"})
_SAFE_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)


def _route(scope: Scope) -> str:
    """The address's pattern; what somebody made up is not repeated."""
    return str(scope.get(ROUTE, _OTHER_ROUTE))


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f" in {trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}"
    return f"{type(error).__name__}{where}"


def _foreign(scope: Scope, *, loopback: bool) -> str:
    """Why a request comes from a page of another site, or under a name that is not this server's; empty if not."""
    said = {name: value for name, value in scope["headers"] if name in _ADDRESSES}
    host, origin = (said.get(name, b"").decode("latin-1") for name in _ADDRESSES)
    try:
        name, strange = _host_name(host), bool(origin) and urlsplit(origin).netloc != host
    except ValueError:
        return "The Host header cannot be read."
    if loopback and host and name not in _OWN_HOSTS:
        return "This server answers only under the names of its own machine."
    return "Pages of other sites may not ask this server." if strange else ""


_ADDRESSES = (b"host", b"origin")


@lru_cache(maxsize=64)
def _host_name(host: str) -> str:
    return urlsplit(f"//{host}").hostname or ""
