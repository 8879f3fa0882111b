"""One thing that the scripted server does instead of answering well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """What the server does instead of answering, or what it makes of its answer."""

    status: int = 0
    """HTTP status to send; 0 sends none."""
    body: str = '{"error": {"message": "no"}}'
    retry_after: str = ""
    drop: bool = False
    """Close the connection without an answer."""
    sleep_seconds: float = 0.0
    """Wait so long before answering as usual."""
    cut: bool = False
    """Close the connection in the middle of the answer."""
    rewrite: Callable[[str], str] | None = None
    """What is said instead of the right answer."""
    finish_reason: str | None = None
    """Told instead of the server's own."""
    usage: dict[str, Any] | None = None
    """Token counts told instead of the right ones; an empty table tells none."""


class Misbehave(Protocol):
    """Chooses what goes wrong with request number `number` (from 0), if anything.

    A function that waits may: it is called in a thread, unless its attribute `quick` is true.
    """

    def __call__(self, number: int, body: dict[str, Any], /) -> Misbehaviour | None: ...


def behave(number: int, body: dict[str, Any], /) -> Misbehaviour | None:
    """Nothing goes wrong."""
    return None


behave.quick = True  # type: ignore[attr-defined]
