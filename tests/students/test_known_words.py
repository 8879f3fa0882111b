"""What a student's folder says of the words that it was trained on."""

import pytest

from tutelage.students.known_words import (
    FILE,
    UNTRAINED,
    KnownWords,
    collect_known_words,
    read_known_words,
    words_of,
    write_known_words,
)
from tutelage.students.loading import locate_student


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Open the file, a 2nd time!", ["Open", "the", "file", "nd", "time"]),
        ("don't", ["don"]),
        ("打开文件 now", ["打", "开", "文", "件", "now"]),
        ("", []),
    ],
)
def test_words_have_letters_and_scripts_without_blanks_are_parted(text, words):
    assert list(words_of(text)) == words


def test_what_no_text_had_is_unseen_whatever_its_case():
    known = collect_known_words(["Open the file."])
    assert known.unseen("OPEN the other File again") == ["other", "again"]
    assert not known.whole


def test_it_is_written_and_read_and_grows(tmp_path):
    write_known_words(UNTRAINED | collect_known_words(["Open it"]), tmp_path)
    known = read_known_words(tmp_path)
    assert (known.whole, known.unseen("open it now")) == (True, ["now"])
    assert (known | collect_known_words(["now"])).unseen("open it now") == []


@pytest.mark.parametrize("damage", [b"", b"abc"])
def test_a_damaged_one_is_none(tmp_path, damage):
    assert read_known_words(tmp_path) is None
    (tmp_path / FILE).write_bytes(damage)
    assert read_known_words(tmp_path) is None


def test_the_shipped_student_says_which_words_it_knows():
    known = read_known_words(locate_student("embedded:en-pt"))
    assert known.whole and len(known.numbers) > 10_000
    assert known.unseen("Open the file and close the window.") == []
    assert known.unseen("Fuchs springt") == ["Fuchs", "springt"]


def test_none_of_them_are_no_words():
    assert KnownWords(frozenset(), whole=True).unseen("one two") == ["one", "two"]
