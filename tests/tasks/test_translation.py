"""Documents through a scripted engine: one translation for each text, in place."""

import json

import polib
import pytest

from tutelage.core.errors import CorpusError, UsageError
from tutelage.core.languages import Direction
from tutelage.core.protection.spans import ALL
from tutelage.core.protection.translation import Guard
from tutelage.core.protocols import Silence
from tutelage.students.engines.guarded import GuardedEngine
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


PLACEHOLDERS = r"""msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n > 1);\n"

#, c-format
msgid "Could not open file %s: %s"
msgstr ""

#, python-format
msgid "%(count)d file of %(total)d was copied"
msgid_plural "%(count)d files of %(total)d were copied"
msgstr[0] ""
msgstr[1] ""

msgid "Save all"
msgstr ""

#, c-format
msgid "50% off"
msgstr ""
"""


class Notes(Counting):
    def finish(self, note=""):
        self.note = note


@pytest.mark.parametrize(("on_loss", "fuzzy", "first"), [("fuzzy", 2, "COULD"), ("empty", 0, ""), ("keep", 0, "COULD")])
def test_a_translation_that_lost_a_placeholder_is_told_and_marked(upper, tmp_path, on_loss, fuzzy, first):
    """Fails without the comparison: the three entries came out as finished translations."""
    (tmp_path / "in.po").write_text(PLACEHOLDERS)
    progress = Notes()
    translate_file(
        tmp_path / "in.po", tmp_path / "out.po", student="s", direction=EN_PT, on_loss=on_loss, progress=progress
    )
    catalogue = polib.pofile(str(tmp_path / "out.po"))
    assert [entry.fuzzy for entry in catalogue].count(True) == fuzzy
    assert catalogue[0].msgstr.startswith(first) and bool(catalogue[0].msgstr) == bool(first)
    assert catalogue.find("Save all").msgstr == "SAVE ALL" and catalogue.find("50% off").msgstr == "50% OFF"
    assert progress.note.startswith("3 translations lack something of the source")
    assert "%s, %s" in progress.note and "Could not open" in progress.note


def test_flags_of_an_entry_tell_the_student_its_framework(monkeypatch, tmp_path):
    class Swapping(Upper):
        def translate(self, sources, *, decoding):
            return (source.replace("X1X and X2X", "X2X e X1X") for source in sources)

    guarded = GuardedEngine(Swapping(), Guard(ALL))
    monkeypatch.setattr("tutelage.tasks.translation.open_student", lambda name, **_: guarded)
    text = (
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n#, c-format\nmsgid "%s and %d"\nmsgstr ""\n'
    )
    (tmp_path / "in.po").write_text(text)
    translate_file(tmp_path / "in.po", tmp_path / "out.po", student="s", direction=EN_PT)
    assert polib.pofile(str(tmp_path / "out.po")).find("%s and %d").msgstr == "%2$d e %1$s"


def test_lines_of_a_text_survive(monkeypatch, tmp_path):
    """Fails without segmentation: what stands behind a line break was dropped."""
    guarded = GuardedEngine(Upper(), Guard(ALL))
    monkeypatch.setattr("tutelage.tasks.translation.open_student", lambda name, **_: guarded)
    (tmp_path / "in.jsonl").write_text('{"source": "Open the file.\\nSave the file.\\n\\nClose the window."}\n')
    translate_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", student="s", direction=EN_PT)
    assert (
        json.loads((tmp_path / "out.jsonl").read_text())["target"]
        == "OPEN THE FILE.\nSAVE THE FILE.\n\nCLOSE THE WINDOW."
    )
