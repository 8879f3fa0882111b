"""Contexts out of a translation memory."""

from tutelage.core.records import Pair, Segment
from tutelage.labelling.contexts.memory import find_in_memory
from tutelage.labelling.error_words import ErrorWord

FILE = ErrorWord("file", "arquivo", ("f1",), "Could not open the file.")
MENU = ErrorWord("main menu", "menu principal", ("f2",), "Close the main menu.")
MEMORY = [
    ("Please close every other file first.", "Feche todo outro arquivo antes."),
    ("Could not open this file.", "Não foi possível abrir este arquivo."),
    ("Could not open the file here.", "Não foi possível abrir o ficheiro."),
    ("could not open  this File.", "Outro arquivo."),
    ("The main menu of the file manager", "O menu principal do gerenciador"),
    ("The file", "O arquivo"),
    ("The profile of the user", "O arquivo do usuário"),
]


def pairs():
    for number, (source, target) in enumerate(MEMORY):
        yield Pair(Segment(str(number), source, "en"), Segment(str(number), target, "pt-BR"))


def found(words, *, most):
    return [(one.word.id, one.pair.id) for one in find_in_memory(words, pairs(), most=most)]


def test_the_likest_sentences_that_hold_the_word_and_its_correction_come_first():
    assert found([FILE], most=5) == [("file→arquivo", "1"), ("file→arquivo", "0")]


def test_phrases_are_found_and_each_sentence_serves_one_word():
    assert found([FILE, MENU], most=1) == [("file→arquivo", "1"), ("main menu→menu principal", "4")]


def test_without_words_nothing_is_found():
    assert found([], most=3) == []
