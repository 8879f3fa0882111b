"""Who may ask: anybody, or whoever brings a key that the feedback store knows by its hash."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Protocol

from tutelage.serving.refusal import RefusalError
from tutelage.storage.feedback.store import FeedbackStore

NO_KEY = "This server needs a key: send it as api_key, or as 'Authorization: Bearer KEY'."
WRONG_KEY = "This key is not known."
REMEMBERED_SECONDS = 5.0
"""How long a key is known without asking the store; so long it works after it was removed."""
_MOST_REMEMBERED = 1000
_LONGEST_KEY = 200


class Access(Protocol):
    """Tells keys."""

    @property
    def required(self) -> bool:
        """Whether nobody is served without a key."""
        ...

    def name_of(self, key: str) -> str:
        """The name of a key, empty for nobody's; RefusalError if one is needed."""
        ...


class OpenAccess:
    """Everybody is served, and nobody has a name."""

    required = False

    def name_of(self, _key: str) -> str:
        """Nobody's."""
        return ""


class KeyedAccess:
    """The keys of a store: needed, or only giving a name to whoever brings one."""

    def __init__(self, store: FeedbackStore, *, required: bool) -> None:
        self.required = required
        self._store = store
        self._known: dict[str, tuple[str | None, float]] = {}

    def name_of(self, key: str) -> str:
        """The name of a key; RefusalError without one if it is needed.

        Where none is needed a strange key is nobody's, since clients of language models send one always.
        """
        name = self._find(hash_key(key)) if key and len(key) <= _LONGEST_KEY else None
        if name is None and self.required:
            raise RefusalError(403, WRONG_KEY if key else NO_KEY)
        return name or ""

    def _find(self, digest: str) -> str | None:
        name, until = self._known.get(digest, (None, 0.0))
        if until < time.monotonic():
            name = self._store.name_of(digest)
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[digest] = (name, time.monotonic() + REMEMBERED_SECONDS)
        return name


def make_key() -> str:
    """A new key; nobody guesses one of 32 random bytes, so that a plain hash hides it."""
    return f"tut-{secrets.token_urlsafe(32)}"


def hash_key(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()
