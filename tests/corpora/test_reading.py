import bz2
import gzip
import json
import lzma

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from po_samples import CATALOGUE, PO
from tutelage.core.errors import CorpusError, UsageError
from tutelage.core.languages import Direction
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.reading import Reading, read_pairs, read_segments

EN_PT = Direction("en", "pt-BR")


def texts(pairs):
    return [(pair.source.text, pair.target.text) for pair in pairs]


def write_jsonl(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize(("suffix", "opener"), [("", open), (".gz", gzip.open), (".xz", lzma.open), (".bz2", bz2.open)])
def test_tsv_reads_alike_under_every_compression(tmp_path, suffix, opener):
    path = tmp_path / f"a.tsv{suffix}"
    with opener(path, "wb") as stream:
        stream.write("\ufeffYes\tSim\r\n\nNo\tNão\textra\n".encode())
    pairs = list(read_pairs(path, direction=EN_PT))
    assert texts(pairs) == [("Yes", "Sim"), ("No", "Não")]
    assert [pair.id for pair in pairs] == ["a:1", "a:3"]
    assert pairs[1].provenance.origin == f"{path}:3"
    assert (pairs[0].source.lang, pairs[0].target.lang, pairs[0].source.document) == ("en", "pt-BR", "a")


def test_tsv_header_names_the_columns(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("id\ttarget\tsource\tdoc\nr1\tSim\tYes\tweb\n")
    (pair,) = read_pairs(path, direction=EN_PT)
    assert (pair.id, pair.source.text, pair.target.text, pair.source.document) == ("r1", "Yes", "Sim", "web")


def test_text_keeps_blank_lines_so_that_numbers_stay_aligned(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("one\n\nthree\n")
    segments = list(read_segments(path, lang="en"))
    assert [(segment.id, segment.text) for segment in segments] == [("a:1", "one"), ("a:2", ""), ("a:3", "three")]


def test_jsonl_fields_by_themselves_by_name_and_by_language(tmp_path):
    by_name = write_jsonl(tmp_path / "a.jsonl", [{"id": "x", "src": "Yes", "tgt": "Sim", "doc": "d"}])
    (pair,) = read_pairs(by_name, direction=EN_PT)
    assert (pair.id, pair.target.text, pair.target.document) == ("x", "Sim", "d")
    by_code = write_jsonl(tmp_path / "b.jsonl", [{"en": "Yes", "pt_BR": "Sim", "de": "Ja"}])
    assert texts(read_pairs(by_code, direction=EN_PT)) == [("Yes", "Sim")]
    assert texts(read_pairs(by_code, direction=Direction("de", "en"))) == [("Ja", "Yes")]
    given = FieldNames(source="de", target="pt_BR")
    assert texts(read_pairs(by_code, direction=EN_PT, reading=Reading(fields=given))) == [("Ja", "Sim")]


def test_rows_that_state_the_reverse_direction_are_turned(tmp_path):
    row = {"src_lang": "en", "tgt_lang": "pt_BR", "src": "Yes", "tgt": "Sim"}
    path = write_jsonl(tmp_path / "a.jsonl", [row])
    assert texts(read_pairs(path, direction=Direction("pt", "en"))) == [("Sim", "Yes")]
    assert [segment.text for segment in read_segments(path, lang="pt")] == ["Sim"]
    with pytest.raises(CorpusError, match="target language is 'pt', but 'de'"):
        list(read_pairs(path, direction=Direction("en", "de")))


def test_only_and_without_match_up_to_a_colon(tmp_path):
    rows = [{"src": o, "tgt": "t", "origin": o} for o in ("ddtp", "gettext:apt", "gettext", "gettextual")]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    kept = read_pairs(path, direction=EN_PT, reading=Reading(only={"origin": ["gettext"]}))
    assert [source for source, _ in texts(kept)] == ["gettext:apt", "gettext"]
    kept = read_pairs(path, direction=EN_PT, reading=Reading(without={"origin": ["gettext", "ddtp"]}))
    assert [source for source, _ in texts(kept)] == ["gettextual"]
    with pytest.raises(CorpusError, match=r"no row has a field 'orgin'.*'origin'"):
        list(read_pairs(path, direction=EN_PT, reading=Reading(only={"orgin": ["ddtp"]})))


def test_parquet_agrees_with_jsonl(tmp_path):
    rows = [{"id": f"r{n}", "src": f"s{n}", "tgt": f"t{n}", "origin": "a:b" if n % 2 else "c"} for n in range(20)]
    jsonl = write_jsonl(tmp_path / "a.jsonl", rows)
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    from_jsonl = list(read_pairs(jsonl, direction=EN_PT, reading=Reading(only={"origin": ["a"]})))
    from_parquet = list(read_pairs(tmp_path / "a.parquet", direction=EN_PT, reading=Reading(only={"origin": ["a"]})))
    assert texts(from_jsonl) == texts(from_parquet)
    assert [p.id for p in from_jsonl] == [p.id for p in from_parquet]
    assert len(from_jsonl) == 10


def test_po_reads_forms_and_skips_fuzzy_obsolete_and_empty(tmp_path):
    path = tmp_path / "app.po"
    path.write_text(PO)
    pairs = list(read_pairs(path, direction=EN_PT))
    assert texts(pairs) == [("Open", "Abrir"), ("%d file", "%d arquivo"), ("%d files", "%d arquivos")]
    assert [pair.id for pair in pairs] == ["app:1", "app:2", "app:3"]
    assert pairs[0].provenance.origin == f"{path}:7"
    sources = [segment.text for segment in read_segments(path, lang="en")]
    assert sources == ["Open", "%d file", "%d files", "Close", "Untranslated"]


def test_po_with_one_form_pairs_it_with_the_plural(tmp_path):
    path = tmp_path / "app.po"
    path.write_text(
        PO.replace("nplurals=2; plural=(n > 1)", "nplurals=1; plural=0").replace('msgstr[1] "%d arquivos"', "")
    )
    assert ("%d files", "%d arquivo") in texts(read_pairs(path, direction=EN_PT))


@pytest.mark.parametrize("wrapped", [False, True])
def test_gettext_json_of_both_shapes(tmp_path, wrapped):
    path = tmp_path / "lab.json"
    catalogue = {"domain": "lab", "locale_data": {"lab": CATALOGUE}} if wrapped else CATALOGUE
    path.write_text(json.dumps(catalogue))
    expected = [("%1 Item", "%1 item"), ("Open", "Abrir"), ("Jed", "Jed de antes")]
    pairs = list(read_pairs(path, direction=EN_PT))
    assert texts(pairs) == expected
    assert [pair.id for pair in pairs] == ["lab:1", "lab:2", "lab:4"]
    assert len(list(read_segments(path, lang="en"))) == 4


def test_jupyterlab_catalogues_read_whole():
    pack = pytest.importorskip("jupyterlab_language_pack_pt_BR")
    folder = f"{pack.__path__[0]}/locale/pt_BR/LC_MESSAGES"
    pairs = list(read_pairs(f"{folder}/*.json", direction=EN_PT))
    assert len(pairs) > 1000
    assert len({pair.id for pair in pairs}) == len(pairs)
    assert "jupyterlab" in {pair.source.document for pair in pairs}


def test_folder_list_and_shared_stems(tmp_path):
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same.tsv").write_text(f"{name}\t{name}\n")
    (tmp_path / "notes.md").write_text("not a corpus")
    assert [pair.id for pair in read_pairs(tmp_path, direction=EN_PT)] == ["x/same:1", "y/same:1"]
    both = [tmp_path / "y" / "same.tsv", tmp_path / "x"]
    assert [pair.id for pair in read_pairs(both, direction=EN_PT)] == ["y/same:1", "x/same:1"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{broken", "not JSON"),
        (b'["a"]', "a JSON list, not an object"),
        (b'{"src": "a"}', "no target field"),
        (b'{"src": 1, "tgt": "b"}', "the source is int, not text"),
        (b'{"src": "\xe9", "tgt": "b"}', "not UTF-8 .byte 0xe9 at column 10"),
    ],
)
def test_bad_jsonl_line_names_file_line_and_reason(tmp_path, line, reason):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"src": "a", "tgt": "b"}\n' + line + b"\n")
    with pytest.raises(CorpusError, match=rf"a\.jsonl:2: {reason}"):
        list(read_pairs(path, direction=EN_PT))


def test_a_file_of_8_bits_is_told_with_what_to_do(tmp_path):
    for name in ("a.txt", "a.csv", "a.srt"):
        (tmp_path / name).write_bytes("source\n1\n00:00:01,000 --> 00:00:02,000\nÉ um café\n".encode("latin-1"))
        with pytest.raises(CorpusError, match=r"not UTF-8 .*; is the file Windows-1252 or Latin-1\?") as raised:
            list(read_segments(tmp_path / name, lang="pt"))
        told = str(raised.value)
        assert f"{name}:4:" in told or "column 1 of line 4;" in told
        assert ("iconv -f WINDOWS-1252 -t UTF-8" if name != "a.txt" else "--bad-lines 0.01") in told
    (tmp_path / "noise.txt").write_bytes(b"\x00\x01\xff\xfe\x81\n")
    with pytest.raises(CorpusError, match=r"noise\.txt:1: not UTF-8 \(byte 0xff at column 3\)"):
        list(read_segments(tmp_path / "noise.txt", lang="pt"))


def test_share_of_bad_lines(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("a\tb\nbad\nc\td\ne\tf\n")
    bad = []
    pairs = list(read_pairs(path, direction=EN_PT, reading=Reading(max_bad_share=0.25, bad_line=bad.append)))
    assert len(pairs) == 3
    assert [(line.number, line.raw) for line in bad] == [(2, "bad")]
    with pytest.raises(CorpusError, match=r"1 of 4 lines cannot be used.*a\.tsv:2: one column"):
        list(read_pairs(path, direction=EN_PT, reading=Reading(max_bad_share=0.2)))
    with pytest.raises(UsageError, match="from 0 to 1"):
        list(read_pairs(path, direction=EN_PT, reading=Reading(max_bad_share=5)))


def test_duplicate_id_names_its_line(tmp_path):
    path = write_jsonl(tmp_path / "a.jsonl", [{"id": "x", "src": "a", "tgt": "b"}] * 2)
    with pytest.raises(CorpusError, match=r"a\.jsonl:2: the id 'x' was already used in this file"):
        list(read_pairs(path, direction=EN_PT))


def numbered(*texts, **more):
    return [{"id": str(n), "src": text, "tgt": text.upper(), **more} for n, text in enumerate(texts, start=1)]


def test_files_with_the_same_ids_are_told_apart(tmp_path):
    files = [
        write_jsonl(tmp_path / "a.jsonl", numbered("one", "two")),
        write_jsonl(tmp_path / "b.jsonl", [*numbered("one", "drei"), {"id": "x", "src": "four", "tgt": "FOUR"}]),
        write_jsonl(tmp_path / "c.jsonl", [*numbered("five"), {"id": "b#1", "src": "six", "tgt": "SIX"}]),
    ]
    read = [(pair.id, pair.source.text) for pair in read_pairs(files, direction=EN_PT)]
    assert [segment_id for segment_id, _ in read] == ["1", "2", "b#1", "b#2", "x", "c#1", "c#b#1"]
    assert read == [(segment.id, segment.text) for segment in read_segments(files, lang="en")]
    turned = [pair.id for pair in read_pairs(files[::-1], direction=EN_PT)]
    assert turned == ["1", "b#1", "b#b#1", "2", "x", "a#1", "a#2"]


def test_what_is_chosen_of_a_file_changes_no_ids(tmp_path):
    """A split by id must put a row into the same part, whatever else is read with it."""
    first = [*numbered("one", "two", origin="web"), *numbered("three", origin="app")]
    second = numbered("four", origin="app")
    files = [write_jsonl(tmp_path / name, rows) for name, rows in (("a.jsonl", first), ("b.jsonl", second))]
    chosen = list(read_pairs(files, direction=EN_PT, reading=Reading(only={"origin": ["app"]})))
    assert [(pair.id, pair.source.text) for pair in chosen] == [("1", "three"), ("b#1", "four")]
    left = list(read_pairs(files, direction=EN_PT, reading=Reading(without={"origin": ["web"]})))
    assert [pair.id for pair in left] == ["1", "b#1"]
    web = list(read_pairs(files, direction=EN_PT, reading=Reading(only={"origin": ["web"]})))
    assert [pair.id for pair in web] == ["1", "2"]


def test_errors_of_files(tmp_path):
    (tmp_path / "empty.tsv").write_text("")
    (tmp_path / "a.tsvx").write_text("x")
    (tmp_path / "cut.tsv.gz").write_bytes(gzip.compress(b"a\tb\n" * 999)[:40])
    flipped = bytearray(gzip.compress(b"".join(b"%d\t%d\n" % (n, n * n) for n in range(999))))
    flipped[60:70] = b"\xff" * 10
    (tmp_path / "flipped.tsv.gz").write_bytes(flipped)
    (tmp_path / "broken.po").write_text('mgsid "a"\nmsgstr "b"\n')
    (tmp_path / "package.json").write_text('{"name": {"a": 1}}')
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "not.parquet").write_text("no")
    (tmp_path / "plain.txt").write_text("x\n")
    for name, message in [
        ("none.tsv", "no such file"),
        ("empty.tsv", "the file is empty"),
        ("a.tsvx", "suffix '.tsvx' tells no format. Did you mean '.tsv'"),
        ("cut.tsv.gz", "damaged"),
        ("flipped.tsv.gz", "damaged"),
        ("broken.po", "not a PO catalogue"),
        ("package.json", "holds one language a file"),
        ("list.json", "a JSON object of messages: a JSON list, not an object"),
        ("not.parquet", "not a Parquet file"),
        ("plain.txt", "holds one language"),
        ("*.xyz", "no file matches"),
    ]:
        with pytest.raises(CorpusError, match=message):
            list(read_pairs(tmp_path / name, direction=EN_PT))
    with pytest.raises(UsageError, match="Did you mean 'jsonl'"):
        list(read_pairs(tmp_path / "a.tsvx", direction=EN_PT, reading=Reading(text_format="json-l")))
