"""Glossaries as tables with named columns, and what TBX says of its terms."""

import pytest

from tutelage.core.errors import CorpusError
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.terms import Term
from tutelage.core.languages import Direction
from tutelage.corpora.glossary.reading import read_glossary, read_terms

EN_PT = Direction("en", "pt-BR")
HEADER = "Term,pt-BR,Part of speech,Forbidden,Do-not-translate,Case,Comment\n"
TBX = """<tbx xmlns="urn:iso:std:iso:30042:ed-2" xmlns:min="http://www.tbxinfo.net/ns/min"><text><body>
<conceptEntry><langSec xml:lang="en"><termSec><term>file</term><termNote type="partOfSpeech">noun</termNote></termSec>
</langSec><langSec xml:lang="pt"><termSec><term>arquivo</term></termSec><termSec><term>ficheiro</term>
<min:administrativeStatus>deprecatedTerm-admn-sts</min:administrativeStatus></termSec></langSec></conceptEntry>
<conceptEntry><langSec xml:lang="en"><termSec><term>Word</term><termNote type="doNotTranslate">yes</termNote></termSec>
</langSec></conceptEntry></body></text></tbx>
"""


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_by_their_names(tmp_path):
    text = HEADER + (
        'file,"arquivo|documento, salvo",noun,ficheiro,no,any,"a note,\nover two lines"\n'
        "Word,,,,yes,,\n"
        "git,,,,yes,any,\n"
        "folder,pasta,,,,exact,\n"
        "drive,drive,,yes,,,\n"
    )
    assert read_glossary(write(tmp_path / "g.csv", text), direction=EN_PT) == (
        Term("file", "arquivo", "noun"),
        Term("file", "documento, salvo", "noun"),
        Term("file", "ficheiro", "noun", forbidden=True),
        Term("Word", "Word", is_kept=True, match_case=True),
        Term("git", "git", is_kept=True),
        Term("folder", "pasta", match_case=True),
        Term("drive", "drive", forbidden=True),
    )


@pytest.mark.parametrize("sign", [";", ",", "\t"])
def test_csv_as_spreadsheets_write_it(tmp_path, sign):
    text = f"source{sign}target{sign}status\nfile{sign}arquivo{sign}preferred\nfile{sign}ficheiro{sign}deprecated\n"
    assert read_glossary(write(tmp_path / "g.csv", text), direction=EN_PT) == (
        Term("file", "arquivo"),
        Term("file", "ficheiro", forbidden=True),
    )


def test_several_files_and_repeated_entries(tmp_path):
    one = write(tmp_path / "a.tsv", "file\tarquivo\ndisk\tdisco\n")
    other = write(tmp_path / "b.csv", "source,target\nfile,arquivo\nmenu,menu\n")
    read = read_terms([one, other], direction=EN_PT)
    assert [term.source for term in read.terms] == ["file", "disk", "menu"] and read.repeated == 1


def test_tbx_says_what_is_forbidden_and_what_is_not_translated(tmp_path):
    assert read_glossary(write(tmp_path / "g.tbx", TBX), direction=EN_PT) == (
        Term("file", "arquivo", "noun"),
        Term("file", "ficheiro", "noun", forbidden=True),
        Term("Word", "Word", is_kept=True, match_case=True),
    )


def test_a_name_and_a_word_that_differ_in_their_capital(tmp_path):
    read = read_glossary(write(tmp_path / "g.csv", HEADER + "Word,,,,yes,,\nword,palavra,,,,,\n"), direction=EN_PT)
    found = Glossary.of(read, EN_PT).occurrences("A word in Word")
    assert [one.allowed for one in found] == [("palavra",), ("Word",)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("source,comment\nfile,x\n", r"g\.csv:1: no column of translations"),
        ("en,de\nfile,Datei\n", r"g\.csv:1: no column of translations"),
        (HEADER + "file,arquivo,,,maybe,,\n", r"g\.csv:2: 'maybe' in the column 'do not translate' is neither yes"),
        (HEADER + "file,arquivo,,,,loud,\n", r"g\.csv:2: 'loud' in the column 'case'"),
        (HEADER + "Word,Palavra,,,yes,,\n", r"g\.csv:2: it says 'do not translate', and has .* 'Palavra'"),
        (HEADER + "file,,noun,,,,\n", r"g\.csv:2: no translation in this line"),
        (HEADER + ",arquivo,,,,,\n", r"g\.csv:2: no word in this line"),
        (HEADER + '"a\nb",c,,,,,\n,x,,,,,\n', r"g\.csv:4: no word"),
        (HEADER + 'file,"arquivo\n', r"g\.csv:2: unexpected end of data"),
        (HEADER + "file,arquivo,,,,,\nFile,Arquivo,,yes,,,\n", r"'File' → 'Arquivo' is wanted and forbidden .*:2 and"),
        (HEADER + "Word,,,,yes,,\nWord,palavra,,,,,\n", r"'Word' is translated and not translated"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, text, told):
    with pytest.raises(CorpusError, match=told):
        read_glossary(write(tmp_path / "g.csv", text), direction=EN_PT)
