"""Claims: who is about to ask a question, so that several processes on one ledger pay for each question once.

A claim is a row under the question's key, which only one process can insert. It goes when the answer is written, in
the same transaction, or when its owner gives it back. An owner says again and again that it is alive; the claims of one
that has stopped doing so are dropped by those who wait for them. All times are by the database's clock, so that the
clocks of machines that share it do not matter.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from tutelage.storage.ledger.places import LedgerError
from tutelage.storage.ledger.reconnecting import reconnecting

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tutelage.storage.ledger.claim_statements import ClaimStatements
    from tutelage.storage.ledger.database import Database

LEASE_SECONDS = 10.0
"""So long an owner counts as alive after its last sign of life: far above any pause of a busy machine."""
BEAT_SECONDS = LEASE_SECONDS / 4
"""Between two signs of life."""


class Claims:
    """The claims of one process; safe to use from several threads, each question is claimed by one of them."""

    def __init__(self, database: Database, statements: ClaimStatements) -> None:
        self._database, self._sql = database, statements
        self._owner = uuid.uuid4().hex
        self._lock = threading.Lock()
        self._keys: set[str] = set()
        self._beat_at: float | None = None

    @reconnecting
    def take(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys that are now this caller's to ask; not those of others, nor those answered meanwhile."""
        with self._lock:
            wanted = set(keys) - self._keys
            if not wanted:
                return set()
            with self._database.connected() as connection:
                self._beat(connection)
                connection.execute(self._sql.claim, self._some(wanted))
                owned = {row.key: row.answered for row in connection.execute(self._sql.owned, self._some(wanted))}
                self._end(connection, [key for key, answered in owned.items() if answered])
            taken = {key for key, answered in owned.items() if not answered}
            self._keys |= taken
            return taken

    @reconnecting
    def give_back(self, keys: Iterable[str]) -> None:
        """Let others ask these."""
        with self._lock:
            held = self._keys.intersection(list(keys))
            if held:
                with self._database.connected() as connection:
                    self._end(connection, held)
                self._keys -= held

    def end(self, connection: Connection, keys: Iterable[str]) -> None:
        """Drop the claims of questions that are answered, in the transaction that writes the answers."""
        self._end(connection, self._keys.intersection(list(keys)))

    def forget(self, keys: Iterable[str]) -> None:
        """Their claims have ended: after the transaction in which they did."""
        self._keys.difference_update(keys)

    @reconnecting
    def beat(self) -> None:
        """A sign of life, if one is due."""
        if self._is_due():
            with self._lock, self._database.connected() as connection:
                self._beat(connection)

    @reconnecting
    def drop_dead(self) -> None:
        """End the claims of all owners that count as alive no longer."""
        with self._lock, self._database.writing() as connection:
            connection.execute(self._sql.drop_owners)
            connection.execute(self._sql.drop_orphans)

    def close(self) -> None:
        """Give everything back."""
        if self._beat_at is None:
            return
        # a server that has gone away keeps them no longer than the lease
        with suppress(LedgerError), self._lock, self._database.writing() as connection:
            connection.execute(self._sql.leave_claims, {"of": self._owner})
            connection.execute(self._sql.leave, {"of": self._owner})
        self._keys.clear()
        self._beat_at = None

    def _end(self, connection: Connection, keys: Collection[str]) -> None:
        if keys:
            connection.execute(self._sql.end, self._some(keys))

    def _some(self, keys: Collection[str]) -> dict[str, str]:
        return {"keys": json.dumps(list(keys)), "of": self._owner}

    def _is_due(self) -> bool:
        return self._beat_at is None or time.monotonic() - self._beat_at >= BEAT_SECONDS

    def _beat(self, connection: Connection) -> None:
        if self._is_due():
            connection.execute(self._sql.beat, {"me": self._owner, "lease": LEASE_SECONDS})
            self._beat_at = time.monotonic()
