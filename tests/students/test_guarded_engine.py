from dataclasses import replace
from itertools import islice

import pytest

from tests.support.tiny_students import EN_PT, make_tiny
from tutelage.core.decoding import Decoding
from tutelage.core.protection.comparison import spans_kept
from tutelage.core.protection.masks import TOKENS
from tutelage.core.protection.placement import PLACING, words_of
from tutelage.core.protection.spans import ALL, Protection
from tutelage.core.protection.translation import Guard
from tutelage.core.protocols import Alignment, Scored, StudentInput
from tutelage.students.engines.guarded import AGAIN, GuardedEngine, guard_of
from tutelage.students.engines.opening import open_engine
from tutelage.students.naming import open_student

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


@pytest.mark.parametrize(("instructed", "second"), [(True, "Change few words: Save ⟦1⟧."), (False, "Save ⟦1⟧.")])
def test_an_instruction_stands_before_each_piece_of_what_is_paraphrased(instructed, second):
    model = Model()
    translated(model, ["Change few words: Open it.\nSave {a}."], replace(FIRST, instructed=instructed))
    assert model.calls[0] == ["Change few words: Open it.", second]


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


class Looking(Model):
    """The same, which also tells that each word came from the one at its place."""

    def translate_stretches(self, stretches, *, decoding, scored):
        self.calls.append([])
        for stretch in stretches:
            self.calls[-1].append(stretch)
            spans = words_of(stretch.text).spans
            size = len(spans)
            weights = [[float(row == column) for column in range(size)] for row in range(size)]
            alignment = Alignment(spans, spans, weights) if stretch.aligned else None
            text, score = stretch.text.replace(self._loses, "").upper(), -0.5 if scored else None
            yield (Scored(text, score, alignment),) * decoding.outputs


def test_tags_are_moved_if_the_engine_tells_what_it_looks_at():
    model, guard = Looking(loses="gone"), replace(FIRST, placing=PLACING)
    texts = ["open <b>the {a} file</b> now", "open it", "<b>open</b>", "<i>gone</i> <b>now</b>", "save <b>%s</b>"]
    engine = GuardedEngine(model, guard)
    whole = list(engine.translate_whole(texts, decoding=Decoding(), scored=True))
    assert [one.text for one in whole] == [
        "OPEN <b>THE {a} FILE</b> NOW", "OPEN IT", "<b>OPEN</b>", "<i></i> <b>NOW</b>", "SAVE <b>%s</b>",
    ]  # fmt: skip
    assert model.calls[0] == [
        StudentInput("open the ⟦1⟧ file now", aligned=True), StudentInput("open it"), StudentInput("open"),
        StudentInput("gone now", aligned=True), StudentInput("save ⟦1⟧"),
    ]  # fmt: skip
    assert StudentInput("⟦1⟧ gone ⟦2⟧ ⟦3⟧ now ⟦4⟧") in model.calls[1], "what cannot be placed is asked with masks"
    assert all(one.log_probability == pytest.approx(-0.5) for one in whole), "tags are no tokens"
    assert engine.signature != GuardedEngine(model, FIRST).signature


def test_tags_are_moved_in_each_of_several_outputs():
    engine = GuardedEngine(Looking(), replace(FIRST, placing=PLACING))
    several = engine.translate_several_whole(["open <b>it</b>", "it"], decoding=Decoding(beam_size=2, outputs=2))
    assert [[one.text for one in outputs] for outputs in several] == [["OPEN <b>IT</b>"] * 2, ["IT"] * 2]


def test_control_words_leave_tags_to_masks():
    model = Looking()
    translated(model, ["<lexical-low> open <b>it</b>"], replace(FIRST, placing=PLACING))
    assert model.calls[0] == [StudentInput("<lexical-low> open ⟦1⟧ it ⟦2⟧")]


EMBEDDED = {
    "Open the <b>file</b>.": "Abra o <b>arquivo</b>.",
    "<b>Area is not bounded</b>, cannot fill.": "<b>Área não é limitada</b>, não pode preencher.",
    'Why not <a href="%(url)s">add some</a>?': 'Por que não <a href="%(url)s">adicione alguns</a>?',
    "See [the documentation](http://a.org) for more.": "Veja [a documentação](http://a.org) para mais.",
    "<ul><li>One file</li><li>Two windows</li></ul>": "<ul><li>Um arquivo</li><li>Duas janelas</li></ul>",
}


def test_the_embedded_student_moves_tags_with_their_words():
    engine = open_student("embedded:en-pt", direction=EN_PT)
    whole = list(engine.translate_whole(EMBEDDED, decoding=Decoding()))
    assert {text: one.text for text, one in zip(EMBEDDED, whole, strict=True)} == EMBEDDED
    several = engine.translate_several_whole(EMBEDDED, decoding=Decoding(beam_size=3, outputs=3), scored=True)
    for text, outputs in zip(EMBEDDED, several, strict=True):
        assert all(spans_kept(text, one.text) and not one.lost and one.log_probability < 0 for one in outputs)


def test_how_sure_the_student_was_is_told_of_what_it_wrote_alone():
    engine = open_student("embedded:en-pt", direction=EN_PT)
    texts = ["Open the <b>file</b> now.", "Open the file now."]
    tagged, bare = engine.translate_whole(texts, decoding=Decoding(), scored=True)
    assert tagged.text.replace("<b>", "").replace("</b>", "") == bare.text
    assert tagged.log_probability == pytest.approx(bare.log_probability, abs=1e-4)


SPELLED_IN_BYTES = {
    "Great 🎉!": "Great 🎉!",
    "Thanks to Łukasz Dvořák for the patch.": "Graças a Łukasz Dvořák para o patch.",
    "The file was saved by Müller.": "O arquivo foi salvo por Müller.",
    "Cafe\u0301 is open.": "Café está aberto.",
}


def test_the_embedded_student_keeps_what_it_cannot_spell():
    engine = open_student("embedded:en-pt", direction=EN_PT)
    whole = list(engine.translate_whole(SPELLED_IN_BYTES, decoding=Decoding()))
    assert {text: one.text for text, one in zip(SPELLED_IN_BYTES, whole, strict=True)} == SPELLED_IN_BYTES
    told = engine.guarded(Protection(frameworks=frozenset({"python"})))
    assert list(told.translate(["% d by Müller ✓"], decoding=Decoding())) == ["% d por Müller ✓"]


@pytest.mark.parametrize("family", ["marian", "m2m", "nllb", "mbart", "t5"])
def test_a_vocabulary_without_a_sign_cannot_spell_it(tiny_student, family):
    student = tiny_student(family)
    alphabet = student.alphabet
    assert [*alphabet.find_unspelled("the window 🎉")] == [(11, 12)]
    assert student.protect(None) is None
    assert student.protect(ALL).alphabet is not None
