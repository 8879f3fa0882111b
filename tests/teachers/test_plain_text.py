"""Answers in plain text: what is around the text is taken off, and the server is told no schema."""

from dataclasses import replace

import pytest

from echo_role import Item
from scripted.llm import ScriptedLlm
from tutelage.core.records import Rejection
from tutelage.storage.ledger import Ledger
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.calling.parsing import parse_answer
from tutelage.teachers.messages import Message
from tutelage.teachers.plain_text import PlainText, between_space_of, written_for


class PlainRole:
    name, prompt_version, schema, temperature, max_tokens = "plain", "plain-1", PlainText, 0.0, 50

    def render(self, item):
        return [Message("user", item.text)]

    def verify(self, item, answer):
        return "forbidden" if answer.text == "bad" else None


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Abra o menu.", "Abra o menu."),
        ("  Abra o menu.\n", "Abra o menu."),
        ("```\nAbra o menu.\n```", "Abra o menu."),
        ("```text\nAbra\no menu.\n```", "Abra\no menu."),
        ("<translation>\nAbra o menu.\n</translation>", "Abra o menu."),
        ("<think>Open is abra.</think>\nAbra o menu.", "Abra o menu."),
        ("Open is abra.</think>Abra {0}.", "Abra {0}."),
        ("<b>Abra</b> o menu", "<b>Abra</b> o menu"),
        ('{"translation": "Abra"}', '{"translation": "Abra"}'),
    ],
)
def test_what_is_around_the_text_is_taken_off(answer, text):
    assert parse_answer(answer, schema=PlainText).value.text == text


@pytest.mark.parametrize("answer", ["", " \n", "<think>Open is", "```\n\n```", "caf\ufffd"])
def test_an_answer_without_text_is_none(answer):
    assert parse_answer(answer, schema=PlainText).value is None


def test_a_text_that_was_cut_off_is_not_taken():
    parsed = parse_answer("Abra o", schema=PlainText, truncated=True)
    assert parsed.value is None
    assert "cut off" in parsed.problem


@pytest.mark.parametrize(
    ("source", "answer", "text"),
    [
        ("Open it.", "Here is the translation:\nAbra.", "Abra."),
        ("Options:\n-a", "Opções:\n-a", "Opções:\n-a"),
        ("Open it.", "Abra.\n\nNote: nothing else was changed.", "Abra."),
        ("One.\n\nTwo.", "Um.\n\nDois.", "Um.\n\nDois."),
        ("Open it.", '"Abra."', "Abra."),
        ('"Open it."', '"Abra."', '"Abra."'),
        ("Open:", "Abra:", "Abra:"),
        ("Open the file:", "Abra o arquivo:\n", "Abra o arquivo:"),
    ],
)
def test_only_what_stands_for_the_source_is_kept(source, answer, text):
    assert written_for(source, answer) == text


def test_outer_space_is_that_of_the_source():
    assert between_space_of("  Open\n", "\tAbra ") == "  Abra\n"
    assert between_space_of("", "Abra") == "Abra"


def test_no_schema_is_told_and_the_repair_asks_for_text(tmp_path):
    def script(messages):
        return "" if len(messages) == 1 and messages[0]["content"] == "w1" else messages[0]["content"].replace("w", "W")

    with ScriptedLlm(script=script) as llm, Ledger.open(tmp_path / "l.sqlite", run="r") as ledger:
        texts = [Item("0", "w0"), Item("1", "w1"), Item("2", "<think>")]
        outcomes = list(ask(PlainRole(), texts, teacher=llm.teacher(), ledger=ledger, ordered=True))
        assert [one.answer.text for one in outcomes[:2]] == ["W0", "W1"]
        assert isinstance(outcomes[2], Rejection)
        assert outcomes[2].reason == "unreadable_answer"
        assert not any("response_format" in body for body in llm.requests)
        told = [turn["content"] for body in llm.requests for turn in body["messages"] if len(body["messages"]) > 1]
        assert any("with the text and nothing else" in one for one in told)
        assert not any("JSON" in one for one in told)


def test_what_answers_have_taken_is_told_whether_or_not_they_were_asked_now(tmp_path):
    with ScriptedLlm(script=lambda messages: "yes") as llm, Ledger.open(tmp_path / "l.sqlite", run="r") as ledger:
        used = []
        for _ in range(2):
            asking = ask(PlainRole(), [Item("0", "w0"), Item("1", "w1")], teacher=llm.teacher(), ledger=ledger)
            assert len(list(asking)) == 2
            used.append(replace(asking.tally))
    first, again = used
    assert first.calls == 2
    assert (again.calls, again.tokens, again.reused) == (0, 0, 2)
    assert (again.input_tokens, again.output_tokens) == (first.input_tokens, first.output_tokens)
    assert first.input_tokens + first.output_tokens == first.tokens > 0
