"""Which terms occur in a source, and which a translation keeps: by hand."""

import pytest

from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.protection import with_kept_terms
from tutelage.core.glossary.terms import Term
from tutelage.core.languages import Direction
from tutelage.core.protection.masks import mask
from tutelage.core.protection.spans import ALL, find_protected

EN_PT = Direction("en", "pt-BR")
FILE, DISK, HARD_DISK = Term("file", "arquivo"), Term("disk", "disco"), Term("hard disk", "disco rígido")


def glossary(*terms, direction=EN_PT):
    return Glossary.of(terms, direction)


def names(found):
    return [one.text for one in found]


def test_the_longest_term_comes_first_and_none_overlap():
    known = glossary(FILE, DISK, HARD_DISK)
    found = known.occurrences("Hard disks hold files; a disk, profiles")
    assert names(found) == ["Hard disks", "files", "disk"]
    assert [one.allowed for one in found] == [("disco rígido",), ("arquivo",), ("disco",)]


def test_a_form_as_it_is_written_is_preferred():
    known = glossary(Term("setting", "ajuste"), Term("settings", "configurações"))
    assert [one.allowed for one in known.occurrences("settings")] == [("configurações",)]
    assert [one.allowed for one in known.occurrences("setting")] == [("ajuste",)]


@pytest.mark.parametrize(
    ("translation", "kept"),
    [("os arquivos", True), ("o Arquivo.", True), ("o ficheiro", False), ("arquivologia", False), ("", False)],
)
def test_a_term_is_kept_in_any_form(translation, kept):
    (use,) = glossary(FILE).uses("the file", translation)
    assert use.is_kept == kept and use.is_broken != kept


def test_several_translations_and_a_term_twice():
    known = glossary(FILE, Term("file", "ficheiro"), DISK)
    uses = known.uses("A file on a disk, a FILE", "um ficheiro em um prato")
    assert [(use.occurrence.name, use.is_kept) for use in uses] == [("file", True), ("disk", False)]
    assert [one.name for one in known.missing("file on disk", "arquivo")] == ["disk"]


def test_a_forbidden_translation_within_the_wanted_one_does_not_count():
    known = glossary(HARD_DISK, Term("hard disk", "disco", forbidden=True))
    assert known.uses("hard disk", "disco rígido")[0].forbidden == ()
    (use,) = known.uses("hard disk", "o disco")
    assert use.forbidden == ("disco",) and not use.is_kept
    (only,) = glossary(Term("file", "lima", forbidden=True)).uses("file", "arquivo")
    assert only.is_kept and not only.is_broken


def test_capitals_count_where_the_entry_says_so():
    known = glossary(Term("Windows", "Windows", match_case=True), Term("IT", "TI", match_case=True))
    assert names(known.occurrences("Windows has windows, and it has IT")) == ["Windows", "IT"]
    assert not known.uses("IT", "ti")[0].is_kept


def test_signs_at_the_ends_of_a_term_count():
    known = glossary(Term("C++", "C++"), Term(".NET", ".NET"))
    assert names(known.occurrences("C and C++; net and .NET")) == ["C++", ".NET"]


def test_compounds_and_scripts_without_spaces():
    german = glossary(Term("file", "Datei"), direction=Direction("en", "de"))
    assert german.uses("file system", "Dateisystem")[0].is_kept
    assert not german.uses("file", "Akte")[0].is_kept
    chinese = glossary(Term("file", "文件"), direction=Direction("en", "zh"))
    assert chinese.uses("Open the file", "打开文件夹")[0].is_kept
    korean = glossary(Term("file", "파일"), direction=Direction("en", "ko"))
    assert korean.uses("Open the file", "파일을 엽니다")[0].is_kept


def test_what_is_not_translated_stands_as_the_source_has_it():
    known = glossary(Term("Word", "Word", is_kept=True, match_case=True))
    assert names(known.occurrences("A word in Word")) == ["Word"]
    assert known.uses("Open Word", "Abra o Word")[0].is_kept
    assert not known.uses("Open Word", "Abra a Palavra")[0].is_kept


def test_what_is_not_translated_is_protected():
    known = glossary(
        FILE, Term("Word", "Word", is_kept=True, match_case=True), Term("git", "git", is_kept=True, match_case=False)
    )
    protection = with_kept_terms(ALL, known)
    assert [span.text for span in find_protected("Word, word, GIT, digit, Words", protection)] == ["Word", "GIT"]
    assert mask("Open Word.", protection=protection).text == "Open X1X."
    assert protection.signature != ALL.signature
    assert with_kept_terms(ALL, glossary(FILE)) == ALL and with_kept_terms(None, known) is None
    chinese = with_kept_terms(ALL, known)
    assert [span.text for span in find_protected("使用Word打开", chinese)] == ["Word"]


def test_the_key_says_what_is_in_it():
    assert glossary(FILE).key != glossary(DISK).key != glossary(FILE, DISK).key
    assert glossary(FILE).key == glossary(FILE, FILE).key
    assert glossary(FILE).key != glossary(FILE, direction=Direction("en", "pl")).key
