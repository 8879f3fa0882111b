import asyncio
import logging
import time

import pytest

from echo_role import EchoRole, echo, items, words
from scripted.llm import Misbehaviour, ScriptedLlm
from tutelage.core.errors import TeacherError, UsageError
from tutelage.storage.ledger import Ledger
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.calling.endpoints import UNREACHED_ATTEMPTS, Endpoint, Endpoints
from tutelage.teachers.calling.failures import Failure
from tutelage.teachers.calling.rate import Pace
from tutelage.teachers.chat import ChatSettings, ChatTeacher


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "ledger.sqlite", run="r") as opened:
        yield opened


def endpoint(url, *, start, maximum=64):
    return Endpoint(url, Pace(start=start, maximum=maximum, first_pause_seconds=0.001))


def both(one, other, **settings):
    return ChatTeacher(one.teacher(**settings).settings.model_copy(update={"base_url": (one.base_url, other.base_url)}))


class WaitsFor:
    """Answers its first `count` requests when the other server has received one, the rest when it has as many."""

    def __init__(self, other, count):
        self._other, self._count = other, count

    def __call__(self, number, body):
        while self._other.received < (self._count if number >= self._count else 1):
            time.sleep(0.001)


def test_a_request_goes_where_there_is_most_room():
    async def run():
        endpoints = Endpoints([endpoint("a", start=3), endpoint("b", start=2)], max_attempts=3)
        order = []

        async def hold(release):
            async with endpoints.slot() as slot:
                order.append(slot.endpoint.url)
                await release.wait()

        release = asyncio.Event()
        tasks = [asyncio.create_task(hold(release)) for _ in range(7)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        held = list(order)
        release.set()
        await asyncio.gather(*tasks)
        return held, order

    held, order = asyncio.run(run())
    assert held == ["a", "a", "b", "a", "b"]
    assert len(order) == 7


def test_a_waiter_that_is_cancelled_leaves_no_slot_behind():
    async def run():
        endpoints = Endpoints([endpoint("a", start=1)], max_attempts=3)

        async def hold():
            async with endpoints.slot():
                await asyncio.sleep(0)

        async with endpoints.slot():
            waiting = [asyncio.create_task(hold()) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()
        waiting[1].cancel()  # it was let in already
        await asyncio.gather(*waiting, return_exceptions=True)
        return endpoints.endpoints[0].in_flight, [task.cancelled() for task in waiting]

    assert asyncio.run(run()) == (0, [True, True, False])


def test_stopping_ends_those_who_wait():
    async def run():
        endpoints = Endpoints([endpoint("a", start=1)], max_attempts=3)

        async def enter():
            async with endpoints.slot():
                return "in"

        async with endpoints.slot():
            waiting = [asyncio.create_task(enter()) for _ in range(3)]
            await asyncio.sleep(0)
            endpoints.stop(RuntimeError("enough"))
        return await asyncio.gather(*waiting, return_exceptions=True)

    assert [str(outcome) for outcome in asyncio.run(run())] == ["enough"] * 3


def test_calls_of_one_round_that_fail_together_count_once():
    async def run():
        one = endpoint("a", start=5)
        endpoints = Endpoints([one], max_attempts=3)
        one.answers = 1
        async with endpoints.slot() as first, endpoints.slot() as second, endpoints.slot() as third:
            for slot in (first, second, third):
                endpoints.fail(slot, Failure("server_error", "no", 500))
        counted = one.failures
        async with endpoints.slot() as slot:
            endpoints.succeed(slot)
        return counted, one.failures

    assert asyncio.run(run()) == (1, 0)


def test_both_endpoints_share_the_work_and_the_ledger_knows_one_model(ledger):
    with ScriptedLlm(echo) as one, ScriptedLlm(echo) as other:
        one.misbehave, other.misbehave = WaitsFor(other, 10), WaitsFor(one, 10)
        teacher = both(one, other, concurrency=2, max_concurrency=2)
        assert len(words(ask(EchoRole(), items(40), teacher=teacher, ledger=ledger))) == 40
        assert one.received >= 10
        assert other.received >= 10
        assert one.received + other.received == 40
        assert len(words(ask(EchoRole(), items(40), teacher=one.teacher(), ledger=ledger))) == 40
        assert one.received + other.received == 40
    assert [spend.teacher for spend in ledger.spend()] == ["chat:scripted"]


@pytest.mark.parametrize("wrong", [Misbehaviour(status=500), Misbehaviour(drop=True), Misbehaviour(status=401)])
def test_an_endpoint_that_fails_is_left_out_with_a_warning(ledger, wrong, caplog):
    def hold(number, body):
        """Until the other is left out: else it might not be asked often enough for that."""
        while not caplog.records:
            time.sleep(0.001)

    with (
        ScriptedLlm(echo, misbehave=hold) as good,
        ScriptedLlm(echo, misbehave=lambda number, body: wrong) as bad,
        caplog.at_level(logging.WARNING),
    ):
        teacher = both(good, bad, max_attempts=2, concurrency=2)
        assert len(words(ask(EchoRole(), items(60), teacher=teacher, ledger=ledger))) == 60
        assert bad.received < 20
    [warning] = caplog.records
    assert bad.base_url in warning.getMessage()
    assert "1 of its endpoints goes on" in warning.getMessage()


def test_the_run_stops_when_no_endpoint_is_left(ledger):
    wrong = lambda number, body: Misbehaviour(status=503)  # noqa: E731
    with ScriptedLlm(echo, misbehave=wrong) as one, ScriptedLlm(echo, misbehave=wrong) as other:
        with pytest.raises(TeacherError, match="Run the same command again"):
            list(ask(EchoRole(), items(60), teacher=both(one, other, max_attempts=2), ledger=ledger))
        assert one.received
        assert other.received


def test_an_endpoint_that_was_never_reached_is_given_up_after_a_few_attempts(ledger):
    wrong = lambda number, body: Misbehaviour(drop=True)  # noqa: E731
    with ScriptedLlm(echo, misbehave=wrong) as llm:
        teacher = llm.teacher(max_attempts=50, concurrency=1, max_concurrency=1)
        with pytest.raises(TeacherError, match="base_url is its address"):
            list(ask(EchoRole(), items(5), teacher=teacher, ledger=ledger))
        assert llm.received == UNREACHED_ATTEMPTS


def test_every_endpoint_must_be_an_address():
    with pytest.raises(UsageError, match="'localhost:1' is not an address"):
        ChatTeacher(ChatSettings(base_url=("http://localhost/v1", "localhost:1"), model="m"))
    with pytest.raises(UsageError, match="is not an address"):
        ChatTeacher(ChatSettings(base_url=(), model="m"))
