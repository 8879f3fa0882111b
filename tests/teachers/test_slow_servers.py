"""Servers that are slow, stream or do not, or stop in the middle of an answer."""

import asyncio
import json
import time
from dataclasses import dataclass

import pytest
from pydantic import BaseModel

from scripted.loopback import LoopbackServer, Reply
from scripted.slow_server import EVENTS, PLAIN, SlowServer, trickle
from scripted.wire import Completion, error_reply, json_reply
from tutelage.core.errors import TeacherError
from tutelage.core.records import Rejection
from tutelage.storage.ledger import Ledger
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.calling.endpoints import MOST_PATIENCE
from tutelage.teachers.calling.silence import LONGEST_WITHOUT_PROGRESS
from tutelage.teachers.chat import ChatSettings, ChatTeacher
from tutelage.teachers.messages import Message
from tutelage.teachers.role import Answered


class Words(BaseModel):
    words: str


@dataclass(frozen=True)
class Item:
    id: str


class SayRole:
    name, prompt_version, schema, temperature, max_tokens = "say", "say-1", Words, 0.0, 50

    def render(self, item):
        return [Message("user", item.id)]

    def verify(self, item, answer):
        return None


TEXT = "eight words that come one after the other"


def say(body):
    return json.dumps({"words": TEXT})


def teacher(server, **settings):
    plain = {"model": "slow", "first_pause_seconds": 0.01, "max_attempts": 8}
    return ChatTeacher(ChatSettings(base_url=server.base_url, **(plain | settings)))


def ask_all(server, ledger, *, count=1, **settings):
    items = [Item(str(number)) for number in range(count)]
    return list(ask(SayRole(), items, teacher=teacher(server, **settings), ledger=ledger))


def statuses(ledger):
    return sorted(entry.call.status for entry in ledger.entries())


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "ledger.sqlite", run="r") as opened:
        yield opened


PATIENCE = 600
"""Seconds without a sign, by the held clock."""


def ticking(clock, *, step):
    """Answers a word at a time; the clock goes on by `step` before each, once the word before it was heard."""

    async def script(body, send):
        completion = Completion("slow", say(body), usage={"prompt_tokens": 5, "completion_tokens": 5})
        first, *others = completion.events(with_usage=True)
        heard = clock.heard
        await send(EVENTS + first)
        for event in others:
            await clock.heard_more(heard)
            heard = clock.heard
            await asyncio.to_thread(clock.advance, step)
            await send(event)

    return script


def wait_for_closing(server, count):
    while server.abandoned < count:
        time.sleep(0.01)


def test_a_server_slower_than_the_timeout_finishes_while_it_shows_progress(ledger, clock):
    with SlowServer(ticking(clock, step=0.9 * PATIENCE)) as server:
        [outcome] = ask_all(server, ledger, timeout_seconds=PATIENCE)
    assert isinstance(outcome, Answered) and outcome.answer.words == TEXT
    assert clock.now > 5 * PATIENCE
    assert (len(server.bodies), server.abandoned) == (1, 0)
    [entry] = ledger.entries()
    assert (entry.call.input_tokens, entry.call.output_tokens) == (5, 5)


def test_more_calls_than_the_server_takes_lower_the_concurrency_and_all_are_answered(ledger, clock):
    async def when_all_have_come(body, send):
        while len(server.bodies) < 8:
            await asyncio.sleep(0.001)
        await ticking(clock, step=PATIENCE / 16)(body, send)

    with SlowServer(when_all_have_come, slots=1) as server:
        outcomes = ask_all(server, ledger, count=12, concurrency=8, max_concurrency=8, timeout_seconds=PATIENCE)
        wait_for_closing(server, 1)
    assert all(isinstance(outcome, Answered) for outcome in outcomes)
    assert server.most_at_once == 8
    assert server.abandoned > 0, "what is given up is closed, so that the server does not work on it"
    assert len(server.bodies) <= 2 * len(outcomes)


def test_a_slow_server_that_does_not_stream_gets_more_patience(ledger, clock):
    async def late(body, send):
        if await asyncio.to_thread(clock.advance, 700):
            await asyncio.sleep(600)  # until the connection is closed
        await send(PLAIN + json.dumps(Completion("slow", say(body)).as_json()).encode())

    with SlowServer(late, slots=1) as server:
        [outcome] = ask_all(server, ledger, concurrency=1, timeout_seconds=300)
        wait_for_closing(server, 2)
    assert isinstance(outcome, Answered)
    assert (len(server.bodies), server.abandoned) == (3, 2)  # 300 and 600 seconds were too little
    assert statuses(ledger) == ["lost", "lost", "ok"]


def test_a_server_that_never_answers_is_given_up_and_its_calls_are_closed(ledger, clock):
    async def hang(body, send):
        await send(EVENTS)
        if len(server.bodies) >= 4:
            await asyncio.to_thread(clock.advance, MOST_PATIENCE * PATIENCE)
        await asyncio.sleep(600)

    with SlowServer(hang) as server:
        with pytest.raises(TeacherError, match="nothing came for"):
            ask_all(server, ledger, count=4, timeout_seconds=PATIENCE, max_attempts=3)
        wait_for_closing(server, 6)
        assert server.abandoned == len(server.bodies) == 6  # four at a time, then one, then one


def test_signs_of_life_alone_are_no_progress(ledger, clock):
    async def live(body, send):
        await send(EVENTS)
        while True:
            heard = clock.heard
            await send(b": keep-alive\n\n")
            await clock.heard_more(heard)
            await asyncio.to_thread(clock.advance, PATIENCE / 2)

    with SlowServer(live) as server:
        with pytest.raises(TeacherError, match="nothing came"):
            ask_all(server, ledger, timeout_seconds=PATIENCE, max_attempts=1)
        wait_for_closing(server, 1)
    assert clock.now == LONGEST_WITHOUT_PROGRESS * PATIENCE
    assert len(server.bodies) == 1


def test_comments_and_pauses_before_the_answer_are_borne(ledger, clock):
    async def queue_first(body, send):
        await send(EVENTS)
        for _ in range(4):
            heard = clock.heard
            await send(b": keep-alive\n\n")
            await clock.heard_more(heard)
            await asyncio.to_thread(clock.advance, 0.9 * PATIENCE)
        await trickle(say, seconds_per_word=0.0)(body, lambda data: send(data.removeprefix(EVENTS)))

    with SlowServer(queue_first) as server:
        [outcome] = ask_all(server, ledger, timeout_seconds=PATIENCE)
    assert isinstance(outcome, Answered) and len(server.bodies) == 1


def test_calls_given_up_by_the_asker_are_closed(ledger):
    async def first_only(body, send):
        await trickle(say, seconds_per_word=1000 if body["messages"][0]["content"] == "2" else 0)(body, send)

    with SlowServer(first_only) as server:
        asking = ask(SayRole(), [Item("1"), Item("2")], teacher=teacher(server), ledger=ledger)
        assert next(asking).item_id == "1"
        while len(server.bodies) < 2:
            time.sleep(0.01)
        asking.close()
        while not server.abandoned:
            time.sleep(0.01)
    assert statuses(ledger) == ["lost", "ok"]


def events(*chunks, done=True):
    body = b"".join(
        b"data: " + (one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n\n" for one in chunks
    )
    return body + (b"data: [DONE]\n\n" if done else b"")


def delta(text=None, finish=None):
    return {"choices": [{"index": 0, "delta": {} if text is None else {"content": text}, "finish_reason": finish}]}


WHOLE = delta('{"words": "a"}')
HALF_THAT_LOOKS_WHOLE = events(WHOLE, done=False)


class Once:
    """Sends one body first and a right answer ever after."""

    def __init__(self, first):
        self.first, self.count = first, 0

    async def __call__(self, body, send):
        self.count += 1
        if self.count == 1:
            await send(self.first)
        else:
            await trickle(lambda body: '{"words": "right"}', seconds_per_word=0)(body, send)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(EVENTS + HALF_THAT_LOOKS_WHOLE, id="ends without DONE"),
        pytest.param(EVENTS + events(done=True), id="nothing but DONE"),
        pytest.param(
            EVENTS + events(WHOLE, {"error": {"message": "out of memory", "code": 500}}), id="error at the end"
        ),
        pytest.param(EVENTS + events({"error": {"message": "overloaded", "code": 503}}), id="error first"),
        pytest.param(EVENTS + b'event: error\ndata: {"message": "no"}\n\n', id="event of errors"),
        pytest.param(EVENTS + b'error: {"code":500,"message":"no"}\n\n', id="field of errors"),
        pytest.param(EVENTS + events(WHOLE, b"{not json"), id="no JSON"),
        pytest.param(EVENTS + events(WHOLE, [1, 2]), id="no chunk"),
        pytest.param(EVENTS + events({"choices": [{"index": 0, "delta": "text"}]}), id="no delta"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n30\r\ndata: {}\n\n", id="chunk cut by the connection"
        ),
    ],
)
def test_a_stream_that_is_no_whole_answer_is_a_failure_and_asked_again(broken, ledger):
    with SlowServer(Once(broken)) as server:
        [outcome] = ask_all(server, ledger)
    assert isinstance(outcome, Answered) and outcome.answer.words == "right"
    assert len(server.bodies) == 2
    assert statuses(ledger) in (["lost", "ok"], ["ok"])  # an error before the first word is not billed


@pytest.mark.parametrize(
    "good",
    [
        pytest.param(events(WHOLE, delta(finish="stop"), done=False), id="finished without DONE"),
        pytest.param(events(WHOLE), id="DONE without a reason"),
        pytest.param(events(WHOLE).replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(events(WHOLE).rstrip(), id="no blank line at the end"),
        pytest.param(events(delta('{"words"'), delta(': "a"}')).replace(b"data: ", b"data:"), id="no space"),
        pytest.param(b": hello\n\nid: 3\nretry: 5\nevent: message\n" + events(WHOLE), id="other fields"),
        pytest.param(events({"choices": []}, delta(""), WHOLE, {"choices": [], "usage": None}), id="empty chunks"),
        pytest.param(json.dumps(Completion("m", '{"words": "a"}').as_json()).encode(), id="JSON instead of events"),
        pytest.param(
            b"\n \n" + json.dumps(Completion("m", '{"words": "a"}').as_json()).encode(), id="blanks before JSON"
        ),
    ],
)
@pytest.mark.parametrize("head", [EVENTS, PLAIN])
def test_dialects_of_streams_are_understood_whatever_the_headers_say(good, head, ledger):
    async def script(body, send):
        await send(head)
        for byte in range(0, len(good), 7):
            await send(good[byte : byte + 7])

    with SlowServer(script) as server:
        [outcome] = ask_all(server, ledger)
    assert isinstance(outcome, Answered) and outcome.answer.words == "a"
    assert len(server.bodies) == 1


class Refuses:
    """A server that answers 400 to bodies with some fields."""

    def __init__(self, fields, message):
        self.bodies, self._fields, self._message = [], fields, message

    def __enter__(self):
        self._server = LoopbackServer(self._handle)
        self._server.start()
        self.base_url = f"http://127.0.0.1:{self._server.port}/v1"
        return self

    def __exit__(self, *exception):
        self._server.stop()

    async def _handle(self, request):
        body = json.loads(request.body)
        self.bodies.append(body)
        if any(field in body for field in self._fields):
            return error_reply(400, self._message)
        completion = Completion("m", say(body), usage={"prompt_tokens": 5, "completion_tokens": 5})
        if body.get("stream"):
            return Reply(chunks=list(completion.events(with_usage=False)), content_type="text/event-stream")
        return json_reply(completion.as_json())


@pytest.mark.parametrize(
    ("fields", "message", "left"),
    [
        (("stream_options",), "Unrecognized request argument supplied: stream_options", {"stream"}),
        (("stream",), "Streaming is not supported by this model", set()),
        (("stream_options", "stream"), "extra fields not permitted: stream_options, stream", set()),
    ],
)
def test_a_server_that_refuses_to_stream_or_to_count_is_asked_otherwise_once_for_all(fields, message, left, ledger):
    with Refuses(fields, message) as server:
        outcomes = ask_all(server, ledger, count=6, concurrency=1, max_concurrency=1)
    assert all(isinstance(outcome, Answered) for outcome in outcomes)
    refused = [body for body in server.bodies if set(fields) & set(body)]
    assert len(refused) <= 2
    assert {"stream", "stream_options"} & set(server.bodies[-1]) == left
    assert not [outcome for outcome in outcomes if isinstance(outcome, Rejection)]


def test_usage_is_asked_for_and_counted(ledger):
    with SlowServer(trickle(say, seconds_per_word=0)) as server:
        ask_all(server, ledger)
    assert server.bodies[0]["stream"] is True
    assert server.bodies[0]["stream_options"] == {"include_usage": True}
    [spend] = ledger.spend()
    assert (spend.input_tokens, spend.output_tokens) == (5, 5)
