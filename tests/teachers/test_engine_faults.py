"""Each misbehaviour of a server by itself, with exact accounts of items and calls."""

import json
import math
import threading
import time

import pytest

from echo_role import EchoRole, echo, items, words
from scripted.llm import Misbehaviour, ScriptedLlm
from scripted.misbehaving import NO_ANSWER, Mischief
from tutelage.core.records import Rejection
from tutelage.storage.ledger import Budget, Ledger
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.calling.endpoints import MOST_PATIENCE

COUNT = 60
SHARE = 0.2
UNREADABLE = {"truncated", "wrong_schema", "empty"}
LOST = {"drop", "cut", "html", "stall"}
"""Kinds after which nobody knows whether the call was billed."""


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "ledger.sqlite", run="r", budget=Budget(calls=10_000)) as opened:
        yield opened


@pytest.mark.parametrize(
    "kind",
    [
        *("busy", "busy_retry_after", "error", "overloaded", "drop", "cut", "html", "stall", "truncated"),
        *("wrong_schema", "prose", "empty", "usage_missing", "usage_negative", "usage_absurd"),
    ],
)
def test_every_item_has_one_outcome_and_every_call_is_booked(ledger, kind):
    mischief = Mischief({kind: 0.05 if kind == "stall" else SHARE}, seed=3, stall_seconds=30.0, retry_after="0.01")
    with ScriptedLlm(echo, misbehave=mischief) as llm:
        patience = 3.0 if kind == "stall" else 30.0
        teacher = llm.teacher(max_attempts=20, timeout_seconds=patience, input_price=1.0, output_price=1.0)
        asking = ask(EchoRole(), items(COUNT), teacher=teacher, ledger=ledger)
        outcomes = list(asking)
        done = sum(mischief.done.values())
        answered, received = len(llm.answered), llm.received
    assert done >= 3
    ids = [outcome.id if isinstance(outcome, Rejection) else outcome.item_id for outcome in outcomes]
    assert sorted(ids, key=int) == [str(number) for number in range(COUNT)]
    [spend] = ledger.spend()
    assert spend.calls == asking.tally.calls == answered + (done if kind in LOST else 0)
    assert received == answered + (done if kind in NO_ANSWER else 0)
    rejected = [outcome for outcome in outcomes if isinstance(outcome, Rejection)]
    assert {outcome.reason for outcome in rejected} <= ({"unreadable_answer"} if kind in UNREADABLE else set())
    assert spend.unusable == (done if kind in UNREADABLE | LOST else 0)
    unknown = done if kind in LOST or kind.startswith("usage") else 0
    assert spend.unknown_cost_calls == unknown
    account = ledger.account()
    assert (account.calls, account.reserved_calls, account.reserved_tokens) == (spend.calls, 0, 0)
    assert asking.figures["cost"] == pytest.approx(account.cost)
    assert asking.figures["rejected"] == len(rejected)


def test_a_request_that_always_fails_is_rejected_while_others_are_answered(ledger):
    wrong = lambda number, body: Misbehaviour(status=500) if body["messages"][0]["content"] == "w3" else None  # noqa: E731
    with ScriptedLlm(echo, misbehave=wrong, latency_seconds=0.01) as llm:
        teacher = llm.teacher(concurrency=2, max_concurrency=2)
        outcomes = list(ask(EchoRole(), items(80), teacher=teacher, ledger=ledger))
    assert len(words(outcomes)) == 79
    [rejection] = [outcome for outcome in outcomes if isinstance(outcome, Rejection)]
    assert (rejection.id, rejection.reason) == ("3", "no_answer")


def test_refused_requests_are_recorded_and_not_asked_again(ledger):
    def refuse(number, body):
        too_long = Misbehaviour(status=400, body='{"error": {"message": "context length exceeded"}}')
        return too_long if body["messages"][0]["content"] == "w1" else None

    with ScriptedLlm(echo, misbehave=refuse) as llm:
        first = list(ask(EchoRole(), items(3), teacher=llm.teacher(), ledger=ledger, ordered=True))
        asked = llm.received
        again = list(ask(EchoRole(), items(3), teacher=llm.teacher(), ledger=ledger, ordered=True))
        assert llm.received == asked == 3
    assert first[1] == again[1]
    assert (again[1].reason, "context length exceeded" in again[1].raw) == ("refused_by_server", True)
    [spend] = ledger.spend()
    assert (spend.calls, spend.reused, spend.unusable) == (3, 3, 1)


def test_figures_say_what_is_not_known(ledger):
    with ScriptedLlm(echo) as llm:
        asking = ask(EchoRole(), items(4), teacher=llm.teacher(), ledger=ledger)
        assert asking.figures == {"replayed": 0, "rejected": 0, "tokens": 0, "cost": 0.0}
        list(asking)
        again = ask(EchoRole(), items(4), teacher=llm.teacher(), ledger=ledger)
        list(again)
    assert asking.figures["tokens"] == 4 * 3  # one word asked, two words answered: {"word": "w0"}
    assert math.isnan(asking.figures["cost"])
    assert (again.figures["cost"], again.figures["tokens"], again.tally.reused) == (0.0, 0, 4)


def test_a_server_that_never_answers_is_given_up_after_the_time_limit(ledger, clock):
    def hang(number, body):
        clock.advance(60 * MOST_PATIENCE)
        return Misbehaviour(sleep_seconds=600)

    with ScriptedLlm(echo, misbehave=hang) as llm:
        teacher = llm.teacher(timeout_seconds=60, max_attempts=2)
        with pytest.raises(Exception, match="timeout_seconds"):
            list(ask(EchoRole(), items(1), teacher=teacher, ledger=ledger))
        assert llm.received == 2
    assert ledger.account().calls == 2


def test_no_room_in_the_budget_is_waited_for(tmp_path):
    """Worst cases fill the budget many times over; what calls really use leaves room for all of them."""
    with ScriptedLlm(echo, latency_seconds=0.005) as llm:
        one = json.dumps(EchoRole.schema.model_json_schema())
        budget = Budget(tokens=60 * 3 + 3 * (len(one) + 120))
        with Ledger.open(tmp_path / "l", run="r", budget=budget) as ledger:
            teacher = llm.teacher(concurrency=16, max_concurrency=16)
            assert len(words(ask(EchoRole(), items(60), teacher=teacher, ledger=ledger))) == 60
            assert ledger.account().tokens == 60 * 3
            assert llm.most_in_flight < 16


def test_calls_in_flight_when_the_asker_stops_are_booked(ledger):
    submitted = threading.Event()

    def draw():
        for number, item in enumerate(items(50)):
            if number == 10:
                submitted.set()
            yield item

    def six_answers(number, body):
        submitted.wait()  # nothing is given before ten are on their way
        return Misbehaviour(sleep_seconds=600) if number >= 6 else None

    with ScriptedLlm(echo, misbehave=six_answers) as llm:
        asking = ask(EchoRole(), draw(), teacher=llm.teacher(concurrency=4, max_concurrency=4), ledger=ledger)
        for _ in range(6):
            next(asking)
        while llm.received < 10:
            time.sleep(0.01)
        asking.close()
    account = ledger.account()
    assert (account.calls, account.reserved_calls) == (10, 0)
    assert sorted(entry.call.status for entry in ledger.entries()) == ["lost"] * 4 + ["ok"] * 6
