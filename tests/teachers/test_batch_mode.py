import json
import signal
import subprocess
import sys
import threading
import time

import pytest

from echo_role import EchoRole, echo, items, words
from places import SUPPORT, TESTS
from scripted.llm import BatchPlan, Misbehaviour, ScriptedLlm
from tutelage.core.errors import BudgetError, TeacherError
from tutelage.core.records import Rejection
from tutelage.storage.ledger import Budget, Ledger
from tutelage.teachers.batches import line
from tutelage.teachers.batches.files import read_line, read_lines, render_batch
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.calling.completions import request_body
from tutelage.teachers.chat import ChatTeacher
from tutelage.teachers.dialects import Dialect
from tutelage.teachers.messages import ChatRequest, Message


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(line, "GATHER_SECONDS", 0.02)


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "ledger.sqlite", run="r") as opened:
        yield opened


def teacher(llm, tmp_path, **settings):
    fast = {"batch": True, "batch_poll_seconds": 0.01, "batch_folder": str(tmp_path / "batches")}
    return llm.teacher(**(fast | settings))


def remembered(tmp_path):
    return list((tmp_path / "batches").glob("*.json"))


def test_answers_come_by_batch_at_half_price(ledger, tmp_path):
    with ScriptedLlm(echo, batch=BatchPlan(polls=3)) as llm:
        asked = teacher(llm, tmp_path, input_price=1.0, output_price=2.0)
        assert words(ask(EchoRole(), items(40), teacher=asked, ledger=ledger)) == {
            str(number): f"w{number}" for number in range(40)
        }
        assert len(llm._office.batches) == 1
    [spend] = ledger.spend()
    assert (spend.calls, spend.unusable, spend.unknown_cost_calls) == (40, 0, 0)
    assert spend.cost == pytest.approx(0.5 * (spend.input_tokens * 1.0 + spend.output_tokens * 2.0) / 1e6)
    assert not remembered(tmp_path)


def test_batches_are_no_larger_than_allowed(ledger, tmp_path):
    with ScriptedLlm(echo) as llm:
        asked = teacher(llm, tmp_path, batch_size=15)
        given = [outcome.item_id for outcome in ask(EchoRole(), items(40), teacher=asked, ledger=ledger, ordered=True)]
        assert sorted(batch.total for batch in llm._office.batches.values()) == [10, 15, 15]
    assert given == [str(number) for number in range(40)]


def test_a_slow_ledger_does_not_divide_a_batch(ledger, tmp_path, monkeypatch):
    look_up, looked = Ledger.lookup_many, threading.Event()

    def look_up_slowly(of, keys):
        if looked.is_set():
            time.sleep(10 * line.GATHER_SECONDS)
        looked.set()
        return look_up(of, keys)

    def draw():
        first, *others = items(6)
        yield first
        looked.wait()  # the others are looked up together, later
        yield from others

    monkeypatch.setattr(Ledger, "lookup_many", look_up_slowly)
    with ScriptedLlm(echo) as llm:
        assert len(words(ask(EchoRole(), draw(), teacher=teacher(llm, tmp_path), ledger=ledger))) == 6
        assert [batch.total for batch in llm._office.batches.values()] == [6]


def test_repair_turns_form_a_batch_of_their_own(ledger, tmp_path):
    def second_time_right(messages):
        return '{"word": "mended"}' if len(messages) == 3 else "{}"

    with ScriptedLlm(second_time_right) as llm:
        outcomes = list(ask(EchoRole(), items(6), teacher=teacher(llm, tmp_path), ledger=ledger))
        assert [batch.total for batch in llm._office.batches.values()] == [6, 6]
    assert set(words(outcomes).values()) == {"mended"}
    assert (ledger.spend()[0].calls, ledger.spend()[0].unusable) == (12, 6)


def test_lines_that_failed_or_were_refused(ledger, tmp_path):
    def wrong(number, body):
        text = body["messages"][0]["content"]
        if text == "w1":
            return Misbehaviour(status=400, body='{"error": {"message": "too long"}}')
        if text == "w2":
            return Misbehaviour(status=500)
        return Misbehaviour(status=500) if text == "w3" and number < 6 else None

    with ScriptedLlm(echo, misbehave=wrong) as llm:
        outcomes = list(ask(EchoRole(), items(6), teacher=teacher(llm, tmp_path), ledger=ledger))
        asked = len(llm.requests)
        again = list(ask(EchoRole(), [items(6)[1]], teacher=teacher(llm, tmp_path), ledger=ledger))
        assert len(llm.requests) == asked
    rejected = {outcome.id: outcome.reason for outcome in outcomes if isinstance(outcome, Rejection)}
    assert rejected == {"1": "refused_by_server", "2": "no_answer"}
    assert set(words(outcomes)) == {"0", "3", "4", "5"}
    assert [outcome.reason for outcome in again] == ["refused_by_server"]
    assert ledger.spend()[0].calls == 5  # four answers and the refusal
    assert not remembered(tmp_path)


def test_a_failure_is_judged_after_the_answers_of_its_batch(ledger, tmp_path):
    def wrong(number, body):
        return Misbehaviour(status=500) if body["messages"][0]["content"] in {"w0", "w1"} else None

    with ScriptedLlm(echo, misbehave=wrong) as llm:
        outcomes = list(ask(EchoRole(), items(6), teacher=teacher(llm, tmp_path), ledger=ledger))
        assert all("response_format" in request for request in llm.requests)  # none was tried in words
    rejected = {outcome.id: outcome.reason for outcome in outcomes if isinstance(outcome, Rejection)}
    assert rejected == {"0": "no_answer", "1": "no_answer"}


def test_expired_batch_keeps_its_answers_and_the_rest_goes_on(ledger, tmp_path):
    with ScriptedLlm(echo, batch=BatchPlan(expire_after=4)) as llm:
        outcomes = list(ask(EchoRole(), items(10), teacher=teacher(llm, tmp_path), ledger=ledger))
        assert [batch.total for batch in llm._office.batches.values()] == [10, 6, 2]
    assert len(words(outcomes)) == 10
    assert ledger.spend()[0].calls == 10


def test_batches_that_fail_as_a_whole_stop_the_run(ledger, tmp_path):
    with ScriptedLlm(echo, batch=BatchPlan(fail="token limit exceeded")) as llm:
        with pytest.raises(TeacherError, match=r"3 batches in a row gave no answer.*token limit exceeded"):
            list(ask(EchoRole(), items(3), teacher=teacher(llm, tmp_path), ledger=ledger))
        assert len(llm._office.batches) == 3
    assert not ledger.spend()
    assert not remembered(tmp_path)


def test_server_that_refuses_schemas_is_asked_by_prompt(ledger, tmp_path):
    def refuse(number, body):
        wrong = Misbehaviour(status=400, body='{"error": {"message": "response_format json_schema is not supported"}}')
        return wrong if "response_format" in body else None

    with ScriptedLlm(echo, misbehave=refuse) as llm:
        outcomes = list(ask(EchoRole(), items(3), teacher=teacher(llm, tmp_path), ledger=ledger))
        assert [batch.total for batch in llm._office.batches.values()] == [3, 3]
    assert len(words(outcomes)) == 3
    assert ledger.spend()[0].unusable == 0


def test_server_without_the_batch_api_says_so(ledger, tmp_path):
    with ScriptedLlm(echo) as llm:
        settings = teacher(llm, tmp_path).settings
        asked = ChatTeacher(settings.model_copy(update={"base_url": f"{llm.base_url}/nothing"}))
        with pytest.raises(TeacherError, match="leave out batch"):
            list(ask(EchoRole(), items(1), teacher=asked, ledger=ledger))


def test_budget_is_reserved_before_the_upload(tmp_path):
    with ScriptedLlm(echo) as llm, Ledger.open(tmp_path / "l", run="r", budget=Budget(calls=7)) as ledger:
        given = []
        with pytest.raises(BudgetError, match="7 calls"):
            given.extend(ask(EchoRole(), items(30), teacher=teacher(llm, tmp_path), ledger=ledger))
        assert len(llm.requests) == len(given) == 7


def test_killed_run_picks_its_batch_up_again(tmp_path):
    script = """
import os, signal, sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
from echo_role import EchoRole, items
from tutelage.storage.ledger import Budget, Ledger
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.batches.job import BatchService
from tutelage.teachers.chat import ChatSettings, ChatTeacher

async def die(self, batch_id):
    os.kill(os.getpid(), signal.SIGKILL)

BatchService.finish = die
teacher = ChatTeacher(ChatSettings(base_url=sys.argv[3], model="scripted", batch=True, batch_folder=sys.argv[5]))
ledger = Ledger.open(sys.argv[4], run="r", budget=Budget(calls=30))
list(ask(EchoRole(), items(20), teacher=teacher, ledger=ledger))
"""
    with ScriptedLlm(echo) as llm:
        arguments = [str(TESTS), str(SUPPORT), llm.base_url, str(tmp_path / "l"), str(tmp_path / "batches")]
        assert subprocess.run([sys.executable, "-c", script, *arguments], check=False).returncode == -9
        assert len(remembered(tmp_path)) == 1
        with Ledger.open(tmp_path / "l", run="r", budget=Budget(calls=30)) as ledger:
            outcomes = list(ask(EchoRole(), items(25), teacher=teacher(llm, tmp_path), ledger=ledger))
            assert len(words(outcomes)) == 25
            assert (ledger.account().calls, ledger.account().reserved_calls) == (25, 0)
        assert sorted(batch.total for batch in llm._office.batches.values()) == [5, 20]
        assert len(llm.requests) == 25
    assert not remembered(tmp_path)


def test_batch_started_by_a_process_that_did_not_learn_its_id_is_found(ledger, tmp_path):
    with ScriptedLlm(echo) as llm:
        asked = teacher(llm, tmp_path)
        stopped = ask(EchoRole(), items(4), teacher=teacher(llm, tmp_path, batch_poll_seconds=60.0), ledger=ledger)
        llm._office.plan = BatchPlan(polls=2)
        with pytest.raises(KeyboardInterrupt):
            _interrupt(stopped, tmp_path)
        [path] = remembered(tmp_path)
        fields = json.loads(path.read_text())
        path.write_text(json.dumps(fields | {"id": ""}))
        assert len(words(ask(EchoRole(), items(4), teacher=asked, ledger=ledger))) == 4
        assert len(llm._office.batches) == 1


def _interrupt(asking, tmp_path):
    """Closes the asking as Ctrl-C does, once its batch is remembered with an id."""
    main = threading.get_ident()
    # a process begun in the background ignores the signal
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def press():
        while not (remembered(tmp_path) and json.loads(remembered(tmp_path)[0].read_text())["id"]):
            time.sleep(0.01)
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=press).start()
    try:
        list(asking)
    finally:
        signal.signal(signal.SIGINT, before)


def test_lines_are_read_in_any_order_and_what_is_no_line_is_passed_over():
    request = ChatRequest("m", (Message("user", "hello"),), 0.0, 20)
    good = {"choices": [{"message": {"content": "hi"}}], "usage": {"prompt_tokens": 9, "completion_tokens": 2}}
    lines = read_lines(
        [
            json.dumps({"custom_id": "b", "response": {"status_code": 200, "body": good}}) + "\nnot json\n[]\n",
            json.dumps({"custom_id": "a", "error": {"code": "batch_expired", "message": "late"}}),
        ]
    )
    assert list(lines) == ["b", "a"]
    answer = read_line(lines["b"], request=request)
    assert (answer.text, answer.input_tokens, answer.output_tokens) == ("hi", 9, 2)
    assert read_line(lines["a"], request=request).kind == "busy"
    assert read_line(None, request=request).kind == "server_error"
    assert read_line({"response": {"status_code": 200, "body": {}}}, request=request).kind == "broken"
    assert read_line({"response": {"status_code": 400, "body": {}}}, request=request).kind == "refused"


def test_rendered_lines_carry_the_key_and_the_body():
    request = ChatRequest("m", (Message("user", "é\nx"),), 0.0, 20)
    [line] = render_batch({"k": request_body(request, dialect=Dialect(stream="none"))}).decode().splitlines()
    assert json.loads(line) == {
        "custom_id": "k",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {
            "model": "m",
            "temperature": 0.0,
            "max_tokens": 20,
            "messages": [{"role": "user", "content": "é\nx"}],
        },
    }
