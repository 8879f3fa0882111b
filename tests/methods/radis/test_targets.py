"""The targets of the baselines: conversations that are mixed in, and references in the student's own words."""

import json

import pytest

from made_stages import make_table
from tutelage.core.errors import CorpusError
from tutelage.core.languages import Direction
from tutelage.core.recipe import FilterSettings
from tutelage.core.records import Example, Hypothesis, Pair, Segment
from tutelage.core.stage import Work
from tutelage.corpora.filters import TextFilter
from tutelage.corpora.language_id import LangidIdentifier
from tutelage.methods.radis.conversations import Conversations, read_conversations
from tutelage.methods.radis.examples import ExamplesInputs, make_examples
from tutelage.methods.radis.rewriting import Rewriting, find_rewriting_fault, rewriting_prompt
from tutelage.methods.radis.settings import InstructionSettings, RewritingSettings
from tutelage.storage.stages import StageFolder

EN_PT = Direction("en", "pt-BR")
SOURCE = "Open the new file {name} with the old program on the server."
REFERENCE = "Abra o arquivo novo {name} com o programa velho no servidor."


def chat(number):
    turns = [("system", "Be brief."), ("user", f"Question {number}?"), ("assistant", f" Answer {number}. ")]
    return {"id": number, "messages": [{"role": role, "content": content, "name": "x"} for role, content in turns]}


def write_lines(path, rows):
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), "utf-8")
    return str(path)


def test_the_last_turn_is_learned_and_the_others_are_read(tmp_path):
    (one, two) = read_conversations(write_lines(tmp_path / "chats.jsonl", [chat(1), "", chat(2)]))
    assert one.messages == (("system", "Be brief."), ("user", "Question 1?"))
    assert (one.target, one.source, one.kind, one.task) == ("Answer 1.", "", "instruction", "chat")
    assert two.provenance.origin.endswith("chats.jsonl:3")
    assert one.id != two.id


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON|expecting|Expecting"),
        ('{"text": "x"}', "messages: field required"),
        ('{"messages": [{"role": "user", "content": "x"}]}', "must end with a turn of the assistant"),
        ('{"messages": [{"role": "assistant", "content": "x"}]}', "must end with a turn of the assistant"),
        ('{"messages": [{"role": "bot", "content": "x"}]}', "messages.0.role"),
        ("[1]", "this is no conversation"),
    ],
)
def test_a_line_that_is_no_conversation_is_told_with_its_place(tmp_path, line, reason):
    path = write_lines(tmp_path / "chats.jsonl", [chat(1), line])
    with pytest.raises(CorpusError, match=rf"chats\.jsonl:2: .*({reason})"):
        list(read_conversations(path))


def test_the_share_is_one_of_the_training_examples(tmp_path):
    path = write_lines(tmp_path / "chats.jsonl", [chat(n) for n in range(50)])
    drawn = Conversations(InstructionSettings(path=path, share=0.25)).draw(pairs=30, seed=1)
    assert len(drawn) == 10  # 10 of 40
    assert drawn == Conversations(InstructionSettings(path=path, share=0.25)).draw(pairs=30, seed=1)
    assert drawn != Conversations(InstructionSettings(path=path, share=0.25)).draw(pairs=30, seed=2)
    assert len(Conversations(InstructionSettings(path=path, share=0.9)).draw(pairs=30, seed=1)) == 50


def test_the_share_is_one_of_what_the_filters_left(tmp_path):
    path = write_lines(tmp_path / "chats.jsonl", [chat(n) for n in range(50)])
    made = StageFolder(tmp_path, lambda _name, _facts: None)
    names = [f"file{number}" for number in range(30)]
    pairs = [
        Pair(Segment(name, SOURCE.format(name=name), "en"), Segment(name, REFERENCE.format(name=name), "pt-BR"))
        for name in names
    ]
    written = [
        Hypothesis(pair.source, pair.target.text if number < 12 else pair.source.text, student="s")
        for number, pair in enumerate(pairs)
    ]
    inputs = ExamplesInputs(
        pairs=make_table(made, "pairs", Pair, key="k", produce=lambda: iter(pairs)),
        hypotheses=make_table(made, "hypotheses", Hypothesis, key="k", produce=lambda: iter(written)),
        rewritings=None,
        rewriting=RewritingSettings(),
        filters=TextFilter(FilterSettings(), LangidIdentifier()),
        identifier=None,
        direction=EN_PT,
        conversations=Conversations(InstructionSettings(path=path, share=0.25)),
        seed=1,
    )
    kinds = [one.kind for one in make_examples(inputs, Work()) if isinstance(one, Example)]
    assert (kinds.count("self-distilled"), kinds.count("instruction")) == (12, 4)


def test_changed_conversations_have_another_key(tmp_path):
    settings = InstructionSettings(path=write_lines(tmp_path / "chats.jsonl", [chat(1)]))
    before = Conversations(settings).key
    write_lines(tmp_path / "chats.jsonl", [chat(1), chat(2)])
    assert before != Conversations(settings).key


@pytest.mark.parametrize(
    ("text", "finished", "fault"),
    [
        (REFERENCE, True, None),
        ("Com o programa velho, abra o arquivo novo {name} no servidor.", True, None),
        (REFERENCE, False, "cut"),
        ("", True, "empty"),
        (SOURCE, True, "copied"),
        ("Abra o arquivo novo com o programa velho no servidor.", True, "placeholders_lost"),
        ("{name} " + "muito " * 60, True, "length_ratio"),
        ("You should open a new file called {name} and do so with that program", True, "wrong_language"),
        ("{name} foi visto na praia durante toda a semana passada por eles", True, "disagrees"),
    ],
)
def test_a_rewriting_that_fails_a_check_is_told_by_its_reason(text, finished, fault):
    pair = Pair(Segment("1", SOURCE, "en"), Segment("1", REFERENCE, "pt-BR"))
    found = find_rewriting_fault(
        Rewriting("1", text, finished, "student"),
        pair,
        direction=EN_PT,
        settings=RewritingSettings(min_agreement=0.4),
        identifier=LangidIdentifier(),
    )
    assert found == fault


def test_the_student_is_shown_instruction_source_and_reference():
    pair = Pair(Segment("1", SOURCE, "en"), Segment("1", REFERENCE, "pt-BR"))
    prompt = rewriting_prompt(pair, direction=EN_PT)
    assert all(text in prompt for text in (SOURCE, REFERENCE, "English", "Brazilian Portuguese"))
