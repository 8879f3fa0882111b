"""Ways to find a term in a text, by a table; unspaced scripts; what is missing or unknown."""

import importlib.util

import pytest

from tutelage.core.errors import MissingExtraError, UsageError
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.terms import Term
from tutelage.evaluation import term_matching
from tutelage.evaluation.term_matching import make_matcher

NEEDS_STEMMER = pytest.mark.skipif(
    importlib.util.find_spec("snowballstemmer") is None, reason="snowballstemmer is not installed"
)


@pytest.mark.parametrize(
    ("text", "term", "substring", "word"),
    [
        ("Abra o arquivo.", "arquivo", True, True),
        ("Abra os ARQUIVOS.", "arquivo", True, False),
        ("Coma a batata", "ata", True, False),
        ("o disco rígido velho", "Disco Rígido", True, True),
        ("o disco muito rígido", "disco rígido", False, False),
        ("cafe\u0301 frio", "café", True, True),
        ("nada", "", False, False),
        ("nada", " ", False, False),
        ("", "arquivo", False, False),
    ],
)
def test_by_table(text, term, substring, word):
    assert make_matcher("substring", lang="pt").contains(text, term) is substring
    assert make_matcher("word", lang="pt").contains(text, term) is word


@NEEDS_STEMMER
@pytest.mark.parametrize(
    ("text", "term", "found"),
    [
        ("Abra os arquivos.", "arquivo", True),
        ("os discos rígidos", "disco rígido", True),
        ("Coma a batata", "ata", False),
        ("o disco velho", "disco rígido", False),
    ],
)
def test_lemmas_by_table(text, term, found):
    matcher = make_matcher("lemma", lang="pt-BR")
    assert matcher.contains(text, term) is found
    assert matcher.signature == "match:lemma|case:lc|stemmer:snowball-portuguese"


@NEEDS_STEMMER
def test_every_stemmer_that_is_named_exists():
    import snowballstemmer

    assert set(term_matching.STEMMERS.values()) <= set(snowballstemmer.algorithms())


def test_without_the_stemmer_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "snowballstemmer", None)
    with pytest.raises(MissingExtraError, match=r"tutelage\[metrics\]"):
        make_matcher("lemma", lang="pt")


def test_unknown_matchers_and_languages():
    with pytest.raises(UsageError, match="Did you mean 'lemma'"):
        make_matcher("lema", lang="pt")
    with pytest.raises(UsageError, match="no stemmer for 'zh'"):
        make_matcher("lemma", lang="zh")


def test_scripts_without_spaces_are_matched_by_character():
    assert make_matcher("word", lang="zh").contains("请打开文件夹", "文件")
    found = Glossary([Term("文件", "file"), Term("菜单", "menu")]).find("请打开文件夹")
    assert found == (Term("文件", "file"),)
