"""Why no connection to an endpoint came about, or why it may not be used (pure)."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from tutelage.teachers.calling.failures import Failure
from tutelage.teachers.connections import REDIRECTED, proxy_of


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
