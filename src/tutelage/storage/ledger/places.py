"""Where a ledger is: a file, or a PostgreSQL database by URL; shown without its password."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from tutelage.core.errors import UsageError, UserError, did_you_mean

SCHEMES = ("postgresql", "postgres")


class LedgerError(UserError):
    """A ledger that cannot be opened or written."""


@dataclass(frozen=True, slots=True)
class Place:
    """A file (`path`) or a database (`url`)."""

    path: Path | None
    url: str | None
    shown: str
    """For messages: the path, or the URL without password and options."""
    has_password: bool = False
    what: str = "ledger"
    """What is kept there, for messages."""


def is_url(place: str | Path) -> bool:
    """Whether it names a database and not a file."""
    return isinstance(place, str) and "://" in place


def parse_place(place: str | Path, *, what: str = "ledger") -> Place:
    """A path, or a URL such as `postgresql://user@host/database`; UsageError for a URL of something else."""
    if not is_url(place):
        return Place(Path(place), None, str(place), what=what)
    try:
        parts = urlsplit(str(place))
        host, port, user, password = parts.hostname or "", parts.port, parts.username, parts.password
    except ValueError as error:
        # the message of urlsplit may quote the password
        raise UsageError(f"this URL of a {what} cannot be read.", fix=_FIX) from error
    if parts.scheme not in SCHEMES:
        raise UsageError(
            f"a {what} cannot be kept at '{parts.scheme}://'.", fix=f"{did_you_mean(parts.scheme, SCHEMES)} {_FIX}"
        )
    shown = f"postgresql://{f'{user}@' if user else ''}{host}{f':{port}' if port else ''}{parts.path}"
    secret = password is not None or any("password" in name.lower() for name, _ in parse_qsl(parts.query))
    return Place(None, str(place), shown, secret, what)


_FIX = "Give a file, or a URL such as postgresql://user@host/database."
