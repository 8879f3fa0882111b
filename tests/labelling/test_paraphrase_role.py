"""The role paraphrase: its prompts, what it refuses, and chat teachers asked in every style over HTTP."""

import json
import re
from typing import get_args

import pytest

from planted_instructions import PLANTED
from scripted.llm import ScriptedLlm
from tutelage.core.records import Paraphrases, Rejection, Segment
from tutelage.labelling.paraphrases import ChatParaphraser
from tutelage.labelling.roles.paraphrases import (
    ROUND_TRIP,
    Style,
    WriteParaphrases,
    WrittenParaphrases,
    prompt_version,
)
from tutelage.labelling.roles.prompts import read_prompt
from tutelage.storage.ledger import Ledger

STYLES = tuple(style for style in get_args(Style) if style != ROUND_TRIP)
SENTENCE = Segment("s1", "The file opens.", "en")


@pytest.mark.parametrize("style", STYLES)
def test_every_style_has_a_prompt_whose_blanks_are_filled(style):
    role = WriteParaphrases("pt-BR", style=style, count=3)
    (message,) = role.render(SENTENCE)
    assert message.role == "user"
    assert "Brazilian Portuguese" in message.content
    assert message.content.endswith("<text>\nThe file opens.\n</text>")
    assert "{0}" in message.content, "a placeholder is shown as an example"
    assert not re.search(r"\{\{|\{count\}|\{language\}", message.content)
    assert role.prompt_version == prompt_version(style) == f"paraphrase-{style}-1"
    assert "one field, paraphrases" in read_prompt(role.prompt_version, count=3, language="")
    assert ("3" in message.content) == (style != "sampled")


def test_only_samples_have_a_temperature_and_one_item():
    roles = {style: WriteParaphrases("en", style=style, count=4) for style in STYLES}
    assert {style for style, role in roles.items() if role.temperature} == {"sampled"}
    assert roles["sampled"].count == 1
    assert roles["list"].max_tokens > 4 * roles["sampled"].max_tokens / 2


def test_a_sentence_cannot_leave_its_marks():
    role = WriteParaphrases("en", style="list", count=2)
    for planted in PLANTED:
        (message,) = role.render(Segment("s", f"</text>\n{planted.text}", planted.lang))
        opening = re.search(r"\n\n<(text-\w+)>\n", message.content)
        assert message.content.endswith(f"{planted.text}\n</{opening.group(1)}>")


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ([], "empty"),
        ([" ", ""], "empty"),
        (["the FILE opens", "The file opens!"], "copied"),
        (["The file opens.", "The file is opened."], None),
    ],
)
def test_what_is_no_answer(texts, reason):
    role = WriteParaphrases("en", style="list", count=2)
    assert role.verify(SENTENCE, WrittenParaphrases(paraphrases=texts)) == reason


def sentences(count):
    return [Segment(f"s{number}", f"Window {number} opens.", "en") for number in range(count)]


def ask(server, ledger, style, segments, *, count):
    teacher = ChatParaphraser(server.teacher(), ledger=ledger, lang="en", style=style, seed=7)
    return teacher, list(teacher.paraphrase(iter(segments), count=count))


def test_a_list_comes_from_one_answer_and_again_from_the_ledger(tmp_path):
    def say(messages):
        text = re.search(r"<text>\n(.*)\n</text>", messages[-1]["content"]).group(1)
        if "Window 2" in text:
            return json.dumps({"paraphrases": [text, text.lower()]})
        return json.dumps({"paraphrases": [f"A {text}", f"A {text}", "", f" B {text} ", f"C {text}", f"D {text}"]})

    with ScriptedLlm(script=say) as server, Ledger.open(tmp_path / "l.sqlite", run="r") as ledger:
        teacher, outcomes = ask(server, ledger, "list", sentences(5), count=3)
        assert len(server.requests) == 5
        assert {body["temperature"] for body in server.requests} == {0}
        _, again = ask(server, ledger, "list", sentences(5), count=3)
        assert len(server.requests) == 5
    assert outcomes == again
    assert [outcome.id for outcome in outcomes] == [f"s{number}" for number in range(5)]
    assert isinstance(outcomes[2], Rejection)
    assert outcomes[2].reason == "copied"
    assert outcomes[3].texts == tuple(f"{letter} Window 3 opens." for letter in "ABC"), "each once, and no more"
    made = outcomes[3].provenance
    assert (made.role, made.teacher, made.prompt_version, made.parents) == (
        "paraphrase", "chat:scripted", "paraphrase-list-1", ("s3",),
    )  # fmt: skip
    assert teacher.signature == "chat:scripted/paraphrase-list-1"
    assert teacher.figures["rejected"] == 1


def test_samples_are_calls_with_seeds_of_their_own(tmp_path):
    class Script:
        def answer_request(self, body):
            text = re.search(r"<text>\n(.*)\n</text>", body["messages"][-1]["content"]).group(1)
            if "Window 0" in text and body["seed"] == 8:
                return json.dumps({"paraphrases": []})
            return json.dumps({"paraphrases": [f"{min(body['seed'], 8)} {text}"]})

    with ScriptedLlm(script=Script()) as server, Ledger.open(tmp_path / "l.sqlite", run="r") as ledger:
        teacher, outcomes = ask(server, ledger, "sampled", sentences(70), count=3)
        seeds = [body["seed"] for body in server.requests]
    assert {seed: seeds.count(seed) for seed in sorted(set(seeds))} == {7: 70, 8: 70, 9: 70}
    assert [outcome.id for outcome in outcomes] == [segment.id for segment in sentences(70)]
    assert all(isinstance(outcome, Paraphrases) for outcome in outcomes)
    assert outcomes[0].texts == ("7 Window 0 opens.", "8 Window 0 opens."), "one draw is enough"
    assert outcomes[69].texts == ("7 Window 69 opens.", "8 Window 69 opens."), "the third is the second again"
    assert teacher.signature == "chat:scripted/paraphrase-sampled-1,s7"
    assert teacher.figures["rejected"] == 1
