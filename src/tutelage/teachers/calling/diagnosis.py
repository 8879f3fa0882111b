"""What an exception of the client, a status or a lost connection means: the failure that decides what to do (pure)."""

from __future__ import annotations

import math
import ssl
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from tutelage.teachers.calling.failures import BrokenAnswer, ErrorAnswer, Failure, Kind
from tutelage.teachers.calling.words import ServerWords, read_words, show
from tutelage.teachers.connections import REDIRECTED, proxy_of

BUSY = frozenset({408, 409, 425, 429, 503, 504, 529})
_NOT_SENT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout"})
"""The HTTP library's errors before a request has left; after any other the server may have worked, and billed."""


def classify(error: Exception) -> Failure:
    """What an exception of the client means (pure)."""
    import openai

    text = show(str(error))
    if isinstance(error, openai.APIStatusError):
        headers = error.response.headers
        retry_after = read_retry_after(headers.get("retry-after", ""), now=_read_date(headers.get("date", "")))
        words = read_words(error.body if error.body is not None else error.message)
        return classify_status(error.status_code, words, retry_after=retry_after)
    if isinstance(error, ErrorAnswer):
        return _classify_error_answer(error)
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        # a connection that could not be made in time has not sent anything either
        return Failure("unreachable" if _is_not_sent(error) else "stalled", text or "no answer in time")
    if isinstance(error, openai.APIConnectionError):
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
    """The seconds of a Retry-After header, which may be a date; `None` if there is none.

    `now` is Unix time by the clock of the server that told the date, which need not agree with ours; `None` takes ours.
    """
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - (time.time() if now is None else now)
        except (ValueError, TypeError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _read_date(value: str) -> float | None:
    """Unix time of a Date header; `None` if there is none."""
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError):
        return None


def _is_not_sent(error: Exception) -> bool:
    return type(error.__cause__).__name__ in _NOT_SENT


def classify_connection(error: BaseException, *, url: str) -> Failure | None:
    """A failure that no further attempt can mend, with what to do about it; `None` for any other."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _untrusted(cause)
        if isinstance(cause, ssl.SSLError):
            fix = "Check that base_url begins with http:// or https:// as the server speaks it."
            return Failure("barred", f"there is no TLS ({cause.reason or cause})", fix=fix)
        if type(cause).__name__ == "TooManyRedirects":
            target = str(cause).removeprefix(f"{REDIRECTED} ").removesuffix("/chat/completions")
            fix = (
                "Check base_url."
                if target == str(cause)
                else f"If you trust it with the key, give base_url as {target}"
            )
            return Failure("barred", str(cause), fix=fix)
        if type(cause).__name__ == "ProxyError" and _status(cause) not in range(500, 600):
            return _refused_by_proxy(cause, url=url)
    return None


def _untrusted(error: ssl.SSLCertVerificationError) -> Failure:
    said = error.verify_message or str(error)
    if "mismatch" in said.lower() or "not valid for" in said.lower():
        fix = "Check the host in base_url: the certificate is for another one."
    else:
        fix = (
            "If the server or a proxy between has a certificate of its own, name the file of the certificate that"
            " signed it: export SSL_CERT_FILE=/path/to/certificate.pem"
        )
    return Failure("barred", f"its certificate is not trusted ({said})", fix=fix)


def _refused_by_proxy(error: BaseException, *, url: str) -> Failure:
    proxy = proxy_of(url) or "in the environment"
    fix = "Check HTTPS_PROXY, HTTP_PROXY or ALL_PROXY (http://user:password@host:port), or name the host in NO_PROXY."
    return Failure("barred", f"the proxy {proxy} lets no call through ({error})", fix=fix)


def _status(error: BaseException) -> int:
    """The HTTP status at the beginning of a proxy's words; 0 if there is none."""
    first = str(error).partition(" ")[0]
    return int(first) if first.isascii() and first.isdigit() else 0


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, the nearest first."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
