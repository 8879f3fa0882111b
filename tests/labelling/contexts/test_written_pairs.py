"""How many pairs a question asks for, and independent samples of one question."""

import json

import pytest

from scripted.llm import ScriptedLlm
from tiny_students import make_tiny_causal
from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction
from tutelage.core.protocols import Silence
from tutelage.core.records import Pair
from tutelage.core.teacher_settings import PatcherSettings
from tutelage.labelling.contexts.written_pairs import APART, Draws, PairWriter, plan_draws
from tutelage.labelling.error_words import ErrorWord
from tutelage.labelling.patcher import read_pairs_at_once, write_pairs_at_once
from tutelage.labelling.roles.contexts import WritePairs
from tutelage.labelling.teachers import Teachers
from tutelage.storage.ledger import Ledger
from whole_runs import make_recipe

WORDS = [ErrorWord(word, f"{word}o", (word,), "", (), word, f"{word}o") for word in ("menu", "file")]


@pytest.mark.parametrize(
    ("drawn", "wanted", "at_once", "draws"),
    [
        ("list", 4, None, Draws(4, 1)),
        ("samples", 4, None, Draws(1, 4)),
        ("auto", 4, None, Draws(4, 1)),
        ("auto", 4, 1, Draws(1, 4)),
        ("auto", 5, 4, Draws(4, 2)),
        ("list", 4, 1, Draws(4, 1)),
    ],
)
def test_a_patcher_is_asked_for_as_many_as_it_was_taught(drawn, wanted, at_once, draws):
    """One that was trained on one pair, by inversion, was asked for a list."""
    assert plan_draws(drawn, wanted=wanted, at_once=at_once) == draws


def test_what_a_patcher_was_taught_stands_beside_it(tmp_path):
    folder = make_tiny_causal(tmp_path / "patcher").origin
    settings = PatcherSettings(model=str(folder))
    assert read_pairs_at_once(settings) == 1
    write_pairs_at_once(folder, 4)
    assert read_pairs_at_once(settings) == 4
    (folder / "patcher.json").write_text('{"pairs_at_once": 0}')
    with pytest.raises(StudentError, match="how many pairs the patcher was taught"):
        read_pairs_at_once(settings)


def test_samples_are_independent_answers_to_the_same_question(tmp_path):
    def say(messages):
        number = len(llm.requests)
        pairs = [{"source": f"Open the sample {number} now.", "target": f"Abra a amostra {number} agora."}]
        return json.dumps({"pairs": pairs})

    with ScriptedLlm(script=say) as llm, Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        teacher = {"kind": "chat", "model": "scripted", "base_url": llm.base_url, "concurrency": 1}
        recipe = make_recipe(
            {
                "name": "x",
                "direction": {"source": "en", "target": "pt-BR"},
                "student": {"model": "student"},
                "teachers": {"llm": teacher},
                "step": [{"method": "sequence_kd"}],
            }
        )
        teachers = Teachers(recipe, ledger)
        role = WritePairs(Direction("en", "pt-BR"), count=1)
        writer = PairWriter(role, teachers.asked("llm"), 7, "paper", samples=3)
        written = list(writer.write(WORDS, analyses=None, stage="contexts", progress=Silence()))
        teachers.close()
    pairs = [item[1] for item in written]
    assert all(isinstance(pair, Pair) for pair in pairs)
    assert [item[0].source for item in written] == ["menu", "file"] * 3
    assert len({pair.source.text for pair in pairs}) == 6
    assert [request["seed"] for request in llm.requests] == [7, 7, 7 + APART, 7 + APART, 7 + 2 * APART, 7 + 2 * APART]
    questions = [json.dumps(request["messages"]) for request in llm.requests]
    assert questions[0] == questions[2] == questions[4] != questions[1]
    assert {request["temperature"] for request in llm.requests} == {1.0}
