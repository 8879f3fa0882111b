"""Placeholders and terms kept: counted by hand."""

from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.terms import Term
from tutelage.core.protection.patterns import EMAIL, NUMBER, URL
from tutelage.evaluation.scoring import placeholder_statistics, span_statistics
from tutelage.evaluation.terms import term_statistics


def test_placeholders_only_count_segments_that_have_some():
    sources = ["Save %s", "Open", "<b>Bold</b> {0}", "Hello %(name)s"]
    hypotheses = ["Salvar %s", "Abrir %s", "<b>Negrito</b>", "Olá %(name)s"]
    statistics = placeholder_statistics(hypotheses, sources=sources)
    assert statistics is not None
    assert statistics.n == 3
    assert round(statistics.value, 4) == 66.6667


def test_no_placeholder_no_score():
    assert placeholder_statistics(["Abrir"], sources=["Open"]) is None


def test_numbers_and_addresses_are_kept_if_none_is_missing():
    sources = ["On 2024-11-05", "1,234.5 of 12", "See https://a.org/x", "Write to me@a.org in 2024", "1 file"]
    hypotheses = ["Em 2024-115", "1.234,5 de 12 15", "Veja https://a.org/x", "Escreva para mim@a.org em 2024", "um"]
    numbers = span_statistics(hypotheses, sources=sources, name="numbers", kinds=frozenset({NUMBER}))
    urls = span_statistics(hypotheses, sources=sources, name="urls", kinds=frozenset({URL, EMAIL}))
    assert numbers is not None and numbers.rows[:, 0].tolist() == [0, 1, 1]
    assert urls is not None and urls.rows[:, 0].tolist() == [1, 0]
    assert span_statistics(["a"], sources=["b"], name="urls", kinds=frozenset({URL})) is None


def test_terms_by_hand():
    glossary = Glossary([Term("kernel", "kernel"), Term("hard disk", "disco rígido"), Term("file", "arquivo")])
    sources = ["Restart the Kernel", "The hard disk holds the file", "Profile of a hard worker", "file and file"]
    hypotheses = ["Reinicie a semente", "O DISCO RÍGIDO guarda a lima", "Perfil", "arquivo"]
    (statistics,) = term_statistics(hypotheses, sources=sources, glossary=glossary)
    assert statistics.rows.tolist() == [[0, 1], [1, 2], [1, 1]]
    assert statistics.value == 50.0


def test_a_word_with_two_translations_is_kept_by_either():
    glossary = Glossary([Term("file", "arquivo"), Term("File", "ficheiro")])
    (statistics,) = term_statistics(["o ficheiro"], sources=["the file"], glossary=glossary)
    assert statistics.rows.tolist() == [[1, 1]]


def test_no_term_no_score():
    assert term_statistics(["a"], sources=["b"], glossary=Glossary([Term("kernel", "kernel"), Term("", "x")])) == ()


def test_the_glossary_enters_the_signature():
    (one,), (other,) = (
        term_statistics(["x"], sources=["file"], glossary=Glossary([Term("file", target)]))
        for target in ("arquivo", "ficheiro")
    )
    assert one.signature != other.signature
