"""Planted errors: corrections restore the reference, each kind does what it says, and the seed decides all."""

import itertools
import random
import re
from collections import Counter

import pytest

from tutelage.core.errors import CorpusError, UsageError
from tutelage.core.glossary.terms import Term
from tutelage.core.protection.spans import find_placeholders
from tutelage.core.records import Pair, Segment
from tutelage.evaluation.planted_errors import PlantingSettings, apply_corrections, plant_errors
from tutelage.evaluation.planting import KINDS

TERMS = (Term("file", "arquivo"), Term("window", "janela"), Term("hard disk", "disco rígido"), Term("user", "usuário"))
SENTENCES = [
    ("Save the file before you close the window.", "Salve o arquivo antes de fechar a janela."),
    ("The hard disk holds %d files of user {name}.", "O disco rígido guarda %d arquivos do usuário {name}."),
    ("Port 8080 is open for 15 users.", "A porta 8080 está aberta para 15 usuários."),
    ("Whoever wants it may take some bread with butter!", "Quem quiser pode levar um pouco de pão com manteiga!"),
    (
        "Version 2.0.13 is <b>newer</b> than yours (see &amp;).",
        "A versão 2.0.13 é <b>mais nova</b> que a sua (veja &amp;).",
    ),
    ("Yes", "Sim"),
    ("", ""),
    ("Over-the-top e-mail isn't good", "E-mail exagerado não é bom, d'água"),
]


def pairs(count):
    texts = (SENTENCES[n % len(SENTENCES)] for n in range(count))
    return [Pair(Segment(f"x:{n}", s, "en"), Segment(f"x:{n}", t, "pt-BR")) for n, (s, t) in enumerate(texts)]


def plant(count=80, **settings):
    return plant_errors(pairs(count), settings=PlantingSettings(**settings), terms=TERMS)


def of_kind(kind):
    return [(text, error.span) for text in plant(share=1.0, kinds=(kind,)) for error in text.errors]


@pytest.mark.parametrize("seed", range(25))
def test_corrections_restore_the_reference(seed):
    for text in plant(share=0.8, max_errors=1 + seed % 4, seed=seed):
        spans = [error.span for error in text.errors]
        random.Random(seed).shuffle(spans)
        assert apply_corrections(text.hypothesis.text, spans) == text.reference
        assert bool(spans) == (text.hypothesis.text != text.reference)
        ordered = sorted(spans, key=lambda span: span.target_start)
        assert all(first.target_end < second.target_start for first, second in itertools.pairwise(ordered))


@pytest.mark.parametrize("seed", range(5))
def test_placeholders_are_left_alone(seed):
    for text in plant(share=1.0, max_errors=3, seed=seed):
        kept = [span.text for span in find_placeholders(text.hypothesis.text)]
        assert kept == [span.text for span in find_placeholders(text.reference)]


def test_half_of_the_texts_get_errors_and_kinds_are_planted_equally():
    texts = [pair for pair in pairs(320) if len(pair.target.text) > 30]
    planted = plant_errors(texts, terms=TERMS)
    assert sum(bool(text.errors) for text in planted) == round(len(texts) / 2)
    counts = Counter(error.kind for text in planted for error in text.errors)
    assert set(counts) == set(KINDS)
    assert max(counts.values()) - min(counts.values()) <= 2


def test_the_seed_decides_all():
    assert plant(seed=3) == plant(seed=3)
    assert [t.hypothesis.text for t in plant(seed=3)] != [t.hypothesis.text for t in plant(seed=4)]
    assert [text.id for text in plant()] == [pair.id for pair in pairs(80)]


def test_nothing_is_planted_where_nothing_is_wanted_or_fits():
    assert all(text.hypothesis.text == text.reference and not text.errors for text in plant(share=0.0))
    short = [text for text in plant(share=1.0, kinds=("omission",)) if len(text.reference) < 4]
    assert short and not any(text.errors for text in short)


def test_a_wrong_term_is_another_of_the_glossary_with_its_source_span():
    targets = {term.target: term.source for term in TERMS}
    for text, span in of_kind("wrong_term"):
        wrong = text.hypothesis.text[span.target_start : span.target_end]
        source = text.hypothesis.segment.text[span.source_start : span.source_end]
        assert targets[span.correction.lower()] == source.lower()
        assert wrong.lower() in targets and wrong.lower() not in text.reference.lower()
        assert span.category == "terminology/wrong-term"
    assert len(of_kind("wrong_term")) == 20


def test_a_number_is_changed_to_one_of_its_length_with_its_source_span():
    found = of_kind("wrong_number")
    assert found
    for text, span in found:
        wrong = text.hypothesis.text[span.target_start : span.target_end]
        assert span.correction in {"8080", "15"}
        assert wrong.isdigit() and len(wrong) == len(span.correction) and wrong != span.correction
        assert text.hypothesis.segment.text[span.source_start : span.source_end] == span.correction


def test_an_omission_has_an_empty_span_and_leaves_single_spaces():
    found = of_kind("omission")
    assert found
    for text, span in found:
        assert span.target_start == span.target_end
        assert "  " not in text.hypothesis.text and text.hypothesis.text.strip() == text.hypothesis.text
        assert len(text.hypothesis.text.split()) >= 3


@pytest.mark.parametrize("kind", ["untranslated", "wrong_language"])
def test_source_words_stand_in_the_target(kind):
    found = of_kind(kind)
    assert found
    for text, span in found:
        wrong = text.hypothesis.text[span.target_start : span.target_end]
        assert wrong.lower() == text.hypothesis.segment.text[span.source_start : span.source_end].lower()
        assert len(wrong.split()) >= 2 if kind == "wrong_language" else len(wrong.split()) <= 2


def test_a_slip_is_no_other_word_of_the_text():
    words = {word.lower() for _, target in SENTENCES for word in re.findall(r"\w+", target)}
    found = of_kind("spelling")
    assert found
    for text, span in found:
        wrong = text.hypothesis.text[span.target_start : span.target_end]
        assert wrong.lower() not in words
        assert abs(len(wrong) - len(span.correction)) <= 1 and wrong[0] == span.correction[0]


def test_a_wrong_word_keeps_the_case():
    for text, span in of_kind("wrong_word"):
        wrong = text.hypothesis.text[span.target_start : span.target_end]
        assert wrong[0].isupper() == span.correction[0].isupper()
        assert wrong.lower() != span.correction.lower()


def test_what_cannot_be_planted():
    with pytest.raises(UsageError, match="Did you mean 'omission'"):
        plant(kinds=("omision",))
    with pytest.raises(UsageError, match="at least one kind"):
        plant(kinds=())
    with pytest.raises(CorpusError, match="no pair"):
        plant_errors([])
    chinese = [Pair(Segment("1", "Open", "en"), Segment("1", "打开文件", "zh-CN"))]
    with pytest.raises(UsageError, match="Simplified Chinese"):
        plant_errors(chinese)
