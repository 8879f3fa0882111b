"""Live translation: answers of a real server are timed and scored; segments are taken evenly."""

import json

import pytest

from benchmarks.teachers.live_translation import Translated, read_material, table, translate
from scripted.llm import ScriptedLlm
from tutelage.storage.ledger import Ledger

FIRST = read_material(None, segments=3)[0]


def answer_first(messages):
    """The first sentence alone is translated, whatever stands around it; the others get no JSON."""
    asked = messages[-1]["content"]
    return json.dumps({"translation": "Uma frase curta em português."}) if FIRST.source.text in asked else "no"


def test_translations_are_kept_counted_and_timed(tmp_path):
    pairs = read_material(None, segments=3)
    with ScriptedLlm(answer_first) as llm, Ledger.open(tmp_path / "l") as ledger:
        found = translate(pairs, teacher=llm.teacher(), ledger=ledger)
    assert found.translations == {FIRST.id: "Uma frase curta em português."}
    assert found.reasons == {"unreadable_answer": 2}
    assert found.calls >= 3 and found.output_tokens > 0
    assert 0 < found.longest_silence <= found.seconds


def test_the_table_by_hand():
    pairs = read_material(None, segments=4)
    assert len({pair.id for pair in pairs}) == 4
    right = {pair.id: pair.target.text for pair in pairs[:3]}
    found = Translated(30.0, 9.6, calls=5, asked_again=2, input_tokens=1200, output_tokens=90, translations=right)
    found.reasons["unreadable_answer"] = 1
    assert table(found, pairs).splitlines()[-1] == (
        "| 4 | 3 | 100.0 | 5 | 1,200 | 90 | 3.0 | 8.0 | 10 s | 2 | unreadable_answer 1 |"
    )


@pytest.mark.parametrize("segments", [7, 240, 500])
def test_no_more_segments_than_there_are(segments):
    assert len(read_material(None, segments=segments)) == min(segments, 240)
