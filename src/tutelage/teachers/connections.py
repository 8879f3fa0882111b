"""HTTP connections to an endpoint: whose certificates are trusted, which proxy is used, and where a call may be led."""

from __future__ import annotations

import logging
import os
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from tutelage.core.errors import UsageError
from tutelage.core.secrets import RedactingFilter
from tutelage.teachers.addresses import shown_address
from tutelage.teachers.calling.bodies import MOST_BODY_BYTES, response_limit

NO_KEY = "none"
"""Told to the client as a key if there is none: it wants one."""
REDIRECTED = "it sends calls on to"
"""How the error begins that a redirect to another address becomes."""
KEPT_SECONDS = 1.0
"""For which a connection that nothing is asked over is kept: less than servers do (gunicorn 2 s; vLLM, llama.cpp 5 s),
or a question meets its end, and is lost and asked again."""
MOST_CONNECTIONS = 1000
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_REDACTING = RedactingFilter()
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables in which a user names certificates to trust, as OpenSSL and curl read them."""


def open_http_client(url: str, *, most_bytes: int = MOST_BODY_BYTES, has_other_key: bool = False) -> Any:
    """An HTTP client for one endpoint; UsageError for certificates or a proxy in the environment that cannot be used.

    If the server is told a key otherwise (`has_other_key`), the client's own stand-in is not sent beside it.
    Its type is the one that the installed openai wants: it has changed its HTTP library.
    """
    import openai

    parts = urlsplit(url)
    logging.getLogger(_http_library().__name__).addFilter(_REDACTING)
    certificates = _trusted_certificates() if parts.scheme == "https" else False
    try:
        return openai.DefaultAsyncHttpxClient(
            verify=certificates,
            # a proxy named in the environment cannot reach this machine's own loopback
            trust_env=parts.hostname not in LOOPBACK,
            limits=_http_library().Limits(max_connections=MOST_CONNECTIONS, keepalive_expiry=KEPT_SECONDS),
            event_hooks={
                "request": [_drop_stand_in] if has_other_key else [],
                "response": [_refuse_other_address, response_limit(most_bytes)],
            },
        )
    except (ImportError, ValueError) as error:  # no library for SOCKS, or no address of a proxy
        raise UsageError(
            f"the proxy {proxy_of(url) or 'in the environment'} cannot be used ({' '.join(str(error).split())}).",
            where=f"teacher {shown_address(url)}",
            fix="Change HTTPS_PROXY, HTTP_PROXY or ALL_PROXY, or name the host in NO_PROXY.",
        ) from error


def proxy_of(url: str) -> str | None:
    """The proxy that the environment names for calls to `url`, without its password; `None` if there is none."""
    parts = urlsplit(url)
    if parts.hostname in LOOPBACK:
        return None
    proxies = getproxies()
    named = proxies.get(parts.scheme) or proxies.get("all")
    return named.rpartition("@")[2] if named else None


def _trusted_certificates() -> Any:
    """What the system trusts, or what the environment names instead; read once for all clients."""
    named = {name: os.environ.get(name) or None for name in _CERTIFICATES}
    try:
        return _read_certificates(*named.values())
    except OSError as error:
        shown = ", ".join(f"{name}={value}" for name, value in named.items() if value)
        raise UsageError(
            f"the certificates to trust cannot be read ({error}).",
            where=shown,
            fix="Name a file of certificates in PEM form, or take the variable away.",
        ) from error


@cache
def _read_certificates(_file: str | None, _folder: str | None) -> Any:
    return _http_library().create_ssl_context()


def _http_library() -> Any:
    """The library that openai's own client is built on."""
    import openai

    kinds: tuple[type, ...] = openai.DefaultAsyncHttpxClient.__mro__
    names = [kind.__module__.partition(".")[0] for kind in kinds]
    return import_module(next(name for name in names if name != "openai"))


async def _drop_stand_in(request: Any) -> None:
    if request.headers.get("authorization") == f"Bearer {NO_KEY}":
        del request.headers["authorization"]


async def _refuse_other_address(response: Any) -> None:
    """Follows a redirect only within one address, and only if the request stays what it is."""
    if not response.has_redirect_location:
        return
    asked, target = response.request.url, response.request.url.join(response.headers["location"])
    same = (asked.scheme, asked.host, asked.port) == (target.scheme, target.host, target.port)
    if not same or (response.status_code not in {307, 308} and response.request.method != "GET"):
        shown = target.copy_with(query=None, fragment=None, userinfo=b"")
        # the library's own error, since openai passes on no other
        raise _http_library().TooManyRedirects(f"{REDIRECTED} {shown}")
