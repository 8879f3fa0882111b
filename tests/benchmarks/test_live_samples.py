"""Samples of a live model: what agrees is chosen, compared with the greedy translation, and every call is counted."""

import json

import pytest

from benchmarks.teachers.live_feedback import DIRECTION
from benchmarks.teachers.live_samples import Drawn, SampleTranslation, compare, draw, most_agreed, table
from scripted.llm import ScriptedLlm
from tutelage.core.records import Segment
from tutelage.labelling.roles.translation import TranslateRole
from tutelage.storage.ledger import Ledger

RIGHT, WRONG = "O arquivo foi salvo.", "Nada disso aqui."


@pytest.mark.parametrize(
    ("texts", "place"),
    [
        (["Abra o ficheiro."], 0),
        (["Uma coisa.", "Outra."], 0),
        (["Feche a janela.", "Abra o ficheiro.", "Abra o ficheiro novo."], 1),
        (["Abra o arquivo.", "Abra o arquivo", "Feche tudo já."], 0),
        (["Feche tudo já.", "Abra o arquivo novo agora.", "Abra o arquivo novo.", "Abra o arquivo novo já."], 3),
        (["Abra o arquivo. E mais.", "Abra o arquivo.", "Abra o arquivo."], 1),
    ],
    ids=["one", "two", "the outlier loses", "the first of equals", "most in common", "words too many lose"],
)
def test_the_text_is_kept_that_the_others_agree_with(texts, place):
    assert most_agreed(texts) == place


def test_the_row_of_what_agrees_by_hand():
    references = {"a": RIGHT, "b": RIGHT}
    greedy = Drawn({"a": WRONG, "b": RIGHT}, tokens=20)
    samples = [Drawn({"a": WRONG}, 30), Drawn({"a": RIGHT}, 30), Drawn({"a": RIGHT, "b": RIGHT}, 30)]
    rows = {row.name: row for row in compare(greedy, samples, references)}
    assert list(rows) == ["greedy", "one sample", "agreed of 3", "best of 3"]
    # two of three agree on what is right; "b" has no first sample
    assert rows["agreed of 3"].scores == [100.0, 100.0] and rows["agreed of 3"].tokens == 90
    assert rows["one sample"].scores[1] == 0.0 and rows["one sample"].usable == 1
    wrong = rows["greedy"].scores[0]
    assert 0 <= wrong < 50 and rows["one sample"].scores[0] == wrong
    lines = list(table(list(rows.values()), seed=1))
    gain = (100 - wrong) / 2
    assert lines[4].startswith(f"| agreed of 3 | 3 | 45 | 2 of 2 | 100.0 | +{gain:.1f} (")
    assert lines[2].endswith(f"| {(100 + wrong) / 2:.1f} |  |")


def test_samples_are_asked_of_a_server_each_with_its_seed(tmp_path):
    with ScriptedLlm(lambda _: json.dumps({"translation": RIGHT})) as llm, Ledger.open(tmp_path / "l") as ledger:
        teacher, segments = llm.teacher(), [Segment("a", "The file was saved.", "en")]
        asked = [
            draw(role, segments, teacher=teacher, ledger=ledger, seed=seed)
            for role, seed in ((TranslateRole(DIRECTION), 1), (SampleTranslation(DIRECTION, temperature=0.7), 1),
                               (SampleTranslation(DIRECTION, temperature=0.7), 2))
        ]  # fmt: skip
        again = draw(TranslateRole(DIRECTION), segments, teacher=teacher, ledger=ledger, seed=1)
    assert all(one.texts == {"a": RIGHT} and one.tokens > 0 for one in asked)
    assert again == asked[0]
    assert [request["temperature"] for request in llm.requests] == [0.0, 0.7, 0.7]
