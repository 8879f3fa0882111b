"""What a request gets that cannot be served: a status, and a sentence without paths, keys or texts."""

from __future__ import annotations


class RefusalError(Exception):
    """A request that is not served."""

    def __init__(self, status: int, message: str, *, retry_seconds: int | None = None) -> None:
        self.status, self.message, self.retry_seconds = status, message, retry_seconds
        super().__init__(message)

    @property
    def headers(self) -> dict[str, str]:
        """When to come again, if that helps."""
        return {} if self.retry_seconds is None else {"Retry-After": str(self.retry_seconds)}


BUSY = RefusalError(429, "Too many texts wait already. Come again in a few seconds.", retry_seconds=5)
STOPPING = RefusalError(429, "The server stops. Come again when it has started.", retry_seconds=10)
