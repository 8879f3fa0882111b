"""What people made of drafts, read from tables and catalogues: source, draft and post-edit."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tutelage.core.errors import CorpusError
from tutelage.core.languages import Direction
from tutelage.core.recipe import TextSettings
from tutelage.corpora.reading import Reading, read_pairs
from tutelage.corpora.rows import FieldNames
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
