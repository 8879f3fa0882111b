"""Glossaries: tables, TBX of two versions, bilingual text; every bad line is told by file, line and reason."""

import gzip

import pytest

from tutelage.core.errors import CorpusError
from tutelage.core.glossary.terms import Term
from tutelage.core.languages import Direction
from tutelage.corpora.glossary.reading import read_glossary

EN_PT = Direction("en", "pt-BR")
TBX_2 = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE martif SYSTEM "TBXcoreStructV02.dtd">
<martif type="TBX-Basic" xml:lang="en"><text><body>
<termEntry id="1">
  <langSet xml:lang="en"><tig><term>file</term></tig><tig><term>data
     file</term></tig></langSet>
  <langSet xml:lang="pt_BR"><ntig><termGrp><term>arquivo &amp; dados</term></termGrp></ntig></langSet>
  <langSet xml:lang="pt-PT"><tig><term>ficheiro</term></tig></langSet>
</termEntry>
<termEntry id="2"><langSet xml:lang="en"><tig><term>menu</term></tig></langSet>
  <langSet xml:lang="pt"><tig><term>menu</term></tig></langSet></termEntry>
<termEntry id="3"><langSet xml:lang="en"><tig><term>user</term></tig></langSet>
  <langSet xml:lang="de"><tig><term>Benutzer</term></tig></langSet></termEntry>
</body></text></martif>
"""
TBX_3 = """<tbx xmlns="urn:iso:std:iso:30042:ed-2" xmlns:b="urn:x" xml:lang="en"><text><body><conceptEntry>
<langSec xml:lang="EN"><termSec><term>disk</term></termSec></langSec>
<langSec xml:lang="PT-br"><termSec><term>disco</term></termSec></langSec>
</conceptEntry></body></text></tbx>
"""


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_with_several_translations(tmp_path):
    text = "\ufefffile\tarquivo\tficheiro\n\nhard disk \t disco rígido\t\nfile\tarquivo\n"
    expected = (Term("file", "arquivo"), Term("file", "ficheiro"), Term("hard disk", "disco rígido"))
    assert read_glossary(write(tmp_path / "g.tsv", text), direction=EN_PT) == expected
    (tmp_path / "g.tsv.gz").write_bytes(gzip.compress(text.encode()))
    assert read_glossary(tmp_path / "g.tsv.gz", direction=EN_PT) == expected


@pytest.mark.parametrize("header", ["source\ttarget", "en\tpt_BR", "src\ttgt"])
def test_a_header_is_left_out(tmp_path, header):
    glossary = write(tmp_path / "g.tsv", f"{header}\nfile\tarquivo\n")
    assert read_glossary(glossary, direction=EN_PT) == (Term("file", "arquivo"),)


def test_bilingual_text_is_a_glossary_too(tmp_path):
    glossary = write(tmp_path / "g.jsonl", '{"src": "file", "tgt": "arquivo", "src_lang": "en", "tgt_lang": "pt"}\n')
    assert read_glossary(glossary, direction=EN_PT) == (Term("file", "arquivo"),)


def test_tbx_takes_the_nearest_variety(tmp_path):
    glossary = write(tmp_path / "g.tbx", TBX_2)
    assert read_glossary(glossary, direction=EN_PT) == (
        Term("file", "arquivo & dados"),
        Term("data file", "arquivo & dados"),
        Term("menu", "menu"),
    )
    european = read_glossary(glossary, direction=Direction("en", "pt-PT"))
    assert european[0] == Term("file", "ficheiro")
    either = read_glossary(glossary, direction=Direction("en", "pt"))
    assert {term.target for term in either} == {"arquivo & dados", "ficheiro", "menu"}


def test_tbx_3_and_case_of_codes(tmp_path):
    assert read_glossary(write(tmp_path / "g.xml", TBX_3), direction=EN_PT) == (Term("disk", "disco"),)


BOMB = """<?xml version="1.0"?>
<!DOCTYPE tbx [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<tbx>&b;</tbx>
"""


@pytest.mark.parametrize(
    ("name", "text", "where", "reason"),
    [
        ("g.tsv", "file\tarquivo\nmenu\n", "g.tsv:2", "no translation in this line: 'menu'"),
        ("g.tsv", "file\t\t\n", "g.tsv:1", "no translation"),
        ("g.tsv", "a\tb\n\tarquivo\n", "g.tsv:2", "no word in this line"),
        ("g.tsv", "source\ttarget\n", "g.tsv", "no term for en→pt-BR"),
        ("g.tsv", "", "g.tsv", "the file is empty"),
        ("g.tsv", "\n\n", "g.tsv", "no term"),
        ("g.jsonl", '{"src": "x"}\n', "g.jsonl:1", "no target field"),
        ("g.tbx", "<tbx><a></tbx>", "g.tbx:1", "not well-formed XML"),
        ("g.tbx", TBX_3.replace("PT-br", "de"), "g.tbx", "no term for en→pt-BR"),
        ("g.tbx", BOMB, "g.tbx:2", "declares an XML entity ('a')"),
        ("g.odt", "x", "g.odt", "the suffix '.odt' are not read"),
    ],
)
def test_bad_glossaries(tmp_path, name, text, where, reason):
    with pytest.raises(CorpusError) as raised:
        read_glossary(write(tmp_path / name, text), direction=EN_PT)
    assert f"{where}: " in str(raised.value) and reason in str(raised.value)


def test_bytes_that_are_not_text(tmp_path):
    (tmp_path / "g.tsv").write_bytes(b"file\tarquivo\nca\xff\tx\n")
    with pytest.raises(CorpusError, match=r"g\.tsv:2: not UTF-8"):
        read_glossary(tmp_path / "g.tsv", direction=EN_PT)
    with pytest.raises(CorpusError, match="no such file"):
        read_glossary(tmp_path / "none.tsv", direction=EN_PT)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('id="1"', 'id="' + "é" * 700_000 + '"', r"g\.tbx:4: a tag or comment of more than 1,000,000 bytes"),
        ("<termEntry", "<!--" + "x" * 1_300_000 + "--><termEntry", "a tag or comment of more than 1,000,000 bytes"),
        ("<term>menu</term>", f"<term>{'x' * 2000}</term>", "a term of more than 1,000 characters"),
        ("<term>menu</term>", "<term>menu</term>" * 1_001, "an entry with more than 1,000 terms"),
        ('encoding="UTF-8"', 'encoding="no-such"', "encoding that cannot be read|unknown encoding"),
        ('encoding="UTF-8"', 'encoding="shift_jis"', "encoding that cannot be read|unknown encoding"),
    ],
)
def test_tbx_that_no_tool_writes(tmp_path, old, new, told):
    path = tmp_path / "g.tbx"
    path.write_text(TBX_2.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CorpusError, match=told):
        read_glossary(path, direction=EN_PT)
