"""What people made of drafts, read from tables and catalogues: source, draft and post-edit."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tutelage.core.errors import CorpusError
from tutelage.core.languages import Direction
from tutelage.core.recipe import TextSettings
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.reading import Reading, read_pairs
from tutelage.corpora.texts import Text

EN_PT = Direction("en", "pt-BR")
ROWS = [("Open it.", "Abra ele.", "Abra-o."), ("Close it.", "Feche-o.", "Feche-o."), ("Save.", "", "Salvar.")]
WANTED = [("Open it.", "Abra ele.", "Abra-o."), ("Close it.", "Feche-o.", "Feche-o."), ("Save.", None, "Salvar.")]

CATALOGUE = r"""
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n > 1);\n"

msgid "Open it."
msgstr "Abra-o."

#, fuzzy
msgid "Close all of it."
msgstr "Feche tudo."

#, fuzzy
#| msgid "Save the file."
msgid "Save the files."
msgstr "Salve o arquivo."
"""


def read(path, **options):
    pairs = read_pairs(str(path), direction=EN_PT, reading=Reading(post_edits=True, **options))
    return [(pair.source.text, pair.draft, pair.target.text) for pair in pairs]


def write_table(path, names):
    rows = [dict(zip(names, row, strict=True)) for row in ROWS]
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        path.write_text("".join("\t".join(line) + "\n" for line in (names, *ROWS)))
    return path


@pytest.mark.parametrize("suffix", [".jsonl", ".tsv", ".parquet"])
@pytest.mark.parametrize(
    "names",
    [
        ("source", "draft", "target"),
        ("src", "mt", "pe"),
        ("source", "translation", "correction"),
        ("en", "machine_translation", "pt_BR"),
        ("source", "target", "post_edit"),
    ],
)
def test_columns_are_found_by_the_names_that_people_give_them(tmp_path, suffix, names):
    assert read(write_table(tmp_path / f"edits{suffix}", names)) == WANTED


def test_columns_can_be_named(tmp_path):
    path = write_table(tmp_path / "edits.tsv", ("source", "machine", "final"))
    assert read(path, fields=FieldNames(draft="machine", target="final")) == WANTED


def test_three_columns_without_names_are_a_question(tmp_path):
    path = tmp_path / "edits.tsv"
    path.write_text("Open it.\tAbra ele.\tAbra-o.\n")
    with pytest.raises(CorpusError, match=r"3 columns without names.*source, draft, post_edit"):
        read(path)


def test_without_post_edits_wanted_a_draft_is_never_told(tmp_path):
    path = write_table(tmp_path / "edits.jsonl", ("source", "draft", "target"))
    assert [pair.draft for pair in read_pairs(str(path), direction=EN_PT)] == [None] * 3


def test_a_fuzzy_message_is_a_post_edit_of_the_source_that_it_was_made_for(tmp_path):
    path = tmp_path / "app.po"
    path.write_text(CATALOGUE)
    assert read(path) == [("Open it.", None, "Abra-o."), ("Save the file.", None, "Salve o arquivo.")]


def test_drafts_are_read_before_anybody_has_approved_them(tmp_path):
    path = tmp_path / "app.po"
    path.write_text(CATALOGUE)
    text = Text("drafts", TextSettings(path=str(path)), EN_PT)
    assert [(pair.source.text, pair.target.text) for pair in text.pairs()] == [
        ("Open it.", "Abra-o."),
        ("Close all of it.", "Feche tudo."),
        ("Save the files.", "Salve o arquivo."),
    ]


TMX = """<?xml version="1.0"?>
<tmx version="1.4"><header srclang="en" datatype="plaintext" segtype="sentence" adminlang="en" o-tmf="x"
 creationtool="x" creationtoolversion="1"/><body>
<tu><tuv xml:lang="en"><seg>Open it.</seg></tuv><tuv xml:lang="pt-BR"><seg>Abra-o.</seg></tuv></tu>
</body></tmx>
"""
XLIFF = """<?xml version="1.0"?>
<xliff xmlns="urn:oasis:names:tc:xliff:document:1.2" version="1.2">
<file original="a" source-language="en" target-language="pt-BR" datatype="plaintext"><body>
<trans-unit id="1"><source>Open it.</source><target state="final">Abra-o.</target>
<alt-trans match-quality="80%" origin="memory"><target>Abra tudo.</target></alt-trans>
<alt-trans origin="MT engine"><target>Abra ele.</target></alt-trans></trans-unit>
<trans-unit id="2"><source>Close it.</source><target state="needs-review-translation">Feche ele.</target></trans-unit>
</body></file></xliff>
"""


def test_a_memory_has_post_edits_without_drafts(tmp_path):
    (tmp_path / "memory.tmx").write_text(TMX)
    assert read(tmp_path / "memory.tmx") == [("Open it.", None, "Abra-o.")]


def test_an_xliff_file_keeps_the_machines_draft_beside_and_what_waits_for_review_is_none(tmp_path):
    (tmp_path / "file.xlf").write_text(XLIFF)
    assert read(tmp_path / "file.xlf") == [("Open it.", "Abra ele.", "Abra-o.")]
    text = Text("drafts", TextSettings(path=str(tmp_path / "file.xlf")), EN_PT)
    assert [pair.target.text for pair in text.pairs()] == ["Abra-o.", "Feche ele."]
