"""A server that has gone away: what was to be written or read waits for it, for a while."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from tutelage.storage.ledger.places import LedgerError

RECONNECT_SECONDS = 60.0
"""Tried for so long: a server that is started anew, or another that takes its place, is back by then."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 5.0

P = ParamSpec("P")
Owner = TypeVar("Owner")
Result = TypeVar("Result")
_log = logging.getLogger("tutelage.ledger")


class ConnectionLostError(LedgerError):
    """The database's server has ended the connection, or cannot be reached any more.

    Whether what was sent has taken effect is not known.
    """


def reconnecting(method: Callable[Concatenate[Owner, P], Result]) -> Callable[Concatenate[Owner, P], Result]:
    """A method that is called again, the same way, while the connection is lost; it must do no harm if done twice."""

    @wraps(method)
    def steadily(self: Owner, /, *args: P.args, **kwargs: P.kwargs) -> Result:
        waited, pause = 0.0, FIRST_PAUSE_SECONDS
        while True:
            try:
                return method(self, *args, **kwargs)
            except ConnectionLostError as error:
                if waited >= RECONNECT_SECONDS:
                    raise
                if not waited:
                    _log.warning("%s Trying for %.0f seconds to connect anew.", error, RECONNECT_SECONDS)
            time.sleep(pause)
            waited, pause = waited + pause, min(2 * pause, LONGEST_PAUSE_SECONDS)

    return steadily
