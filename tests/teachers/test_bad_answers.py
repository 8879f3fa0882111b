"""One bad answer costs one item: it is recorded, counted, and neither asked for nor paid again."""

import json
import zlib
from dataclasses import dataclass

import pytest
from pydantic import BaseModel, ConfigDict

from scripted.llm import ScriptedLlm
from scripted.loopback import LoopbackServer, Reply
from scripted.wire import Completion, json_reply
from tutelage.core.records import Rejection
from tutelage.storage.ledger import Ledger
from tutelage.storage.ledger.replay import read_replay, write_replay
from tutelage.storage.tables import read_table, write_table
from tutelage.teachers.batches.files import read_line, read_lines
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.calling.limits import KEPT_CHARACTERS, MOST_CHARACTERS, clean
from tutelage.teachers.calling.parsing import parse_answer
from tutelage.teachers.chat import ChatSettings, ChatTeacher
from tutelage.teachers.messages import ChatRequest, Message
from tutelage.teachers.role import Answered

BAD = "3"


class Word(BaseModel):
    model_config = ConfigDict(extra="forbid")

    word: str


@dataclass(frozen=True)
class Item:
    id: str


class WordRole:
    name, prompt_version, schema, temperature, max_tokens = "word", "word-1", Word, 0.0, 50

    def render(self, item):
        return [Message("user", item.id)]

    def verify(self, item, answer):
        return None


class BadServer:
    """Answers one item with a given reply, whatever the turn, and all others well."""

    def __init__(self, bad):
        self.bad, self.bodies = bad, []

    def __enter__(self):
        self._server = LoopbackServer(self._handle)
        self._server.start()
        return self

    def __exit__(self, *exception):
        self._server.stop()

    def teacher(self):
        url = f"http://127.0.0.1:{self._server.port}/v1"
        return ChatTeacher(ChatSettings(base_url=url, model="m", first_pause_seconds=0.01, max_attempts=4))

    async def _handle(self, request):
        body = json.loads(request.body)
        self.bodies.append(body)
        if body["messages"][0]["content"] == BAD:
            return self.bad
        return json_reply(Completion("m", '{"word": "good"}').as_json())


def plain(body, **headers):
    return Reply(body=body, headers={name.replace("_", "-"): value for name, value in headers.items()})


def said(text):
    """A completion with the text, in JSON that is all ASCII, so that anything can be in it."""
    return plain(json.dumps(Completion("m", text).as_json()).encode())


def streamed(text, *, pieces=8):
    size = max(1, len(text) // pieces)
    parts = [text[start : start + size] for start in range(0, len(text), size)]
    deltas = [{"choices": [{"index": 0, "delta": {"content": part}, "finish_reason": None}]} for part in parts]
    chunks = [f"data: {json.dumps(delta)}\n\n".encode() for delta in deltas]
    return Reply(chunks=[*chunks, b"data: [DONE]\n\n"], content_type="text/event-stream")


def bomb(gibibytes=1):
    """A gzip of so much text, made of one packed mebibyte over and over."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    head = packer.compress(b'{"choices": [{"message": {"content": "') + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b"a" * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * (1024 * gibibytes)


NESTED = '{"word": ' * 100_000
BRACES = "{" * 200_000
DEEP_BODY = b'{"choices": [{"message": {"content": "a"}, "more": ' + b"[" * 100_000
LONG = json.dumps({"word": "x" * 10_000_000})
UNREADABLE, OVERLONG, TOO_DEEP = "unreadable_answer", "overlong_answer", "too_deep_answer"
CASES = {
    "nested answer": (said(NESTED[:200_000]), UNREADABLE),
    "nested answer, streamed": (streamed(NESTED[:200_000]), UNREADABLE),
    "nested body": (plain(DEEP_BODY), TOO_DEEP),
    "nested event": (Reply(chunks=[b"data: " + DEEP_BODY + b"\n\n", b"data: [DONE]\n\n"]), TOO_DEEP),
    "braces": (said(BRACES), UNREADABLE),
    "300,000 braces": (said("{" * 300_000), OVERLONG),
    "braces, streamed": (streamed(BRACES), UNREADABLE),
    "braces that close": (said("{" * 100_000 + "}" * 100_000), UNREADABLE),
    "half a character": (said('{"word": "a\ud800b"}'), UNREADABLE),
    "half a character, streamed": (streamed('{"word": "a\udc00b"}'), UNREADABLE),
    "half a character, escaped twice": (said(r'{"word": "a\ud800b"}'), UNREADABLE),
    "half a character in a name": (said(r'{"wo\ud800rd": "a"}'), UNREADABLE),
    "NUL": (said('{"word": "a\x00b"}'), UNREADABLE),
    "NUL, escaped twice": (said(r'{"word": "a\u0000b"}'), UNREADABLE),
    "no UTF-8": (plain(said('{"word": "a?b"}').body.replace(b"?", b"\xff\xfe")), UNREADABLE),
    "10 MB body": (said(LONG), OVERLONG),
    "10 MB stream": (streamed(LONG), OVERLONG),
    "10 MB line": (Reply(chunks=[b"data: " + b"x" * 10_000_000]), OVERLONG),
    "10 MB of comments": (Reply(chunks=[b": nothing\n" * 1000] * 1000), OVERLONG),
    "1 GB of gzip": (plain(bomb(), content_encoding="gzip"), OVERLONG),
    "huge number in the body": (
        plain(said("no object").body.replace(b'"created": 0', b'"created": ' + b"9" * 10_000)),
        UNREADABLE,
    ),
    "100,000 fields": (said(json.dumps({f"f{n}": 1 for n in range(20_000)})), UNREADABLE),
}


def items():
    return [Item(str(number)) for number in range(8)]


def ask_all(server, folder):
    with Ledger.open(folder / "ledger.sqlite", run="r") as ledger:
        return list(ask(WordRole(), items(), teacher=server.teacher(), ledger=ledger))


@pytest.mark.parametrize("name", CASES)
def test_a_bad_answer_costs_one_item_and_is_recorded(name, tmp_path):
    reply, reason = CASES[name]
    with BadServer(reply) as server:
        outcomes = ask_all(server, tmp_path)
        asked = len(server.bodies)
        rejected = [outcome for outcome in outcomes if isinstance(outcome, Rejection)]
        assert [(rejection.id, rejection.reason) for rejection in rejected] == [(BAD, reason)]
        assert sum(isinstance(outcome, Answered) for outcome in outcomes) == 7
        if reason != "no_answer":
            assert asked <= 9  # eight questions, and one repair turn
            again = ask_all(server, tmp_path)
            assert len(server.bodies) == asked, "it was paid for"
            assert [rejection.reason for rejection in again if isinstance(rejection, Rejection)] == [reason]
    assert_all_can_be_kept(rejected, tmp_path)


def assert_all_can_be_kept(rejected, folder):
    """Tables of rejections and replay files hold what the server sent, and give it back."""
    write_table(folder / "rejected.parquet", rejected, Rejection, key="k")
    assert len(list(read_table(folder / "rejected.parquet", Rejection))) == 1
    with Ledger.open(folder / "ledger.sqlite", run="r") as ledger:
        entries = list(ledger.entries())
        [spend] = ledger.spend()
    assert spend.unusable == sum(entry.call.status != "ok" for entry in entries) > 0
    write_replay(folder / "replay.jsonl", entries, run="r")
    assert [entry.call for entry in read_replay(folder / "replay.jsonl")] == [entry.call for entry in entries]


def test_an_answer_is_in_the_ledger_before_it_is_read(tmp_path, monkeypatch):
    def die(*arguments, **options):
        raise MemoryError("the parser")

    with BadServer(said('{"word": "fine"}')) as server:
        with monkeypatch.context() as patch:
            patch.setattr("tutelage.teachers.calling.exchange.parse_answer", die)
            with pytest.raises(MemoryError):
                ask_all(server, tmp_path)
        asked = len(server.bodies)
        outcomes = ask_all(server, tmp_path)
        first = [body["messages"][0]["content"] for body in server.bodies[:asked]]
        again = [body["messages"][0]["content"] for body in server.bodies[asked:]]
    assert all(isinstance(outcome, Answered) for outcome in outcomes)
    assert not set(first) & set(again)


@pytest.mark.parametrize("status", [200, 500])
def test_errors_and_packings_beyond_measure_are_failures_of_one_item(status, tmp_path):
    """An error of a gigabyte is read as far as its first words; a packing that was not asked for is not unpacked."""
    packing = "gzip" if status == 500 else "br"
    reply = Reply(status=status, body=bomb(), headers={"content-encoding": packing})
    with BadServer(reply) as server:
        outcomes = ask_all(server, tmp_path)
    [rejected] = [outcome for outcome in outcomes if isinstance(outcome, Rejection)]
    assert (rejected.id, rejected.reason) == (BAD, "no_answer")
    assert len(rejected.raw) < 1000


def test_a_packed_answer_is_read(tmp_path):
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    packed = packer.compress(said('{"word": "packed"}').body) + packer.flush()
    with BadServer(plain(packed, content_encoding="gzip")) as server:
        outcomes = ask_all(server, tmp_path)
    assert {outcome.answer.word for outcome in outcomes} == {"good", "packed"}


def test_a_repair_turn_shows_a_long_answer_in_part(tmp_path):
    with BadServer(said("no JSON " * 10_000)) as server:
        ask_all(server, tmp_path)
    [repair] = [body for body in server.bodies if len(body["messages"]) > 1]
    assert len(repair["messages"][1]["content"]) <= KEPT_CHARACTERS + 2


def test_pairs_of_surrogates_in_two_events_are_one_character(tmp_path):
    halves = [json.dumps(part)[1:-1] for part in ('{"word": "\ud83d', '\ude00"}')]
    chunks = [b'data: {"choices": [{"index": 0, "delta": {"content": "%b"}}]}\n\n' % half.encode() for half in halves]
    with BadServer(Reply(chunks=[*chunks, b"data: [DONE]\n\n"])) as server:
        outcomes = ask_all(server, tmp_path)
    assert "😀" in {outcome.answer.word for outcome in outcomes}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\x00b", "a\ufffdb"),
        ("\ud83d\ude00", "😀"),
        ("é\ud800", "é\ufffd"),
        ("\udc00é", "\ufffdé"),
        ("plain é", "plain é"),
    ],
)
def test_text_can_be_kept_anywhere(text, kept):
    assert clean(text) == kept
    assert clean(text).encode()


@pytest.mark.parametrize("opening", ["{", "[", '{"a":', '{"a":[', '"', "{}", "[{", "```json {", '{"a": "\\'])
def test_parsing_is_bounded_and_raises_nothing(opening):
    text = (opening * MOST_CHARACTERS)[:MOST_CHARACTERS]
    for one in (text, text[:60_000], text[:400], text[:20_000] + "}" * 20_000):
        assert parse_answer(one, schema=Word).value is None


def test_small_slips_are_still_forgiven():
    for text in (
        '{"word": "a",}',
        "Sure! ```json\n{'word': 'a'}\n``` Done.",
        '{"word": "a"',
        '{"word": "a {0} {1}"} }',
    ):
        assert parse_answer(text, schema=Word).value is not None


def line(key, completion):
    return json.dumps({"custom_id": key, "response": {"status_code": 200, "body": completion}}, ensure_ascii=False)


def test_lines_of_a_batch_are_held_to_the_same():
    deep = '{"custom_id": "deep", "response": {"status_code": 200, "body": ' + "[" * 100_000
    texts = {"good": '{"word": "a\u2028b"}', "long": "x" * 1_000_000, "nul": '{"word": "a\x00"}'}
    file = "\n".join([deep, *(line(key, Completion("m", text).as_json()) for key, text in texts.items())])
    request = ChatRequest("m", (Message("user", "q"),), 0.0, 50)
    answers = {key: read_line(found, request=request) for key, found in read_lines([file]).items()}
    assert {key: answer.spoiled for key, answer in answers.items()} == {
        "deep": "too_deep",
        "good": "",
        "long": "overlong",
        "nul": "",
    }
    assert answers["good"].text == texts["good"]
    assert parse_answer(answers["nul"].text, schema=Word).value is None


@pytest.mark.parametrize("status", ["400", None, [1], 10**400])
def test_a_status_that_is_none_is_a_failure(status):
    request = ChatRequest("m", (Message("user", "q"),), 0.0, 50)
    assert read_line({"response": {"status_code": status, "body": {}}}, request=request).kind == "server_error"


def test_batch_mode_rejects_one_item(tmp_path):
    def say(messages):
        return "{" * 100_000 if messages[0]["content"] == BAD else '{"word": "good"}'

    with ScriptedLlm(say) as llm, Ledger.open(tmp_path / "l", run="r") as ledger:
        teacher = llm.teacher(batch=True, batch_folder=str(tmp_path / "b"), batch_poll_seconds=0.02)
        outcomes = list(ask(WordRole(), items(), teacher=teacher, ledger=ledger))
    assert [one.reason for one in outcomes if isinstance(one, Rejection)] == [UNREADABLE]
