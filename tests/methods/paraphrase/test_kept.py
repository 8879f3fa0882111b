"""Numbers, names and negation by the writing alone: tables by hand."""

import pytest

from tutelage.methods.paraphrase.kept import names_changed, numbers_changed
from tutelage.methods.paraphrase.negation import LANGUAGES, NEGATING, STANDING_FOR, negation_changed


@pytest.mark.parametrize(
    ("source", "paraphrase", "changed"),
    [
        ("It took 2 days.", "Two days passed.", True),
        ("It took 2 days.", "It was done in 2 days.", False),
        ("Copy 1,000 rows.", "1000 rows are copied.", False),
        ("From 2 to 2 in 3 steps.", "From 2 in 3 steps.", True),
        ("Use 2 rows.", "Use 2 rows, that is 2.", False),
        ("Use rows.", "Use 3 rows.", True),
        ("Found %1$s in {0}.", "In {0}, %1$s was found.", False),
        ("No digits.", "None at all.", False),
    ],
)
def test_numbers(source, paraphrase, changed):
    assert numbers_changed(source, paraphrase) is changed


@pytest.mark.parametrize(
    ("source", "paraphrase", "lang", "changed"),
    [
        ("Open the page in Firefox.", "Firefox shows the page.", "en", False),
        ("Open the page in Firefox.", "Open the page in a browser.", "en", True),
        ("Open the page in a browser.", "Open the page in Firefox.", "en", True),
        ("Firefox opens the page.", "The browser opens the page.", "en", False),  # a sentence begins with it
        ("NASA opens the page.", "The agency opens the page.", "en", True),
        ("He said: Open it. Then he left.", "He asked to open it. After that he left.", "en", False),
        ("Then I left.", "After that, we went away.", "en", False),
        ("Save File As Template", "Store the file as a template", "en", False),  # a title
        ("SAVE THE FILE", "Store the file", "en", False),
        ("Ann's house is old.", "The house of Ann is old.", "en", False),
        ("Die Datei ist auf dem Rechner.", "Auf dem Computer ist die Datei.", "de", False),
        ("Das iPhone ist neu.", "Das Handy ist neu.", "de", True),
        ("Click <b>Save</b> now.", "Now click <b>Save</b>.", "en", False),
    ],
)
def test_names(source, paraphrase, lang, changed):
    assert names_changed(source, paraphrase, lang=lang) is changed


@pytest.mark.parametrize(
    ("source", "paraphrase", "lang", "changed"),
    [
        ("The file cannot be opened.", "It is impossible to open the file.", "en", False),
        ("The file can't be opened.", "The file can be opened.", "en", True),
        ("The file can’t be opened.", "The file does not open.", "en", False),
        ("The file opens.", "The file never closes.", "en", True),
        ("It fails to open.", "It opens.", "en", False),  # a word that may stand for a negation proves none
        ("It does not open.", "It fails to open.", "en", False),
        ("O arquivo não abre.", "O arquivo abre.", "pt-BR", True),
        ("O arquivo não abre.", "É impossível abrir o arquivo.", "pt", False),
        ("Le fichier n'est pas ouvert.", "Le fichier est ouvert.", "fr", True),
        ("Die Datei ist nicht offen.", "Keine Datei ist offen.", "de", False),
        ("Plik nie jest otwarty.", "Plik jest otwarty.", "pl", False),  # no table
    ],
)
def test_negation(source, paraphrase, lang, changed):
    assert negation_changed(source, paraphrase, lang=lang) is changed
    assert negation_changed(paraphrase, source, lang=lang) is changed, "it does not matter which one is the source"


def test_every_language_has_both_tables_and_no_word_in_both():
    assert set(STANDING_FOR) == set(LANGUAGES)
    for lang in LANGUAGES:
        assert not set(NEGATING[lang].split()) & set(STANDING_FOR[lang].split())
