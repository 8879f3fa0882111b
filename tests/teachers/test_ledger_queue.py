"""The queue between an event loop and the ledger, in moments that whole runs meet only now and then."""

import asyncio

import pytest

from ledger_calls import make_call
from tutelage.storage.ledger import Budget, Ledger
from tutelage.teachers.calling.ledger_queue import LedgerQueue
from tutelage.teachers.calling.tally import Tally


class CancellingQueue(LedgerQueue):
    """Cancels the one who waits for room just after it was handed out, before it can be taken."""

    def __init__(self, ledger):
        super().__init__(ledger, tally=Tally())
        self.waiting = None

    def _hand_out(self, batch, reply):
        super()._hand_out(batch, reply)
        self.waiting.cancel()


def test_room_that_is_handed_out_in_the_moment_of_cancelling_is_given_back(tmp_path):
    async def reserve_and_cancel(ledger):
        queue = CancellingQueue(ledger)
        queue.waiting = asyncio.ensure_future(queue.reserve(make_call(1)))
        with pytest.raises(asyncio.CancelledError):
            await queue.waiting
        await queue.close()

    with Ledger.open(tmp_path / "ledger.sqlite", run="r", budget=Budget(calls=10)) as ledger:
        asyncio.run(reserve_and_cancel(ledger))
        assert ledger.account().reserved_calls == 0
