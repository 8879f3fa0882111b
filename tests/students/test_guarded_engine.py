from itertools import islice

import pytest

from tests.support.tiny_students import EN_PT, make_tiny
from tutelage.core.decoding import Decoding
from tutelage.core.protection.masks import TOKENS
from tutelage.core.protection.spans import ALL, Protection
from tutelage.core.protection.translation import Guard
from tutelage.students.engines.guarded import AGAIN, GuardedEngine, guard_of
from tutelage.students.engines.opening import open_engine

FIRST = Guard(ALL, TOKENS)


class Model:
    """An engine that writes in capitals, and loses what is told."""

    signature = "model"

    def __init__(self, *, loses=""):
        self.calls, self._loses = [], loses

    def translate(self, sources, *, decoding):
        self.calls.append([])
        for source in sources:
            self.calls[-1].append(source)
            yield (source.replace(self._loses, "") if self._loses else source).upper()

    def translate_several(self, sources, *, decoding):
        for text in self.translate(sources, decoding=decoding):
            yield tuple(f"{text} {number}" for number in range(decoding.outputs))


def translated(model, texts, guard=FIRST):
    return list(GuardedEngine(model, guard).translate(texts, decoding=Decoding()))


def test_outputs_come_in_the_order_of_the_sources_whatever_was_decoded_again():
    texts = [text for number in range(2 * AGAIN) for text in (f"a{number} word", f"save {{b{number}}} now", "", "%s")]
    model = Model(loses="⟦1⟧ ")
    outputs = translated(model, texts)
    assert outputs[:4] == ["A0 WORD", "SAVE {b0} NOW", "", "%s"]
    assert outputs[1::4] == [f"SAVE {{b{number}}} NOW" for number in range(2 * AGAIN)]
    assert len(model.calls) <= 8


def test_texts_stream():
    taken = []
    texts = (taken.append(number) or f"word {number}" for number in range(100_000))
    outputs = GuardedEngine(Model(), FIRST).translate(texts, decoding=Decoding())
    assert list(islice(outputs, 2)) == ["WORD 0", "WORD 1"] and len(taken) < 10


def test_what_is_lost_is_told_with_each_output():
    engine = GuardedEngine(Model(loses="{a}"), Guard(ALL, masks_first=False))
    texts = ["save {a} now", "save now"]
    whole = list(engine.translate_whole(texts, decoding=Decoding()))
    assert [(one.text, one.lost) for one in whole] == [("SAVE {a} NOW", ()), ("SAVE NOW", ())]


def test_several_outputs_are_each_put_back():
    engine = GuardedEngine(Model(), FIRST)
    texts = ["save {a} now", "", "%s"]
    outputs = list(engine.translate_several(texts, decoding=Decoding(beam_size=2, outputs=2)))
    assert outputs == [("SAVE {a} NOW 0", "SAVE {a} NOW 1"), ("", ""), ("%s", "%s")]


def test_control_words_stand_before_each_piece():
    model = Model()
    assert translated(model, ["<lexical-low> Open it.\nSave {a}."]) == [
        "<LEXICAL-LOW> OPEN IT.\n<LEXICAL-LOW> SAVE {a}."
    ]
    assert model.calls[0] == ["<lexical-low> Open it.", "<lexical-low> Save ⟦1⟧."]


def test_more_can_be_told_of_a_text():
    engine = GuardedEngine(Model(), FIRST)
    c = engine.guarded(Protection(frozenset({"c"})))
    assert c.signature != engine.signature
    assert GuardedEngine(Model(), Guard(None)).guarded(ALL).signature == GuardedEngine(Model(), Guard(None)).signature


@pytest.mark.parametrize("family", ["marian", "m2m", "t5"])
def test_a_real_student_loses_nothing(family, tmp_path):
    student = make_tiny(family, tmp_path / "student")
    engine = open_engine(student, name="transformers", cache=tmp_path)
    texts = ["open the {file} when %s closes\nthe user saves 2024-11-05", "the file " * 200, "{a}"]
    whole = list(engine.translate_whole(texts, decoding=Decoding(max_target_tokens=8)))
    assert not any(one.lost for one in whole)
    assert all(span in whole[0].text for span in ("{file}", "%s", "2024-11-05", "\n")) and whole[2].text == "{a}"
    assert student.direction == EN_PT and not student.masks_first
    assert guard_of(student, ALL).fits("file") and not guard_of(student, ALL).fits("the file " * 1000)
