import gzip
import io
import json
import sys

import polib
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from po_samples import CATALOGUE, PO
from tutelage.core.errors import CorpusError, UsageError
from tutelage.corpora.filling import Filling, with_translations
from tutelage.tasks.translation import translate_document


def upper(sources):
    return (source.upper() for source in sources)


def test_text_keeps_blank_lines_and_indentation(tmp_path):
    (tmp_path / "a.txt").write_text("one\n\n  two\n")
    assert translate_document(tmp_path / "a.txt", tmp_path / "b.txt.gz", upper) == 3
    assert gzip.decompress((tmp_path / "b.txt.gz").read_bytes()) == b"ONE\n\n  TWO\n"


def test_tsv_sets_or_adds_the_target(tmp_path):
    (tmp_path / "a.tsv").write_text("one\ntwo\told\tx\n")
    translate_document(tmp_path / "a.tsv", tmp_path / "b.tsv", upper)
    assert (tmp_path / "b.tsv").read_text() == "one\tONE\ntwo\tTWO\tx\n"
    (tmp_path / "c.tsv").write_text("id\tsource\nr1\tone\n")
    translate_document(tmp_path / "c.tsv", tmp_path / "d.tsv", upper)
    assert (tmp_path / "d.tsv").read_text() == "id\tsource\ttarget\nr1\tone\tONE\n"


def test_jsonl_and_parquet_keep_their_other_fields(tmp_path):
    rows = [{"src": f"s{n}", "keep": n} for n in range(3)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    for name in ("jsonl", "parquet"):
        assert translate_document(tmp_path / f"a.{name}", tmp_path / f"b.{name}", upper) == 3
    expected = [{**row, "target": row["src"].upper()} for row in rows]
    assert [json.loads(line) for line in (tmp_path / "b.jsonl").read_text().splitlines()] == expected
    assert pq.read_table(tmp_path / "b.parquet").to_pylist() == expected


def test_po_fills_what_is_empty_or_fuzzy_and_keeps_the_rest(tmp_path):
    (tmp_path / "a.po").write_text(PO)
    assert translate_document(tmp_path / "a.po", tmp_path / "b.po", upper, filling=Filling(lang="pt-BR")) == 2
    catalogue = polib.pofile(str(tmp_path / "b.po"))
    assert catalogue.metadata["Language"] == "pt_BR"
    assert catalogue.find("Open", msgctxt="menu").msgstr == "Abrir"
    assert catalogue.find("Close").msgstr == "CLOSE" and not catalogue.find("Close").fuzzy
    assert catalogue.find("Untranslated").msgstr == "UNTRANSLATED"
    assert len(catalogue.obsolete_entries()) == 1


def test_po_in_another_encoding_is_written_as_utf_8(tmp_path):
    text = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=ISO-8859-1\\n"\n\nmsgid "No"\nmsgstr "Não"\n'
    (tmp_path / "a.po").write_bytes(text.encode("latin-1"))
    translate_document(tmp_path / "a.po", tmp_path / "b.po", upper)
    written = (tmp_path / "b.po").read_bytes().decode("utf-8")
    assert "charset=UTF-8" in written and 'msgstr "Não"' in written


def test_po_translates_every_plural_form_from_its_own_source(tmp_path):
    (tmp_path / "a.po").write_text(PO)
    translate_document(tmp_path / "a.po", tmp_path / "b.po", upper, filling=Filling(keep_translated=False))
    entry = polib.pofile(str(tmp_path / "b.po")).find("%d file")
    assert entry.msgstr_plural == {0: "%D FILE", 1: "%D FILES"}


def test_gettext_json_keeps_header_context_and_forms(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(CATALOGUE))
    translate_document(tmp_path / "a.json", tmp_path / "b.json", upper)
    filled = json.loads((tmp_path / "b.json").read_text())
    assert filled == {**CATALOGUE, "Nothing": ["NOTHING"]}
    everything = Filling(keep_translated=False, lang="de")
    translate_document(tmp_path / "a.json", tmp_path / "c.json", upper, filling=everything)
    filled = json.loads((tmp_path / "c.json").read_text())
    assert filled["%1 Item"] == ["%1 ITEM"] * 2
    assert filled["menu\x04Open"] == ["OPEN"]
    assert filled["Jed"] == [None, "JED"]
    assert filled[""]["language"] == "de"


def test_gettext_json_is_changed_in_its_texts_alone(tmp_path):
    text = '{"": {"language":"pt_BR"},\n\t"Save it": [ "" ],\n\t"Old of Jed": [null],\n"Caf\\u00e9": null }'
    (tmp_path / "a.json").write_text(text)
    translate_document(tmp_path / "a.json", tmp_path / "b.json", lambda sources: ("" for _ in sources))
    assert (tmp_path / "b.json").read_text() == text
    translate_document(tmp_path / "a.json", tmp_path / "c.json", upper, filling=Filling(lang="pt-BR"))
    expected = text.replace('[ "" ]', '[ "SAVE IT" ]').replace("[null]", '[null, "OLD OF JED"]')
    assert (tmp_path / "c.json").read_text() == expected.replace(": null", ': "CAF\\u00c9"')


def test_standard_streams(monkeypatch):
    output = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"one\ntwo\n")))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output))
    assert translate_document("-", "-", upper) == 2
    assert output.getvalue() == b"ONE\nTWO\n"


def test_a_failed_translation_leaves_nothing_behind(tmp_path):
    (tmp_path / "a.txt").write_text("one\ntwo\n")
    (tmp_path / "b.txt").write_text("before")

    def breaks(sources):
        yield next(sources)
        raise RuntimeError("engine died")

    with pytest.raises(RuntimeError, match="engine died"):
        translate_document(tmp_path / "a.txt", tmp_path / "b.txt", breaks)
    assert (tmp_path / "b.txt").read_text() == "before"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.txt", "b.txt"]


def test_output_must_have_the_inputs_format(tmp_path):
    (tmp_path / "a.txt").write_text("one\n")
    with pytest.raises(UsageError, match="the input is text, but the output's suffix says po"):
        translate_document(tmp_path / "a.txt", tmp_path / "b.po", upper)
    with pytest.raises(UsageError, match=r"no/b\.txt: there is no folder to write this file into"):
        translate_document(tmp_path / "a.txt", tmp_path / "no" / "b.txt", upper)


def test_too_few_and_too_many_translations_are_told():
    with pytest.raises(CorpusError, match="stopped before the end"):
        list(with_translations(["a", "b", "c"], lambda sources: iter([next(sources)]), text_of=str))
    with pytest.raises(CorpusError, match="1 translation fewer"):
        list(with_translations(["a", "b"], lambda sources: iter(list(sources)[:1]), text_of=str))
    with pytest.raises(CorpusError, match="more translations"):
        list(with_translations(["a"], lambda sources: iter([*sources, "x"]), text_of=str))


def test_pairing_holds_only_what_the_translator_reads_ahead():
    read = []

    def items():
        for n in range(100):
            read.append(n)
            yield str(n)

    stream = with_translations(items(), upper, text_of=str)
    assert next(stream) == ("0", "0")
    assert len(read) == 1
