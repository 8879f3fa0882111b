"""What servers and models refuse of a question is left out, for the endpoint and not for the item."""

import json
import logging

import pytest

from echo_role import EchoRole, echo, items, words
from scripted.llm import Misbehaviour, ScriptedLlm
from tutelage.core.errors import BudgetError, TeacherError
from tutelage.storage.ledger import Budget, Ledger
from tutelage.teachers.batches import line
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.calling.parsing import parse_answer
from tutelage.teachers.dialects import THINKING_TOKENS, Dialect

OPENAI_TOKENS = (
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
)


class WarmEchoRole(EchoRole):
    temperature = 0.7


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(line, "GATHER_SECONDS", 0.02)


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "ledger.sqlite", run="r") as opened:
        yield opened


def refusing(message, *, asks, status=400, **named):
    """A server that refuses what `asks` says of a body."""
    body = json.dumps({"error": {"message": message, **named}})
    return lambda number, sent: Misbehaviour(status=status, body=body) if asks(sent) else None


def has(name):
    return lambda body: name in body


def both(*servers):
    return lambda number, body: next((wrong for one in servers if (wrong := one(number, body))), None)


SERVERS = [
    pytest.param(refusing(OPENAI_TOKENS, asks=has("max_tokens"), param="max_tokens"), {"max_tokens"}, id="max_tokens"),
    pytest.param(
        refusing("[{'loc': ('body', 'max_tokens'), 'msg': 'Extra inputs are not permitted'}]", asks=has("max_tokens")),
        {"max_tokens"},
        id="max_tokens not permitted",
    ),
    pytest.param(
        refusing("'temperature' does not support 0 with this model. Only 1 is supported.", asks=has("temperature")),
        {"temperature"},
        id="temperature",
    ),
    pytest.param(
        refusing("`temperature` must be strictly positive", asks=has("temperature"), status=422),
        {"temperature"},
        id="TGI",
    ),
    pytest.param(refusing("Unknown field: seed", asks=has("seed")), {"seed"}, id="seed"),
    pytest.param(
        refusing(
            'response_format type must be one of "text", "json_object", got: json_schema',
            asks=has("response_format"),
            status=500,
        ),
        {"response_format"},
        id="llama.cpp by 500",
    ),
    pytest.param(refusing("failed to parse grammar", asks=has("response_format")), {"response_format"}, id="grammar"),
    pytest.param(refusing("Bad Request", asks=has("response_format")), {"response_format"}, id="schema without a word"),
    pytest.param(
        refusing("Internal Server Error", asks=has("response_format"), status=500),
        {"response_format"},
        id="500 without a word",
    ),
    pytest.param(
        lambda number, body: Misbehaviour(status=200, body='{"error": "oops"}') if "response_format" in body else None,
        {"response_format"},
        id="200 without a word",
    ),
    pytest.param(
        both(
            refusing(OPENAI_TOKENS, asks=has("max_tokens")),
            refusing("temperature is deprecated for this model", asks=has("temperature")),
            refusing("This model does not support structured outputs", asks=has("response_format")),
            refusing("Unrecognized request argument supplied: stream_options", asks=has("stream_options")),
        ),
        {"max_tokens", "temperature", "response_format", "stream_options"},
        id="nearly all",
    ),
]


@pytest.mark.parametrize(("server", "refused"), SERVERS)
def test_what_an_endpoint_refuses_is_left_out_from_then_on(ledger, server, refused):
    with ScriptedLlm(echo, misbehave=server) as llm:
        teacher = llm.teacher(max_concurrency=1, max_attempts=5)
        assert len(words(ask(WarmEchoRole(), items(9), teacher=teacher, ledger=ledger))) == 9
        assert not refused & set(llm.requests[-1])
        assert llm.received - len(llm.answered) <= len(refused) + 1
        sent = llm.received
        assert len(words(ask(EchoRole(), items(9), teacher=teacher, ledger=ledger))) == 9
        assert llm.received == sent + 9  # of another role too
    assert {entry.call.status for entry in ledger.entries()} == {"ok"}


@pytest.mark.parametrize(("server", "refused"), [one for one in SERVERS if "500" not in one.id and "200" not in one.id])
def test_so_it_is_by_batch(ledger, tmp_path, server, refused):
    with ScriptedLlm(echo, misbehave=server) as llm:
        teacher = llm.teacher(batch=True, batch_poll_seconds=0.01, batch_folder=str(tmp_path / "batches"))
        assert len(words(ask(WarmEchoRole(), items(3), teacher=teacher, ledger=ledger))) == 3
        assert len(llm._office.batches) <= len(refused) + 1
        assert not refused & set(llm.requests[-1])


def test_the_limit_stays_whatever_it_is_called(ledger):
    with ScriptedLlm(echo, misbehave=refusing(OPENAI_TOKENS, asks=has("max_tokens"))) as llm:
        list(ask(EchoRole(), items(2), teacher=llm.teacher(), ledger=ledger))
        assert llm.requests[-1]["max_completion_tokens"] == EchoRole.max_tokens


def test_a_text_that_is_too_long_teaches_nothing(ledger):
    message = (
        "'max_tokens' or 'max_completion_tokens' is too large: 50. This model's maximum context length is 40 tokens"
    )
    too_long = refusing(message, asks=lambda body: body["messages"][0]["content"] == "w1")
    with ScriptedLlm(echo, misbehave=too_long) as llm:
        assert len(words(ask(EchoRole(), items(9), teacher=llm.teacher(), ledger=ledger))) == 8
        assert {"max_tokens", "temperature", "response_format"} <= set(llm.requests[-1])
        assert llm.received == 9


def test_one_500_that_passes_costs_no_structured_output(ledger):
    with ScriptedLlm(echo, misbehave=lambda number, body: Misbehaviour(status=500) if number == 0 else None) as llm:
        assert len(words(ask(EchoRole(), items(9), teacher=llm.teacher(), ledger=ledger))) == 9
        assert all("response_format" in body for body in llm.requests)


def test_a_schema_that_was_taken_once_is_not_doubted_later(ledger):
    def refuse(number, body):
        return Misbehaviour(status=400, body='{"error": {"message": "Bad Request"}}') if number == 5 else None

    with ScriptedLlm(echo, misbehave=refuse) as llm:
        assert len(words(ask(EchoRole(), items(9), teacher=llm.teacher(max_concurrency=1), ledger=ledger))) == 8
        assert all("response_format" in body for body in llm.requests)


def test_what_was_left_out_is_told(ledger, caplog):
    server = refusing("temperature is not supported", asks=has("temperature"))
    with ScriptedLlm(echo, misbehave=server) as llm, caplog.at_level(logging.WARNING):
        list(ask(EchoRole(), items(5), teacher=llm.teacher(concurrency=4), ledger=ledger))
    assert [record.getMessage() for record in caplog.records] == [
        f"teacher {llm.base_url}: temperature is refused and left out."
    ]


class Thinker(ScriptedLlm):
    """Thinks for so many tokens before it answers, and is cut off if it may not."""

    thought = 3000
    shown = "reasoning_content"

    def _say(self, body, wrong):
        answer = super()._say(body, wrong)
        limit = body.get("max_tokens") or body["max_completion_tokens"]
        whole = limit >= self.thought + 40
        return _Thought(answer, self, whole)


class _Thought:
    def __init__(self, answer, llm, whole):
        self.answer, self.llm, self.whole = answer, llm, whole

    @property
    def message(self):
        text = self.answer.text if self.whole else None
        if self.llm.shown == "<think>":
            return {"role": "assistant", "content": "<think>{}" + (f" hm</think>\n{text}" if self.whole else " hm")}
        return {"role": "assistant", "content": text, self.llm.shown: "hm {}"}

    def as_json(self):
        choice = {"index": 0, "message": self.message, "finish_reason": "stop" if self.whole else "length"}
        return {"choices": [choice]}

    def events(self, *, with_usage):
        choice = {"index": 0, "delta": self.message, "finish_reason": "stop" if self.whole else "length"}
        yield b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"
        yield b"data: [DONE]\n\n"


@pytest.mark.parametrize("shown", ["reasoning_content", "reasoning", "<think>", "nothing"])
@pytest.mark.parametrize("thought", [3000, 9000])
def test_a_model_that_thinks_first_gets_enough_tokens(ledger, shown, thought):
    with Thinker(echo) as llm:
        llm.shown, llm.thought = shown, thought
        teacher = llm.teacher(max_concurrency=1)
        assert len(words(ask(EchoRole(), items(5), teacher=teacher, ledger=ledger))) == 5
        steps = 1 if thought < THINKING_TOKENS[1] else 2
        assert llm.received == 5 + steps
        assert llm.requests[-1]["max_tokens"] == EchoRole.max_tokens + THINKING_TOKENS[steps]
        assert len(words(ask(EchoRole(), items(5), teacher=llm.teacher(), ledger=ledger))) == 5
        assert llm.received == 5 + steps  # by a process that does not know of it yet
    assert ledger.spend()[0].calls == 5 + steps


def test_room_that_the_model_does_not_have_is_not_asked_for_again(ledger):
    message = "max_tokens is too large. This model supports at most 5000 completion tokens"
    with Thinker(echo, misbehave=refusing(message, asks=lambda body: body["max_tokens"] > 5000)) as llm:
        llm.thought = 4500
        outcomes = list(ask(EchoRole(), items(5), teacher=llm.teacher(max_concurrency=1), ledger=ledger))
        assert len(outcomes) == 5
        assert sum(body["max_tokens"] > 5000 for body in llm.requests) == 1


def test_a_batch_that_thinks_first_gets_enough_tokens(ledger, tmp_path):
    with Thinker(echo) as llm:
        teacher = llm.teacher(batch=True, batch_poll_seconds=0.01, batch_folder=str(tmp_path / "batches"))
        assert len(words(ask(EchoRole(), items(5), teacher=teacher, ledger=ledger))) == 5
        assert [batch.total for batch in llm._office.batches.values()] == [5, 5]


def test_room_to_think_is_within_the_budget(tmp_path):
    with Thinker(echo) as llm, Ledger.open(tmp_path / "l", run="r", budget=Budget(tokens=3000)) as ledger:
        with pytest.raises(BudgetError, match="3000 tokens"):
            list(ask(EchoRole(), items(5), teacher=llm.teacher(max_concurrency=1), ledger=ledger))
        assert ledger.account().tokens <= 3000


def test_a_model_that_never_stops_thinking_is_told(ledger):
    with Thinker(echo) as llm:
        llm.thought = 10**6
        with pytest.raises(TeacherError, match=r"cut off.*max_tokens = 50 and 16384 for thinking"):
            list(ask(EchoRole(), items(50), teacher=llm.teacher(), ledger=ledger))


def test_thoughts_are_not_read_as_the_answer():
    schema = EchoRole.schema
    assert parse_answer('<think>maybe {"word": "a"}?</think>{"word": "b"}', schema=schema).value.word == "b"
    assert (
        parse_answer('maybe {"word": "a"}?\n</think>\n\n```json\n{"word": "b"}\n```', schema=schema).value.word == "b"
    )
    assert parse_answer('{"word": "</think> {}"}', schema=schema).value.word == "</think> {}"
    assert parse_answer('<think>maybe {"word": "a"}', schema=schema).value is None


def test_a_dialect_comes_to_an_end_whatever_is_said():
    everything = "stream_options max_tokens is not supported temperature seed json_schema"
    dialect, steps = Dialect(), 0
    while (left := dialect.without(everything)) != dialect:
        dialect, steps = left, steps + 1
    assert steps == 6
    assert dialect == Dialect(
        structured=False, temperature=False, seed=False, token_limit="max_completion_tokens", stream="none"
    )
