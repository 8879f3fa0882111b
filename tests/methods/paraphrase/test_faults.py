"""What of a paraphrase the two texts tell: each reason by a pair made for it, and the measures by hand."""

import pytest

from tutelage.core.errors import CorpusError
from tutelage.corpora.language_id import LangidIdentifier
from tutelage.methods.paraphrase.faults import (
    compile_words,
    find_fault,
    is_forbidden,
    is_wrong_language,
    read_forbidden,
    word_overlap,
)
from tutelage.methods.paraphrase.settings import ParaphraseFilterSettings

SOURCE = "The printer in room 12 does not print the pages of {name}."
GOOD = "Pages of {name} are not printed by the device in room 12."


def fault(paraphrase, source=SOURCE, **settings):
    return find_fault(source, paraphrase, lang="en", settings=ParaphraseFilterSettings(**settings))


@pytest.mark.parametrize(
    ("paraphrase", "reason"),
    [
        (GOOD, None),
        ("  ", "empty"),
        ("the printer in room 12 does not print the pages of {name}", "copied"),
        ("Room 12 has no print of {name}.", "too_short"),
        (GOOD + " So it is said by everybody who was there.", "too_long"),
        (GOOD.replace("{name}", "the name"), "placeholders_changed"),
        (GOOD.replace("12", "twelve"), "numbers_changed"),
        (GOOD.replace("the device", "the Lexmark"), "names_changed"),
        (GOOD.replace("not ", "now "), "negation_changed"),
        ("In room 12 the printer does not print the pages of {name}.", "near_copy"),
    ],
)
def test_reasons(paraphrase, reason):
    assert fault(paraphrase) == reason


def test_every_check_can_be_switched_off():
    settings = {
        "max_overlap": None, "min_length": None, "max_length": None, "numbers": False, "names": False,
        "placeholders": False, "negation": False,
    }  # fmt: skip
    assert fault("Lexmark prints 7 pages, now and again, in the room of everybody who asks for it.", **settings) is None
    assert fault(SOURCE, **settings) == "copied"


def test_length_counts_characters_of_the_paraphrase_for_one_of_the_source():
    source = "ab cd ef gh"  # 11 characters
    assert fault("ij kl mn", source, min_length=8 / 11) is None
    assert fault("ij kl mn", source, min_length=0.73) == "too_short"
    assert fault("ij kl mn op q", source, max_length=13 / 11) is None
    assert fault("ij kl mn op q", source, max_length=1.18) == "too_long"


def test_overlap_is_that_of_word_sets():
    assert word_overlap("The old file opens.", "the new FILE opens", lang="en") == 3 / 5
    assert word_overlap("the the the file", "the file", lang="en") == 1
    assert word_overlap("…", "!", lang="en") == 1
    assert word_overlap("文件打开", "打开文本", lang="zh") == 3 / 5, "characters where there are no spaces"


def test_the_ceiling_is_no_copy_itself():
    assert fault("the new FILE opens", "The old file opens.", max_overlap=0.61) is None
    assert fault("the new FILE opens", "The old file opens.", max_overlap=0.6) == "near_copy"


def test_forbidden_words_are_whole_and_in_any_case(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("# not for children\nDamn\nto hell\n\n", encoding="utf-8")
    forbidden = read_forbidden(str(path))
    assert is_forbidden(forbidden, "fine", "DAMN it")
    assert is_forbidden(forbidden, "Go to hell.")
    assert not is_forbidden(forbidden, "damnation", "to hello", "children")
    assert read_forbidden(None) is None
    assert compile_words([]) is None
    assert not is_forbidden(None, "damn")
    with pytest.raises(CorpusError, match="there is no such file"):
        read_forbidden(str(tmp_path / "none.txt"))


def test_another_language_is_seen_where_it_is_sure():
    identifier = LangidIdentifier()
    assert is_wrong_language("Die Datei konnte leider nicht geöffnet werden.", lang="en", identifier=identifier)
    assert not is_wrong_language("The file could not be opened by anyone.", lang="en", identifier=identifier)
    assert not is_wrong_language("Datei offen", lang="en", identifier=identifier), "too short to tell"
    assert not is_wrong_language("O arquivo não pôde ser aberto por ninguém.", lang="pt-BR", identifier=identifier)
