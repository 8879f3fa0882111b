"""Objects in a bucket on object storage, or in a folder: by name, whole or not at all; failures in readable words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from tutelage.core.errors import MissingExtraError, UserError

T = TypeVar("T")

SCHEMES = ("s3", "gs", "az", "abfs", "http", "https")
WHOLE = ("http", "https")
"""Where a part of an object cannot always be asked for."""
PART_BYTES = 8 * 1024 * 1024
"""Sent or fetched in one request, which has half a minute."""
MOST_PARTS = 5000
"""Of one object; storages have limits from 10,000 on."""
_RETRIES: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
_METADATA = "169.254.169.254"
"""The address at which machines of a cloud are told their credentials."""
_CREDENTIALS = "Set those of the storage, such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
CHECK_BUCKET = "Check bucket, name and region (AWS_REGION)."


class StorageError(UserError):
    """Object storage that cannot be used, or not any more."""


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """What the storage says of an object."""

    size: int
    tag: str | None
    modified: str


@dataclass(frozen=True, slots=True)
class Objects:
    """Those below one address; what cannot be done is told as `error`."""

    address: str
    _store: Any
    error: type[UserError]
    where: str
    """For messages."""
    rights: str
    """What the credentials must allow, for messages: `read it`."""

    @classmethod
    def open(cls, address: str, *, rights: str, error: type[UserError] = StorageError, where: str = "") -> Objects:
        """Those at an address such as `s3://bucket/folder`, or in a folder of this machine; nothing is asked yet."""
        with readable_errors(where or address, error=error, rights=rights):
            from obstore.store import LocalStore, from_url

            if not is_address(address):
                return cls(address, LocalStore(Path(address), mkdir=True), error, where or address, rights)
            # else the variables of the environment say, as AWS_ALLOW_HTTP does
            options: Any = {"client_options": {"allow_http": True}} if address.startswith("http://") else {}
            store: Any = from_url(address, retry_config=_RETRIES, **options)
        return cls(address, store, error, where or address, rights)

    def facts(self, name: str) -> ObjectFacts | None:
        """Of one object; `None` if there is none of that name."""
        import obstore

        facts = self._found(lambda: obstore.head(self._store, name))
        return facts and ObjectFacts(facts["size"], facts["e_tag"], str(facts["last_modified"]))

    def read(self, name: str) -> bytes | None:
        """A small object; `None` if there is none of that name."""
        import obstore

        return self._found(lambda: bytes(obstore.get(self._store, name).bytes()))

    def stream(self, name: str, facts: ObjectFacts) -> Iterator[bytes]:
        """What is in an object, part by part, as it was when `facts` were told."""
        import obstore

        if self.address.partition("://")[0] in WHOLE:
            with self._readable():
                yield from map(bytes, obstore.get(self._store, name).stream(min_chunk_size=PART_BYTES))
            return
        options: Any = {"if_match": facts.tag} if facts.tag else {}
        for start in range(0, facts.size, PART_BYTES):
            options["range"] = (start, min(start + PART_BYTES, facts.size))
            with self._readable():
                part = bytes(obstore.get(self._store, name, options=options).bytes())
            yield part

    def create(self, name: str, content: bytes) -> bool:
        """Put a small object where there is none of that name; whether there was none."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with self._readable():
            try:
                obstore.put(self._store, name, content, mode="create")
            except AlreadyExistsError:
                return False
        return True

    def replace(self, name: str, content: bytes) -> None:
        """Put a small object in the place of another."""
        import obstore

        with self._readable():
            obstore.put(self._store, name, content)

    def upload(self, name: str, path: Path) -> None:
        """Put a file of any size there, in the place of another."""
        import obstore

        part_bytes = max(PART_BYTES, path.stat().st_size // MOST_PARTS)
        with path.open("rb") as stream, self._readable():
            obstore.put(self._store, name, stream, chunk_size=part_bytes, max_concurrency=3)

    def keep_only(self, folder: str, names: Set[str]) -> None:
        """Remove what else is in a folder."""
        import obstore

        with self._readable():
            there = [facts["path"] for part in obstore.list(self._store, prefix=folder) for facts in part]
            for path in there:
                if path.removeprefix(f"{folder}/") not in names:
                    obstore.delete(self._store, path)

    def _found(self, ask: Callable[[], T]) -> T | None:
        from obstore.exceptions import NotFoundError

        with self._readable():
            try:
                return ask()
            except (FileNotFoundError, NotFoundError):
                return None

    def _readable(self) -> AbstractContextManager[None]:
        return readable_errors(self.where, error=self.error, rights=self.rights)


def is_address(path: str) -> bool:
    """Whether it names something on object storage or the web."""
    scheme, mark, _ = path.partition("://")
    return bool(mark) and scheme in SCHEMES


@contextmanager
def readable_errors(where: str, *, error: type[UserError], rights: str) -> Iterator[None]:
    """What the storage refuses in the user's words; its own may name keys."""
    try:
        import obstore.exceptions as refusals
    except ImportError as missing:
        raise MissingExtraError("obstore", extra="storage") from missing
    try:
        yield
    except (FileNotFoundError, refusals.NotFoundError) as refusal:
        raise error("there is no such bucket.", where=where, fix=CHECK_BUCKET) from refusal
    except (PermissionError, refusals.PermissionDeniedError, refusals.UnauthenticatedError) as refusal:
        raise error(
            f"the storage does not let these credentials {rights}.",
            where=where,
            fix=f"{_CREDENTIALS} They need the right to {rights}.",
        ) from refusal
    except refusals.BaseError as refusal:
        if _METADATA in str(refusal):  # where the storage's client looks last
            raise error("there are no credentials for this storage.", where=where, fix=_CREDENTIALS) from refusal
        raise error(
            f"the storage cannot be used ({_first_line(refusal)}).",
            where=where,
            fix="Check the address and AWS_ENDPOINT_URL, and whether the network reaches it.",
        ) from refusal


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".:") if lines else type(error).__name__
