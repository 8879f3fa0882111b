"""What went wrong with a call, in the words that decide what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from tutelage.teachers.calling.words import Subject, read_words
from tutelage.teachers.keys import shown_name

REFUSED_BY_SERVER = "refused_by_server"
"""The reason that is counted for a request that the server turned down."""
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
