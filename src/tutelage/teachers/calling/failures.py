"""What went wrong with a call, in the words that decide what to do about it."""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from tutelage.teachers.calling.limits import clean

BUSY = frozenset({408, 409, 425, 429, 503, 504, 529})
_BARRED = frozenset({401, 402, 403, 404})
_NOT_SENT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout"})
"""The HTTP library's errors before a request has left; after any other the server may have worked, and billed."""
_ERROR_STATUSES = frozenset(str(status) for status in range(400, 600))
_SCHEMA_WORDS = ("response_format", "json_schema", "schema", "grammar", "structured", "guided")

_STREAM_WORDS = re.compile(r"\b(?:stream|streaming|stream_options|include_usage)\b")
_STREAM_USAGE_WORDS = re.compile(r"\b(?:stream_options|include_usage)\b")

Kind = Literal["barred", "refused", "busy", "stalled", "unreachable", "dropped", "broken", "server_error"]


class RefusedRequest(Exception):  # noqa: N818 - not an error of the run: this one request is turned down
    """One request gets no answer, whatever the attempt; the text says why, `reason` is what is counted."""

    def __init__(self, text: str, *, reason: str = "refused_by_server") -> None:
        self.reason = reason
        super().__init__(text)


class BrokenAnswer(Exception):  # noqa: N818 - retried like any other passing trouble
    """The server said 200 and sent something that is no chat completion."""


class ErrorAnswer(Exception):  # noqa: N818 - an answer in place of a completion
    """The server said 200 and sent an error, maybe after the first words (`begun`)."""

    def __init__(self, error: Any, *, begun: bool = False) -> None:
        self.begun = begun
        known = error if isinstance(error, dict) else {"message": error}
        code = str(known.get("code") or known.get("status") or "")
        self.status = int(code) if code in _ERROR_STATUSES else 500
        super().__init__(str(known.get("message") or error))


@dataclass(frozen=True, slots=True)
class Failure:
    """A call without an answer. *Barred* ends an endpoint, *refused* the one request; the rest may pass."""

    kind: Kind
    text: str
    status: int | None = None
    retry_after: float | None = None
    """Seconds that the server asks to wait."""
    fix: str = ""
    """What the user can do about it, if it is known better than by the kind."""

    @property
    def may_be_billed(self) -> bool:
        """Whether the server may have worked on it."""
        return self.kind in {"stalled", "dropped", "broken"}

    @property
    def slows(self) -> bool:
        """Whether it means that too much was asked at a time."""
        return self.kind in {"busy", "stalled"}

    @property
    def refuses_schema(self) -> bool:
        """Whether the server seems to say that it has no structured output."""
        words = self.text.lower()
        return self.status in {400, 404, 415, 422, 501} and any(word in words for word in _SCHEMA_WORDS)

    @property
    def refuses_stream(self) -> bool:
        """Whether the server seems to say that it does not stream, or not with token counts."""
        return self.status in {400, 404, 415, 422, 501} and _STREAM_WORDS.search(self.text.lower()) is not None

    @property
    def refuses_stream_usage(self) -> bool:
        """Whether the server seems to say that it streams no token counts."""
        return self.refuses_stream and _STREAM_USAGE_WORDS.search(self.text.lower()) is not None

    def advise(self, *, model: str, api_key_env: str | None) -> str:
        """What the user can do about it."""
        if self.fix:
            return self.fix
        if self.kind == "barred" and self.status == 404:
            return f"Check base_url (it usually ends in /v1) and that the server has a model '{model}'."
        if self.kind == "barred" and self.status in {402, 429}:
            return "Top up the account."
        if self.kind == "barred":
            return f"Check the key in {api_key_env or 'api_key_env (none is given)'}."
        if self.kind == "stalled":
            return "Check that the server works on a single call at all, or raise timeout_seconds."
        if self.kind in {"unreachable", "dropped"}:
            return "Check that the server runs and that base_url is its address."
        return "Wait until the server has room again, or lower the concurrency."


def classify(error: Exception) -> Failure:
    """What an exception of the client means (pure)."""
    import openai

    text = " ".join(clean(str(error)).split())[:300]
    if isinstance(error, openai.APIStatusError):
        retry_after = read_retry_after(error.response.headers.get("retry-after", ""))
        return classify_status(error.status_code, text, retry_after=retry_after)
    if isinstance(error, ErrorAnswer):
        return Failure("broken", text) if error.begun else classify_status(error.status, text)
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        # a connection that could not be made in time has not sent anything either
        return Failure("unreachable" if _is_not_sent(error) else "stalled", text or "no answer in time")
    if isinstance(error, openai.APIConnectionError):
        from tutelage.teachers.calling.connection_failures import classify_connection

        hopeless = classify_connection(error, url=str(error.request.url))
        if hopeless is not None:
            return hopeless
        return Failure("unreachable" if _is_not_sent(error) else "dropped", text)
    return Failure("broken", text)


def classify_status(status: int, text: str, *, retry_after: float | None = None) -> Failure:
    """What an HTTP status means; an empty account is told by OpenAI as a 429."""
    if status in _BARRED or (status == 429 and "insufficient_quota" in text):
        return Failure("barred", text, status)
    if status in BUSY:
        return Failure("busy", text, status, retry_after)
    return Failure("refused" if status < 500 else "server_error", text, status, retry_after)


def read_retry_after(value: str, *, now: float | None = None) -> float | None:
    """The seconds of a Retry-After header, which may be a date (`now` is Unix time); none where there is none."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - (time.time() if now is None else now)
        except (ValueError, TypeError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _is_not_sent(error: Exception) -> bool:
    return type(error.__cause__).__name__ in _NOT_SENT
