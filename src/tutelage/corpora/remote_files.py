"""Corpus files at addresses, such as `s3://bucket/pool.tsv.gz`: fetched once for each version, and read from the cache.

What a version is, the storage says: by its tag, size and time. A file that is fetched shows when it is whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tutelage.core.errors import CorpusError, MissingExtraError
from tutelage.core.signatures import content_key
from tutelage.storage.atomic import whole_file

SCHEMES = ("s3", "gs", "az", "abfs", "http", "https")
_RETRIES: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
"""A storage that is away for longer stops the run, which can go on later."""
_METADATA = "169.254.169.254"
"""The address at which machines of a cloud are told their credentials."""
_CREDENTIALS = "Set those of the storage, such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
_CHUNK = 8 * 1024 * 1024


def is_address(path: str) -> bool:
    """Whether it names a file on object storage or the web."""
    scheme, mark, _ = path.partition("://")
    return bool(mark) and scheme in SCHEMES


def fetch_file(address: str) -> Path:
    """The newest version of the file, in the cache; CorpusError if it is not there, or may not be read."""
    if address.rstrip("/") != address or any(mark in address for mark in "*?["):
        raise CorpusError(
            "an address is that of one file, not of a folder or a pattern.",
            where=address,
            fix="List the files in path.",
        )
    folder, _, name = address.rpartition("/")
    with _readable_errors(address):
        import obstore
        from obstore.store import from_url

        # else the variables of the environment say, as AWS_ALLOW_HTTP does
        options: Any = {"client_options": {"allow_http": True}} if address.startswith("http://") else {}
        store: Any = from_url(folder, retry_config=_RETRIES, **options)
        facts = obstore.head(store, name)
        path = _cache() / content_key(address, facts["e_tag"], facts["size"], str(facts["last_modified"])) / name
        if not path.is_file():
            with whole_file(path) as aside, aside.open("wb") as stream:
                for chunk in obstore.get(store, name).stream(min_chunk_size=_CHUNK):
                    stream.write(chunk)
    return path


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tutelage" / "texts"


@contextmanager
def _readable_errors(address: str) -> Iterator[None]:
    """What the storage refuses in the user's words; its own may name keys."""
    try:
        import obstore.exceptions as refusals
    except ImportError as error:
        raise MissingExtraError("obstore", extra="storage") from error
    try:
        yield
    except (FileNotFoundError, refusals.NotFoundError) as error:
        fix = "Check bucket, name and region (AWS_REGION)."
        raise CorpusError("there is no such file or no such bucket.", where=address, fix=fix) from error
    except (PermissionError, refusals.PermissionDeniedError, refusals.UnauthenticatedError) as error:
        raise CorpusError(
            "the storage does not let these credentials read it.",
            where=address,
            fix=f"{_CREDENTIALS} They need the right to read it.",
        ) from error
    except refusals.BaseError as error:
        if _METADATA in str(error):  # where the storage's client looks last
            raise CorpusError("there are no credentials for this storage.", where=address, fix=_CREDENTIALS) from error
        raise CorpusError(
            f"the storage cannot be used ({_first_line(error)}).",
            where=address,
            fix="Check the address and AWS_ENDPOINT_URL, and whether the network reaches it.",
        ) from error


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".:") if lines else type(error).__name__
