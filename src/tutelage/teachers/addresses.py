"""Addresses of endpoints: what is wrong with one, its parts for the client, and how it is shown (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit, urlunsplit

CALLED = "/chat/completions"
_SECRET_NAMES = re.compile(
    r"(?:^|[-_.])(?:key|token|secret|password|signature|sig|auth|authorization)$|apikey$", re.IGNORECASE
)
_BETTER = 'Give the key by api_key_env, or as headers = {"api-key" = "${NAME}"} or query = {key = "${NAME}"}.'


@dataclass(frozen=True, slots=True)
class Address:
    """`base` is what paths are added to; `query` goes behind them, as Azure's api-version."""

    base: str
    query: dict[str, str]


def split_address(url: str) -> Address:
    """The parts of a base_url; one that was given with the path of the calls is cut before it."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/").removesuffix(CALLED)
    return Address(urlunsplit((parts.scheme, parts.netloc, path, "", "")), dict(parse_qsl(parts.query, True)))


def shown_address(url: str) -> str:
    """The address without anything that could be a secret."""
    plain = re.split(r"[?#]", url, maxsplit=1)[0]
    if "@" not in plain:
        return plain
    scheme = re.match(r"[a-z]+:?//", plain)
    return f"{scheme.group() if scheme else ''}{plain.rpartition('@')[2]}"


def address_problem(url: str) -> str | None:
    """What is wrong with a base_url, in words that show no secret of it; `None` if nothing is."""
    shown = shown_address(url)
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return f"'{shown}' is not an address like http://localhost:8000/v1."
    if "@" in parts.netloc or "@" in url.partition("?")[0]:
        return f"'{shown}' is given with a user name or password. Credentials never stand in a recipe. {_BETTER}"
    if not is_address or re.search(r"[\s\x00-\x1f\x7f<>\"]", url):
        return f"'{shown}' is not an address like http://localhost:8000/v1."
    secret = next((name for name, _ in parse_qsl(parts.query, True) if is_secret_name(name)), None)
    if secret is not None:
        return f"'{shown}' is given with a secret ({secret}). {_BETTER}"
    return None


def is_secret_name(name: str) -> bool:
    """Whether a header or parameter of this name holds a key."""
    return _SECRET_NAMES.search(name) is not None
