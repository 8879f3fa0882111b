"""One test set, several systems: joined by id, measured once."""

import pytest
from sacrebleu.metrics import CHRF

from tutelage.core.errors import CorpusError
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.terms import Term
from tutelage.core.languages import Direction
from tutelage.core.protocols import IdentifiedLanguage
from tutelage.core.records import Pair, Segment
from tutelage.evaluation.scoring import Scorer

DIRECTION = Direction("en", "pt-BR")
TEXTS = {
    "a": ("Open the file", "Abra o arquivo"),
    "b": ("Save %s now", "Salve %s agora"),
    "c": ("Restart the kernel", "Reinicie o kernel"),
    "d": ("Close all windows", "Feche todas as janelas"),
}
PAIRS = [Pair(Segment(i, s, "en"), Segment(i, t, "pt-BR")) for i, (s, t) in TEXTS.items()]
BEFORE = {"a": "Abra o arquivo", "b": "Salve agora", "c": "Reinicie a semente", "d": "Feche a janela"}
AFTER = {"d": "Feche todas as janelas", "c": "Reinicie o kernel", "b": "Salve %s agora", "a": "Abra o arquivo"}


class Portuguese:
    signature = "always-pt"

    def identify(self, text, *, among):
        return IdentifiedLanguage("pt", 1.0)

    def knows(self, lang):
        return True

    def label(self, text):
        return "pt" if text != "Feche todas as janelas" else "gl"


def make_scorer(**more):
    settings = {"direction": DIRECTION, "identifier": Portuguese(), "seed": 1, "resamples": 50, **more}
    return Scorer(PAIRS, test="domain", **settings)


def score(outputs, **more):
    scorer = make_scorer(**more)
    return scorer.score(scorer.measure(outputs), system="after", system_signature="student:1")


def test_scores_join_by_id_and_equal_sacrebleu():
    scores = score(BEFORE)
    hypotheses, references = [BEFORE[i] for i in TEXTS], [t for _, t in TEXTS.values()]
    assert scores.score("chrf").value == CHRF().corpus_score(hypotheses, [references]).score
    languages = ["off_target", "off_target_told", "unknown"]
    assert [s.name for s in scores.scores] == ["chrf", "bleu", *languages, "echo", "empty", "placeholders"]
    assert scores.score("off_target").value == 0
    assert scores.score("placeholders").n == 1
    assert (scores.system, scores.test, scores.signature) == ("after", "domain", "student:1")
    assert all(s.low is None or s.low <= s.value <= s.high for s in scores.scores)


def test_order_and_further_outputs_do_not_matter():
    assert score({**dict(reversed(BEFORE.items())), "z": "x"}) == score(BEFORE)


def test_without_identifier_off_target_is_not_measured():
    with pytest.raises(KeyError):
        score(BEFORE, identifier=None).score("off_target")


def test_terms_are_measured_with_a_glossary():
    assert score(BEFORE, glossary=Glossary([Term("kernel", "kernel")])).score("terms").value == 0
    assert score(AFTER, glossary=Glossary([Term("kernel", "kernel")])).score("terms").value == 100


def test_comparison_has_the_scores_of_both():
    scorer = make_scorer()
    comparisons = scorer.compare(scorer.measure(BEFORE), after=scorer.measure(AFTER))
    by_name = {c.name: c for c in comparisons}
    assert by_name["chrf"].before == score(BEFORE).score("chrf").value
    assert by_name["chrf"].after == pytest.approx(100)
    assert by_name["chrf"].difference == by_name["chrf"].after - by_name["chrf"].before
    assert (by_name["placeholders"].before, by_name["placeholders"].after) == (0, 100)
    assert not by_name["off_target"].higher_is_better


def test_a_scorer_keeps_each_judgement():
    judged = make_scorer().measure({**BEFORE, "a": ""}).judged
    assert [one.judgement for one in judged] == ["empty", "on target", "on target", "on target"]


def test_empty_outputs_and_copies_are_measures_of_their_own():
    scores = score({**BEFORE, "a": "", "b": "save %s NOW"})
    assert (scores.score("empty").value, scores.score("echo").value) == (25, 0)  # three words may be copied
    assert scores.score("off_target").value == 25
    long = [Pair(Segment("e", "Click the red button twice", "en"), Segment("e", "Clique duas vezes no botão", "pt-BR"))]
    scorer = Scorer(long * 2, test="domain", direction=DIRECTION, identifier=None, seed=1, resamples=50)
    copied = {one.name: one for one in scorer.measure({"e": "click the red  button twice"}).statistics}
    assert copied["echo"].value == 100 and copied["empty"].value == 0 and not copied["echo"].higher_is_better
    assert "off_target" not in copied


def test_paraphrase_has_no_echo():
    pairs = [Pair(Segment("a", "Open it", "en"), Segment("a", "Open this", "en-GB"))] * 2
    scorer = Scorer(pairs, test="domain", direction=Direction("en", "en"), identifier=None, seed=1)
    assert "echo" not in {one.name for one in scorer.measure({"a": "Open it"}).statistics}


def test_the_references_have_a_floor_of_their_own():
    floor = make_scorer(off_target="paper")
    scores = floor.score(floor.measure_references(), system="reference", system_signature="r")
    assert [(one.name, one.value, one.n) for one in scores.scores] == [("off_target", 25, 4)]
    assert "|mode:paper|lid:always-pt" in scores.scores[0].signature
    without = make_scorer(identifier=None)
    assert without.measure_references().statistics == ()
    assert without.count_languages(without.measure(BEFORE), system="after") == ()


def test_languages_are_counted_for_each_direction():
    pairs = [*PAIRS[:2], Pair(Segment("z", "Offen", "de"), Segment("z", "Aberto", "pt"))]
    scorer = Scorer(pairs, test="zero-shot", direction=DIRECTION, identifier=Portuguese(), seed=1)
    measured = scorer.measure({"a": "", "b": "Salve", "z": "Aberto"})
    english, german = scorer.count_languages(measured, system="after")
    assert (english.source_lang, english.target_lang, english.n, english.target, english.empty) == (
        *("en", "pt-BR"), 2, 1, 1,
    )  # fmt: skip
    assert (german.source_lang, german.n, german.target, german.system, german.test) == (
        *("de", 1, 1), "after", "zero-shot",
    )  # fmt: skip


def test_missing_outputs_are_named():
    with pytest.raises(CorpusError, match=r"no output for 2 of 4 segments: b, d\."):
        score({"a": "", "c": ""})


def test_an_empty_test_set_is_refused():
    with pytest.raises(CorpusError, match="test set 'general'"):
        Scorer([], test="general", direction=DIRECTION, identifier=None, seed=1)
