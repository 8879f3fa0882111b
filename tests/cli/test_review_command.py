"""`tutelage review`: a page and an XLIFF file for a translator."""

import pytest

OPTIONS = ("--source", "en", "--target", "pt-BR", "-q")


@pytest.fixture
def text(tmp_path):
    (tmp_path / "text.txt").write_text("open the file\nclose all\n")
    (tmp_path / "memory.tsv").write_text("open the files\tabra os arquivos\n")
    return "text.txt"


def test_the_last_line_is_the_page_and_a_second_one_is_refused(tutelage, small_students, text, tmp_path):
    command = ("review", small_students[0], text, "-o", "out", *OPTIONS)
    shown = tutelage(*command, "--memory", "memory.tsv")
    assert shown.returncode == 0, shown.stderr
    told, xliff, page = shown.stdout.splitlines()
    assert told == "2 translations to review, 1 of them with a like text in the memory"
    assert (xliff, page) == ("out/review.xlf", "out/review.html")
    assert "abra os arquivos" in (tmp_path / page).read_text()
    again = tutelage(*command)
    assert again.returncode == 2
    assert "may have been corrected" in again.stderr


def test_a_wrong_memory_or_place_is_told_before_the_student_is_loaded(tutelage, text, tmp_path):
    usual = ("review", "models/nowhere", text, "--source", "en", "--target", "pt-BR")
    refused = tutelage(*usual, "--memory", "nowhere.tmx")
    assert refused.returncode == 1 and "nowhere.tmx: there is no such file" in refused.stderr
    (tmp_path / "taken").write_text("mine")
    refused = tutelage(*usual, "-o", "taken")
    assert refused.returncode == 2 and "taken: this is a file" in refused.stderr


def test_languages_are_asked_for(tutelage, small_students, text):
    shown = tutelage("review", small_students[0], text, "-o", "out")
    assert shown.returncode == 2
    assert "the languages are missing" in shown.stderr
