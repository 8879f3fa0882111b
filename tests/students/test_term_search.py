"""Terms kept at decoding: by an engine that is scripted, and by a real student in CTranslate2."""

from dataclasses import replace

import pytest

from tiny_students import make_tiny
from tutelage.core.decoding import Decoding
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.keeping import TermKeeping
from tutelage.core.glossary.terms import Term
from tutelage.core.languages import Direction
from tutelage.core.protection.comparison import spans_kept
from tutelage.core.protocols import Alignment, Scored, StudentInput
from tutelage.students.engines.ctranslate2_engine import CTranslate2Engine
from tutelage.students.engines.opening import open_engine
from tutelage.students.engines.term_search import BEAMS, MOST_PLACES, TermSearchEngine, beginnings
from tutelage.students.naming import open_student
from tutelage.students.student_folder import read_student

EN_PT = Direction("en", "pt-BR")
GLOSSARY = Glossary.of(
    [Term("folder", "diretório"), Term("folder", "pasta", forbidden=True), Term("screen", "monitor")], EN_PT
)
GREEDY = Decoding()


class Scripted:
    """Translates by a table; goes on with `…`, and finds what it is given less likely the longer it is."""

    signature = "scripted"

    def __init__(self, outputs, several=()):
        self.outputs, self.several, self.asked = outputs, several, []

    def translate(self, sources, *, decoding):
        for source in sources:
            self.asked.append(source)
            yield self.outputs.get(source, "?")

    def translate_several(self, sources, *, decoding):
        for _ in sources:
            assert decoding.outputs == decoding.beam_size == BEAMS
            yield tuple(self.several)

    def go_on(self, sources, beginnings, *, decoding):
        return [f"{beginning} …" for beginning in beginnings]

    def score(self, sources, texts, *, decoding):
        return [-float(len(text)) for text in texts]


def search(engine, way):
    return TermSearchEngine(engine, TermKeeping(GLOSSARY, way), search=engine)


def test_what_keeps_the_glossary_is_not_touched():
    engine = Scripted({"Open the folder": "Abra o diretório", "Hi": "Oi"})
    keeping = search(engine, "force")
    assert list(keeping.translate(["Open the folder", "Hi"], decoding=GREEDY)) == ["Abra o diretório", "Oi"]
    assert engine.asked == ["Open the folder", "Hi"]


def test_the_likeliest_hypothesis_that_breaks_it_least_is_taken():
    engine = Scripted({"Open the folder": "Abra a pasta"}, ["Abra isto", "Abra os diretórios", "O diretório"])
    assert list(search(engine, "rerank").translate(["Open the folder"], decoding=GREEDY)) == ["Abra os diretórios"]
    tally = search(engine, "rerank")._keeping.tally
    assert (tally.lacking, tally.mended) == (0, 0)


def test_a_missing_term_is_forced_into_the_likeliest_place():
    engine = Scripted({"Clean the screen now": "Limpe a tela agora"})
    keeping = search(engine, "force")
    assert list(keeping.translate(["Clean the screen now"], decoding=GREEDY)) == ["Monitor …"]
    assert (keeping._keeping.tally.lacking, keeping._keeping.tally.mended) == (1, 1)


def test_the_target_in_the_terms_place_is_tried_too():
    engine = Scripted({"Clean the screen": "Limpe", "Clean the monitor": "O monitor", "Clean the X1X": "X1X"})
    engine.go_on = lambda sources, given, *, decoding: ["nothing"] * len(given)
    assert list(search(engine, "force").translate(["Clean the screen"], decoding=GREEDY)) == ["monitor"]


def test_an_engine_without_beginnings_reranks_and_says_so():
    engine = Scripted({"Open the folder": "Abra a pasta"}, ["Abra o diretório"])
    keeping = TermSearchEngine(engine, TermKeeping(GLOSSARY, "force"), search=None)
    assert list(keeping.translate(["Open the folder"], decoding=GREEDY)) == ["Abra o diretório"]
    assert keeping.signature != search(engine, "force").signature
    assert GLOSSARY.key in keeping.signature


def test_what_is_not_mended_keeps_what_is_told_of_it():
    alignment = Alignment((), (), ())
    engine = Scripted({"Clean the screen": "Limpe a tela", "Hi": "Oi"})
    engine.translate_stretches = lambda stretches, *, decoding, scored: (
        (Scored(engine.outputs[one.text], -0.5, alignment),) for one in stretches
    )
    stretches = [StudentInput("Clean the screen", aligned=True), StudentInput("Hi", aligned=True)]
    told = list(search(engine, "force").translate_stretches(stretches, decoding=GREEDY, scored=True))
    assert told == [(Scored("Monitor …"),), (Scored("Oi", -0.5, alignment),)]


def test_tags_are_placed_beside_terms():
    student = open_student("embedded:en-pt", direction=EN_PT, terms=TermKeeping(GLOSSARY, "force"))
    text = "Open the <b>window</b> of the folder."
    (output,) = student.translate([text], decoding=GREEDY)
    assert spans_kept(text, output) and "diretório" in output


def test_samples_stay_as_they_are():
    engine = Scripted({"Open the folder": "Abra a pasta"})
    drawn = replace(GREEDY, sampling_temperature=1.0)
    assert list(search(engine, "force").translate(["Open the folder"], decoding=drawn)) == ["Abra a pasta"]


def test_beginnings_are_those_of_words():
    (missing,) = GLOSSARY.occurrences("screen")
    assert list(beginnings("Limpe a tela", missing)) == ["Monitor", "Limpe monitor", "Limpe a monitor"]
    assert list(beginnings("", missing)) == ["monitor"]
    assert len(list(beginnings("a " * 400, missing))) <= MOST_PLACES


@pytest.mark.parametrize("kind", ["marian", "nllb"])
def test_a_real_student_goes_on_from_a_beginning_and_rates_texts(kind, tmp_path):
    make_tiny(kind, tmp_path / "student")
    student = read_student(tmp_path / "student", direction=EN_PT)
    engine = CTranslate2Engine(student, cache=tmp_path / "cache")
    sources, short = ["open the file", "hello"], Decoding(max_target_tokens=12)
    greedy = list(engine.translate(sources, decoding=short))
    went_on = engine.go_on(sources, ["the tea", "a name"], decoding=short)
    assert went_on[0].startswith("the tea") and went_on[1].startswith("a name")
    assert engine.go_on(sources, ["", ""], decoding=short) == greedy
    likely = engine.score(sources, went_on, decoding=short)
    assert all(one < 0 for one in likely)
    assert likely == pytest.approx(engine.score(sources, went_on, decoding=Decoding(batch_tokens=8)), abs=1e-3)
    twice = engine.score(sources, [f"{one} {one}" for one in went_on], decoding=short)
    assert all(one > other for one, other in zip(likely, twice, strict=True))


def test_an_opened_student_is_signed_by_what_it_keeps(tmp_path):
    make_tiny("marian", tmp_path / "student")
    student = read_student(tmp_path / "student", direction=EN_PT)
    signatures = {
        open_engine(student, cache=tmp_path / "cache", terms=terms).signature
        for terms in (None, *(TermKeeping(GLOSSARY, way) for way in ("rerank", "force", "fill")))
    }
    assert len(signatures) == 4
    off = open_engine(student, cache=tmp_path / "cache", terms=TermKeeping(GLOSSARY, "off"))
    assert off.signature == open_engine(student, cache=tmp_path / "cache").signature
