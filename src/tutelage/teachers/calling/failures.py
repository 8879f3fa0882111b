"""What went wrong with a call, in the words that decide what to do about it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from tutelage.teachers.calling.words import ServerWords, Subject, read_words, show
from tutelage.teachers.keys import shown_name

REFUSED_BY_SERVER = "refused_by_server"
"""The reason that is counted for a request that the server turned down."""
BUSY = frozenset({408, 409, 425, 429, 503, 504, 529})
_NOT_SENT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout"})
"""The HTTP library's errors before a request has left; after any other the server may have worked, and billed."""
_ERROR_STATUSES = frozenset(str(status) for status in range(400, 600))
Kind = Literal["barred", "refused", "busy", "stalled", "unreachable", "dropped", "broken", "server_error"]


class RefusedRequest(Exception):  # noqa: N818 - not an error of the run: this one request is turned down
    """One request gets no answer, whatever the attempt; the text says why, `reason` is what is counted.

    `fresh` is whether the server was asked now; else the ledger remembers it.
    """

    def __init__(self, text: str, *, reason: str = REFUSED_BY_SERVER, fresh: bool = True) -> None:
        self.reason, self.fresh = reason, fresh
        super().__init__(text)


class BrokenAnswer(Exception):  # noqa: N818 - retried like any other passing trouble
    """The server said 200 and sent something that is no chat completion.

    `foreign` is what no chat server sends: a web page, or JSON without choices.
    """

    def __init__(self, text: str, *, foreign: bool = False) -> None:
        self.foreign = foreign
        super().__init__(text)


class ErrorAnswer(Exception):  # noqa: N818 - an answer in place of a completion
    """The server said 200 and sent an error, maybe in a stream (`streamed`) and after the first words (`begun`)."""

    def __init__(self, error: Any, *, streamed: bool = False, begun: bool = False) -> None:
        self.streamed, self.begun = streamed, begun
        known = error if isinstance(error, dict) else {"message": error}
        code = str(known.get("code") or known.get("status") or "")
        self.status = int(code) if code in _ERROR_STATUSES else None
        """What the server says that its HTTP status should have been; `None` if it says nothing of the kind."""
        self.words = read_words({"error": error} if isinstance(error, dict | str) else error)
        super().__init__(self.words.text)


@dataclass(frozen=True, slots=True)
class Failure:
    """A call without an answer. *Barred* ends an endpoint, *refused* the one request; the rest may pass."""

    kind: Kind
    text: str
    status: int | None = None
    retry_after: float | None = None
    """Seconds that the server asks to wait."""
    fix: str = ""
    """What the user can do about it, if it is known better than by kind and subject."""
    named: str = ""
    """Code and parameter that the server names besides."""
    subject: Subject = "unknown"
    """What the server's words are about."""
    foreign: bool = False
    """Whether no chat server would send it: hopeless, unless this one has answered before."""

    @property
    def may_be_billed(self) -> bool:
        """Whether the server may have worked on it."""
        return self.kind in {"stalled", "dropped", "broken"}

    @property
    def slows(self) -> bool:
        """Whether it means that too much was asked at a time."""
        return self.kind in {"busy", "stalled"}

    @property
    def said(self) -> str:
        """The server's words with what they name besides, in lower case, to be searched."""
        return f"{self.named} {self.text}".lower()

    def advise(self, *, model: str, api_key_env: str | None) -> str:
        """What the user can do about it."""
        if self.fix:
            return self.fix
        if self.kind == "barred":
            return self._change(model=model, api_key_env=api_key_env)
        if self.kind == "stalled":
            return "Check that the server works on a single call at all, or raise timeout_seconds."
        if self.kind in {"unreachable", "dropped"}:
            return "Check that the server runs and that base_url is its address."
        return "Wait until the server has room again, or lower the concurrency."

    def _change(self, *, model: str, api_key_env: str | None) -> str:
        """What to change about a refusal of everything."""
        address = "Check base_url (it usually ends in /v1)"
        return {
            "account": "Top up the account.",
            "key": f"Check the key in {shown_name(api_key_env)}, and what it may be used for.",
            "model": f"Check model = '{model}': the server names its models at base_url + /models.",
            "parameter": "Change what the teacher's table asks for: structured, max_tokens, temperature, query.",
            "path": f"{address} and that the server has a model '{model}'.",
            "page": f"{address}: this is a web page. A proxy or a login page may stand between.",
        }.get(self.subject, f"{address}, model = '{model}', and the settings of the teacher's table.")


def classify(error: Exception) -> Failure:
    """What an exception of the client means (pure)."""
    import openai

    text = show(str(error))
    if isinstance(error, openai.APIStatusError):
        retry_after = read_retry_after(error.response.headers.get("retry-after", ""))
        words = read_words(error.body if error.body is not None else error.message)
        return classify_status(error.status_code, words, retry_after=retry_after)
    if isinstance(error, ErrorAnswer):
        return _classify_error_answer(error)
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        # a connection that could not be made in time has not sent anything either
        return Failure("unreachable" if _is_not_sent(error) else "stalled", text or "no answer in time")
    if isinstance(error, openai.APIConnectionError):
        from tutelage.teachers.calling.connection_failures import classify_connection

        hopeless = classify_connection(error, url=str(error.request.url))
        if hopeless is not None:
            return hopeless
        return Failure("unreachable" if _is_not_sent(error) else "dropped", text)
    foreign = isinstance(error, BrokenAnswer) and error.foreign
    return Failure("broken", text, subject="page" if foreign else "unknown", foreign=foreign)


def classify_status(status: int, words: ServerWords, *, retry_after: float | None = None) -> Failure:
    """What an HTTP status and the server's words mean; an empty account is told by OpenAI as a 429."""
    subject = words.subject(status)
    kind: Kind = "refused" if subject in {"item", "unknown"} else "barred"
    if status == 429 and "insufficient" in f"{words.code} {words.text}".lower():
        kind = "barred"
    elif status in BUSY:
        kind = "busy"
    elif status >= 500 and status != 501:
        kind = "server_error"
    return Failure(kind, words.text, status, retry_after, named=words.named, subject=subject)


def _classify_error_answer(error: ErrorAnswer) -> Failure:
    """An error under 200: it may be about the one question, and is about everything if nothing was ever answered."""
    words = error.words
    if error.begun:
        return Failure("broken", words.text)
    if error.status is not None:
        return classify_status(error.status, words)
    subject = words.subject()
    if subject in {"item", "unknown", "page"}:
        foreign = subject != "item" and not error.streamed
        kind: Kind = "refused" if subject == "item" else "server_error"
        return Failure(kind, words.text, 200, named=words.named, subject=subject, foreign=foreign)
    return Failure("barred", words.text, 200, named=words.named, subject=subject)


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
