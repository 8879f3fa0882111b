"""Who may ask: anybody, or whoever brings a key."""

from __future__ import annotations

from typing import Protocol

from tutelage.serving.refusal import RefusalError

NO_KEY = RefusalError(403, "This server needs a key: send it as api_key, or as 'Authorization: Bearer KEY'.")


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
