"""Words and their base forms: what counts as the same word in which language."""

import sys

import pytest

from tutelage.core.errors import MissingExtraError
from tutelage.core.glossary import words
from tutelage.core.glossary.words import WRITTEN, WordForms, split_term_words


@pytest.mark.parametrize(
    ("lang", "one", "other"),
    [
        ("pt-BR", "arquivos", "arquivo"),
        ("pt", "Redes", "rede"),
        ("de", "Dateien", "datei"),
        ("ru", "файлов", "файл"),
        ("nb", "Filene", "fil"),
        ("sr", "fajlovi", "fajl"),
    ],
)
def test_forms_of_a_word_have_one_base_form(lang, one, other):
    forms = WordForms(lang)
    assert forms.split(one)[0].lemma == forms.split(other)[0].lemma


def test_a_language_without_word_lists_is_matched_as_it_is_written():
    assert WordForms("ja").signature == WordForms("th").signature == WRITTEN.signature == "words"
    assert WordForms("ko").split("파일을")[0].lemma == "파일을"
    assert WordForms("pt-BR").signature.startswith("lemma:simplemma-") and WordForms("pt-BR").signature.endswith("-pt")


def test_the_languages_with_word_lists_are_those_of_the_library():
    from simplemma.strategies.dictionaries.dictionary_factory import SUPPORTED_LANGUAGES

    assert frozenset(SUPPORTED_LANGUAGES) == words.LEMMATISED


def test_scripts_without_spaces_are_split_into_characters():
    assert split_term_words("打开Word文件") == ["打", "开", "word", "文", "件"]
    assert split_term_words("l'Ordinateur, e-mail") == ["l", "ordinateur", "e", "mail"]
    assert split_term_words("cafe\u0301") == ["café"]


def test_the_library_is_asked_for_only_when_words_are_compared(monkeypatch):
    monkeypatch.setitem(sys.modules, "simplemma", None)
    words._simplemma.cache_clear()
    try:
        assert WordForms("ja").split("文")[0].lemma == "文"
        with pytest.raises(MissingExtraError, match=r"tutelage\[terms\]"):
            WordForms("pt").split("umapalavranova")
    finally:
        words._simplemma.cache_clear()
