"""Keys: cleaned of what a clipboard adds, refused before anything is sent, never shown."""

import logging
import re
import sqlite3

import pytest

from echo_role import EchoRole, items, words
from scripted.llm import ScriptedLlm
from scripted.wire import error_reply
from tutelage.core.errors import TeacherError, UsageError
from tutelage.core.records import Rejection
from tutelage.core.secrets import MARK, keep_secret, redact, redact_answer
from tutelage.storage.ledger import Ledger
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.keys import fill_in, read_key, shown_name

KEY = "sk-Test/3c9d51e7+aa=="


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "ledger.sqlite", run="r") as opened:
        yield opened


@pytest.mark.parametrize(
    "around",
    ["{}\n", "{}\r\n", "  {}\t", "\ufeff{}", "{}\u200b", '"{}"', "'{}'\n", "“{}”", "‘{}’", "„{}“", "« {} »", "`{}`"],
)
def test_what_a_clipboard_adds_is_taken_off(monkeypatch, around):
    monkeypatch.setenv("MY_API_KEY", around.format(KEY))
    assert read_key("MY_API_KEY") == KEY


@pytest.mark.parametrize(
    "wrong",
    ["sk-Test 3c9d51e7", "sk-Test\n3c9d51e7", "sk-Test\u20113c9d51e7", "Bearer sk-Test3c9d51e7", "“sk-Test3c9d51e7"],
)
def test_what_no_key_holds_is_refused_before_anything_is_sent(monkeypatch, ledger, wrong):
    monkeypatch.setenv("MY_API_KEY", wrong)
    with ScriptedLlm(lambda messages: "") as llm:
        with pytest.raises(UsageError, match="MY_API_KEY holds a character that no key has, at place") as raised:
            list(ask(EchoRole(), items(1), teacher=llm.teacher(api_key_env="MY_API_KEY"), ledger=ledger))
        assert not llm.received
    assert "3c9d51e7" not in str(raised.value)


@pytest.mark.parametrize(
    "name", [KEY, "AIzaSyD3c9d51e7", "hf_abcdefgh", "0123456789ABCDEF", "A1B2C3D4E5F60718293A4B5C6D7E8F90"]
)
def test_a_key_in_the_place_of_a_name_is_not_shown(monkeypatch, name):
    with pytest.raises(UsageError) as raised:
        read_key(name)
    assert name not in str(raised.value)
    assert "Keys never stand in a recipe" in str(raised.value)
    assert name not in shown_name(name)


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "KEY", "KEY2", "AZURE_KEY_2", "MY_GPT4_KEY", "H100_KEY"])
def test_names_as_people_give_them_are_shown(monkeypatch, name):
    monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError, match=rf"{name} is not set.*export {name}="):
        read_key(name)


def test_values_are_filled_in(monkeypatch):
    monkeypatch.setenv("MY_API_KEY", f"{KEY}\n")
    assert fill_in("Bearer ${MY_API_KEY}") == f"Bearer {KEY}"
    assert fill_in("$5 {x}") == "$5 {x}"
    with pytest.raises(UsageError, match="NO_SUCH_KEY is not set"):
        fill_in("${NO_SUCH_KEY}")


def test_secrets_are_left_out_of_messages_and_of_answers():
    keep_secret("Zq-3c9d51e7/f+0")
    assert redact("zq-3C9D51E7/F+0 and Zq-3c9d51e7%2Ff%2B0") == f"{MARK} and {MARK}"
    assert redact_answer('{"a": "Zq-3c9d51e7/f+0"}') == f'{{"a": "{MARK}"}}'
    keep_secret("not-needed")
    assert redact_answer("it is not-needed") == "it is not-needed"
    keep_secret("ab1")
    assert redact("ab1") == "ab1"


class Echoing(ScriptedLlm):
    """Repeats the key: in errors (`refuses`), or in answers."""

    refuses = 0

    async def _handle(self, request):
        key = request.headers["authorization"].removeprefix("Bearer ")
        if self.refuses:
            return error_reply(self.refuses, f"{'x' * 190} the key {key} is wrong")
        self.script = lambda messages: self.template.replace("KEY", key)
        return await super()._handle(request)


def everything_kept(tmp_path):
    """All that is in the ledger, files and all."""
    connection = sqlite3.connect(tmp_path / "ledger.sqlite")
    dump = "\n".join(connection.iterdump())
    connection.close()
    return dump + "".join(path.read_bytes().decode("latin-1") for path in tmp_path.iterdir() if path.is_file())


@pytest.mark.parametrize("status", [400, 401, 422, 500])
def test_a_key_that_a_server_repeats_in_errors_is_shown_and_kept_nowhere(tmp_path, ledger, monkeypatch, caplog, status):
    monkeypatch.setenv("MY_API_KEY", KEY)
    with Echoing(lambda messages: "") as llm, caplog.at_level(logging.DEBUG):
        llm.refuses = status
        with pytest.raises(TeacherError) as raised:
            list(ask(EchoRole(), items(40), teacher=llm.teacher(api_key_env="MY_API_KEY"), ledger=ledger))
    for kept in (str(raised.value), everything_kept(tmp_path), caplog.text):
        assert not re.search(r"sk-Test|3c9d51e7", kept)


@pytest.mark.parametrize(
    ("template", "reason"),
    [('{"word": "KEY"}', None), ("Your key is KEY.", "unreadable_answer"), (f"KEY {'y' * 300_000}", "overlong_answer")],
)
def test_a_key_that_a_server_repeats_in_answers_is_kept_nowhere(tmp_path, ledger, monkeypatch, template, reason):
    monkeypatch.setenv("MY_API_KEY", KEY)
    with Echoing(lambda messages: "") as llm:
        llm.template = template
        outcomes = list(ask(EchoRole(), items(3), teacher=llm.teacher(api_key_env="MY_API_KEY"), ledger=ledger))
    assert "3c9d51e7" not in everything_kept(tmp_path)
    if reason is None:
        assert set(words(outcomes).values()) == {MARK}
    else:
        assert all(isinstance(one, Rejection) and one.reason == reason and MARK in one.raw for one in outcomes)
