import random

import pytest

from tutelage.teachers.quotes import contains_quote, count_quote, locate_quote


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    [
        ("art", "start the art show", "art"),  # whole word first
        ("pen", "happened", "pen"),  # then anywhere
        ("a", "casa", None),  # but no single letter
        ("a", "casa a porta", "a"),
        ("File Menu", "open the file menu now", "file menu"),
        ("file  menu", "open the file\n menu", "file\n menu"),
        ('the "file" menu', "the “file” menu", "the “file” menu"),
        ("log-in", "use the log‑in page", "log‑in"),
        ('"printer"', "the printer is off", "printer"),
        ("the printer…", "the printer is off", "the printer"),
        ("ＡＢＣ", "the ABC row", "ABC"),
        ("straße", "die STRASSE hier", "STRASSE"),
        ("configuraçao do sistema", "a configuração do sistema falhou", "configuração do sistema"),
        ("the print settings dialog", "open the printer settings dialog box", "the printer settings dialog"),
        ("打印机", "请选择一台打印机。", "打印机"),
        ("", "text", None),
        ("   ", "text", None),
        ("something else entirely", "open the printer settings", None),
        ("a much longer quotation than the text that it is said to be from", "a much longer", None),
        ("Opne", "Open it", None),  # too short to be guessed
    ],
)
def test_located(quote, text, found):
    place = locate_quote(quote, text)
    assert (None if place is None else text[place[0] : place[1]]) == found


def test_floor_decides_how_far_a_quotation_may_be():
    text = "the network connection was lost"
    assert locate_quote("the nettwerk conection", text, floor=0.8) is not None
    assert locate_quote("the nettwerk conection", text, floor=0.97) is None


def _words(rng, count):
    return ["".join(rng.choices("abcdefghijklmnopçãéß", k=rng.randint(2, 9))) for _ in range(count)]


def test_every_stretch_of_words_is_found_where_it_stands():
    rng = random.Random(3)
    for _ in range(300):
        words = _words(rng, rng.randint(3, 15))
        text = " ".join(words)
        start = rng.randrange(len(words))
        quote = " ".join(words[start : rng.randint(start + 1, len(words))])
        place = locate_quote(quote, text)
        assert text[place[0] : place[1]] == quote
        assert contains_quote(text, quote)


def test_changed_quotations_are_found_at_whole_words_or_not_at_all():
    rng = random.Random(4)
    found = 0
    for _ in range(300):
        words = _words(rng, 12)
        text = "  ".join(words)
        quote = list(" ".join(words[3:8]).upper())
        for _ in range(2):
            quote[rng.randrange(len(quote))] = rng.choice("xyz")
        place = locate_quote("".join(quote), text)
        if place is not None:
            found += 1
            start, end = place
            assert 0 <= start < end <= len(text)
            assert not text[start].isspace() and not text[end - 1].isspace()
            assert start == 0 or text[start - 1].isspace()
            assert end == len(text) or text[end].isspace()
    assert found > 270


def test_unrelated_quotations_are_hardly_ever_found():
    rng = random.Random(5)
    found = sum(locate_quote(" ".join(_words(rng, 3)), " ".join(_words(rng, 15))) is not None for _ in range(300))
    assert found == 0


def test_count_is_by_whole_words_and_characters_without_spaces():
    assert count_quote("a file, the File and files", "file") == 2
    assert count_quote("打印机和打印机", "打印机") == 2
    assert count_quote("anything", "") == 0
