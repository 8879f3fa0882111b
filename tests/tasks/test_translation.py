"""Documents through a scripted engine: one translation for each text, in place."""

import pytest

from tutelage.core.errors import CorpusError, UsageError
from tutelage.core.languages import Direction
from tutelage.core.protocols import Silence
from tutelage.tasks.translation import translate_file

EN_PT = Direction("en", "pt-BR")


class Upper:
    signature = "upper"

    def translate(self, sources, *, decoding):
        for source in sources:
            yield source.upper()


class Counting(Silence):
    def __init__(self):
        self.done = 0

    def advance(self, count=1, **figures):
        self.done += count


@pytest.fixture
def upper(monkeypatch):
    monkeypatch.setattr("tutelage.tasks.translation.open_student", lambda name, **_: Upper())


def test_blank_lines_stay_and_progress_counts_what_was_translated(upper, tmp_path):
    (tmp_path / "in.txt").write_text("open\n\n  save \n")
    progress = Counting()
    out = tmp_path / "out.txt"
    translate_file(tmp_path / "in.txt", out, student="s", direction=EN_PT, progress=progress)
    assert out.read_text() == "OPEN\n\n  SAVE \n"
    assert progress.done == 2


def test_catalogues_keep_their_translations_unless_asked(upper, tmp_path):
    catalogue = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    catalogue += 'msgid "open"\nmsgstr "abrir"\n\nmsgid "save"\nmsgstr ""\n'
    (tmp_path / "in.po").write_text(catalogue)
    translate_file(tmp_path / "in.po", tmp_path / "kept.po", student="s", direction=EN_PT)
    kept = (tmp_path / "kept.po").read_text()
    assert 'msgstr "abrir"' in kept and 'msgstr "SAVE"' in kept
    translate_file(tmp_path / "in.po", tmp_path / "anew.po", student="s", direction=EN_PT, retranslate=True)
    assert 'msgstr "OPEN"' in (tmp_path / "anew.po").read_text()


def test_a_document_that_cannot_be_read_is_told_before_the_student_is_loaded(monkeypatch, tmp_path):
    def never(*_, **__):
        raise AssertionError("the student was loaded")

    monkeypatch.setattr("tutelage.tasks.translation.open_student", never)
    (tmp_path / "in.txt").write_bytes(b"\xff\xfe bad")
    for name in ("none.txt", "in.txt"):
        with pytest.raises(CorpusError):
            translate_file(tmp_path / name, tmp_path / "out.txt", student="s", direction=EN_PT)
    assert not (tmp_path / "out.txt").exists()
    (tmp_path / "in.txt").write_text("open\n")
    for name in ("out.po", "none/out.txt"):
        with pytest.raises(UsageError):
            translate_file(tmp_path / "in.txt", tmp_path / name, student="s", direction=EN_PT)
