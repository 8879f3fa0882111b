"""A refusal of everything stops the run with the server's own words, and is not remembered."""

import json

import pytest

from echo_role import EchoRole, echo, items, words
from scripted.llm import Misbehaviour, ScriptedLlm
from tutelage.core.errors import TeacherError
from tutelage.core.records import Rejection
from tutelage.storage.ledger import Ledger
from tutelage.teachers.batches import line
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.calling.unusable import FEW_DOZEN


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(line, "GATHER_SECONDS", 0.02)


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "ledger.sqlite", run="r") as opened:
        yield opened


def error(message, status=400, **named):
    return Misbehaviour(status=status, body=json.dumps({"error": {"message": message, **named}}))


EVERYTHING = [
    pytest.param(error("bad key", 401), "answers 401: bad key. Check the key", id="401"),
    pytest.param(error("not for you", 403), "answers 403: not for you. Check the key", id="403"),
    pytest.param(error("nothing here", 404), "answers 404: nothing here. Check base_url", id="404"),
    pytest.param(error("Method Not Allowed", 405), "answers 405: Method Not Allowed. Check base_url", id="405"),
    pytest.param(error("API key not valid"), "answers 400: API key not valid. Check the key", id="key"),
    pytest.param(
        error("model 'x' not found"), "answers 400: model 'x' not found. Check model = 'scripted'", id="model"
    ),
    pytest.param(error("no", param="top_k"), "answers 400: no. Change what the teacher's table asks", id="parameter"),
    pytest.param(Misbehaviour(status=400, body="<html>Go <b>away</b></html>"), "Go away. Check base_url", id="page"),
    pytest.param(Misbehaviour(status=200, body="<html>Sign in</html>"), "Sign in", id="page under 200"),
    pytest.param(
        Misbehaviour(status=200, body='{"error": {"message": "boo"}}'), "answers 200: boo", id="error under 200"
    ),
    pytest.param(Misbehaviour(status=200, body='{"error": "boo"}'), "answers 200: boo", id="text under 200"),
    pytest.param(
        Misbehaviour(status=200, body='{"error": {"message": "bad key", "code": 401}}'),
        "answers 401",
        id="401 under 200",
    ),
    pytest.param(Misbehaviour(status=200, body='{"status": "ok"}'), '{"status": "ok"}', id="other JSON"),
    pytest.param(error("\x1b[31mred\x1b[0m " + 500 * "x", 401), "401: red xxx", id="escape sequences"),
]


@pytest.mark.parametrize(("wrong", "said"), EVERYTHING)
def test_the_first_refusal_stops_the_run_and_the_repaired_run_asks_again(ledger, wrong, said):
    with ScriptedLlm(echo, misbehave=lambda number, body: wrong) as llm:
        teacher = llm.teacher(max_concurrency=1, first_pause_seconds=60)
        with pytest.raises(TeacherError) as raised:
            list(ask(EchoRole(), items(9), teacher=teacher, ledger=ledger))
        # a refusal that might be of the schema is asked once more without it
        assert llm.received == (2 if "response_format" not in llm.requests[-1] else 1)
        sent = llm.received
        assert said in str(raised.value)
        assert "\x1b" not in str(raised.value)
        assert len(str(raised.value)) < 600
        assert not list(ledger.entries())
        llm.misbehave = lambda number, body: None
        assert len(words(ask(EchoRole(), items(9), teacher=teacher, ledger=ledger))) == 9
        assert llm.received == sent + 9


@pytest.mark.parametrize(("wrong", "said"), [one for one in EVERYTHING if "200" not in one.id])
def test_so_it_is_with_lines_of_a_batch(ledger, tmp_path, wrong, said):
    with ScriptedLlm(echo, misbehave=lambda number, body: wrong) as llm:
        fast = {"batch": True, "batch_poll_seconds": 0.01, "batch_folder": str(tmp_path / "batches")}
        teacher = llm.teacher(first_pause_seconds=60, **fast)
        with pytest.raises(TeacherError):
            list(ask(EchoRole(), items(3), teacher=teacher, ledger=ledger))
        # a refusal that might be of the schema is asked once more without it
        assert [batch.total for batch in llm._office.batches.values()] in ([3], [3, 3])
        llm.misbehave = lambda number, body: None
        assert len(words(ask(EchoRole(), items(3), teacher=teacher, ledger=ledger))) == 3


USELESS = [
    pytest.param(
        {"misbehave": lambda number, body: error("I do not like you")}, "refused", "I do not like you", id="refused"
    ),
    pytest.param({"script": lambda messages: "Certainly! Here you are."}, "unreadable", "Certainly!", id="unreadable"),
    pytest.param(
        {"script": lambda messages: '{"wo', "finish_reason": "length"},
        "cut off at the token limit",
        "max_tokens = 50",
        id="cut",
    ),
    pytest.param(
        {"script": lambda messages: "", "finish_reason": "length"},
        "cut off at the token limit",
        "thinks first",
        id="nothing",
    ),
]


@pytest.mark.parametrize(("server", "fault", "said"), USELESS)
@pytest.mark.parametrize("killed", [False, True])
def test_if_nothing_can_be_used_the_run_stops_after_a_few_dozen_and_asks_again_later(
    ledger, server, fault, said, killed
):
    with ScriptedLlm(**({"script": echo} | server)) as llm:
        teacher = llm.teacher()
        if killed:  # what an earlier process has asked is no reason to stop without asking
            half = ask(EchoRole(), items(500), teacher=teacher, ledger=ledger, ordered=True)
            for _ in range(FEW_DOZEN // 2):
                next(half)
            half.close()
        with pytest.raises(TeacherError, match=rf"\d\d {fault}") as raised:
            list(ask(EchoRole(), items(500), teacher=teacher, ledger=ledger))
        assert said in str(raised.value)
        assert "asks them again" in str(raised.value)
        assert llm.received <= 6 * FEW_DOZEN
        llm.script, llm.misbehave, llm.finish_reason = echo, lambda number, body: None, "stop"
        assert len(words(ask(EchoRole(), items(500), teacher=teacher, ledger=ledger))) == 500


def test_a_teacher_that_is_mostly_useless_is_borne(ledger):
    def sometimes(messages):
        return echo(messages) if messages[0]["content"].endswith(("17", "53", "90")) else "Certainly!"

    with ScriptedLlm(sometimes) as llm:
        outcomes = list(ask(EchoRole(), items(200), teacher=llm.teacher(), ledger=ledger))
    assert len(words(outcomes)) == 6


def test_a_teacher_that_turns_useless_is_stopped(ledger):
    def turned(number, body):
        return Misbehaviour(rewrite=lambda text: "Certainly!") if number >= 100 else None

    turned.quick = True  # in the order in which they come: one that is late would let many others in

    with ScriptedLlm(echo, misbehave=turned) as llm:
        with pytest.raises(TeacherError, match=f"{FEW_DOZEN} unreadable"):
            list(ask(EchoRole(), items(2000), teacher=llm.teacher(), ledger=ledger))
        assert llm.received < 300


def test_refusals_among_answers_are_remembered(ledger):
    def refuse(number, body):
        return error("not this one") if body["messages"][0]["content"].split()[0] in {"w0", "w1", "w8"} else None

    with ScriptedLlm(echo, misbehave=refuse) as llm:
        first = list(ask(EchoRole(), items(9), teacher=llm.teacher(), ledger=ledger))
        sent = llm.received
        again = list(ask(EchoRole(), items(9), teacher=llm.teacher(), ledger=ledger))
        assert llm.received == sent
    for outcomes in (first, again):
        assert {one.id for one in outcomes if isinstance(one, Rejection)} == {"0", "1", "8"}


def test_what_stopped_a_run_is_kept_and_paid_but_not_found_again(ledger):
    with ScriptedLlm(lambda messages: "Certainly!") as llm:
        with pytest.raises(TeacherError):
            list(ask(EchoRole(), items(100), teacher=llm.teacher(), ledger=ledger))
        paid = len(llm.answered)
    entries = list(ledger.entries())
    assert len(entries) == paid == ledger.spend()[0].calls
    assert all(":aside:" in entry.call.key for entry in entries)
    assert {entry.call.status for entry in entries} == {"unparsed"}
