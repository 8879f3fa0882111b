"""Placeholders and terms kept: counted by hand."""

from tutelage.evaluation.scoring import placeholder_statistics
from tutelage.evaluation.terms import Glossary, Term, term_statistics


def test_placeholders_only_count_segments_that_have_some():
    sources = ["Save %s", "Open", "<b>Bold</b> {0}", "Hello %(name)s"]
    hypotheses = ["Salvar %s", "Abrir %s", "<b>Negrito</b>", "Olá %(name)s"]
    statistics = placeholder_statistics(hypotheses, sources=sources)
    assert statistics is not None
    assert statistics.n == 3
    assert round(statistics.value, 4) == 66.6667


def test_no_placeholder_no_score():
    assert placeholder_statistics(["Abrir"], sources=["Open"]) is None


def test_terms_by_hand():
    glossary = Glossary([Term("kernel", "kernel"), Term("hard disk", "disco rígido"), Term("file", "arquivo")])
    sources = ["Restart the Kernel", "The hard disk holds the file", "Profile of a hard worker", "file and file"]
    hypotheses = ["Reinicie a semente", "O DISCO RÍGIDO guarda a lima", "Perfil", "arquivo"]
    statistics = term_statistics(hypotheses, sources=sources, glossary=glossary)
    assert statistics is not None
    assert statistics.rows.tolist() == [[0, 1], [1, 2], [1, 1]]
    assert statistics.value == 50.0


def test_a_word_with_two_translations_is_kept_by_either():
    glossary = Glossary([Term("file", "arquivo"), Term("File", "ficheiro")])
    statistics = term_statistics(["o ficheiro"], sources=["the file"], glossary=glossary)
    assert statistics is not None
    assert statistics.rows.tolist() == [[1, 1]]


def test_no_term_no_score():
    assert term_statistics(["a"], sources=["b"], glossary=Glossary([Term("kernel", "kernel"), Term("", "x")])) is None


def test_the_glossary_enters_the_signature():
    one, other = (
        term_statistics(["x"], sources=["file"], glossary=Glossary([Term("file", target)]))
        for target in ("arquivo", "ficheiro")
    )
    assert one is not None and other is not None
    assert one.signature != other.signature
