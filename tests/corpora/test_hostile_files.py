"""One bad item of input costs one item: file, line and reason, in memory that does not grow with the damage."""

import bz2
import gzip
import io
import json
import lzma
import os
import sys
import tracemalloc
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tutelage.core.errors import CorpusError
from tutelage.core.languages import Direction
from tutelage.corpora.bad_lines import Allowance, BadLineCount
from tutelage.corpora.files import read_lines, written_whole
from tutelage.corpora.filling import Filling
from tutelage.corpora.json_text import MAX_DEPTH
from tutelage.corpora.reading import Reading, read_pairs, read_segments
from tutelage.storage import limits
from tutelage.storage.limits import MAX_LINE_BYTES
from tutelage.tasks.translation import translate_document

EN_PT = Direction("en", "pt-BR")
GOOD = b'{"source": "Open it.", "target": "Abra."}'
SURROGATE = rb'{"source": "Open the file \ud83d now.", "target": "Abra o arquivo \ud83d agora."}'
BAD_JSON = {
    "surrogate": (SURROGATE, "half of a surrogate pair"),
    "surrogate in another field": (rb'{"source": "a", "target": "b", "x": ["\udc00"]}', "half of a surrogate pair"),
    "surrogate in a key": (rb'{"source": "a", "target": "b", "\uDFFF": 1}', "half of a surrogate pair"),
    "deep": (b'{"source": "a", "target": "b", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested more than 64"),
    "rather deep": (b'{"source": "a", "target": "b", "x": ' + b"[" * 90 + b"]" * 90 + b"}", "nested more than 64"),
    "open brackets": (b"[" * 300_000, "nested more than 64"),
    "long number": (b'{"source": "a", "target": "b", "x": ' + b"9" * 5000 + b"}", "thousands of digits"),
    "NUL": (b'{"source": "a\0", "target": "b"}', "a NUL character"),
    "escaped NUL": (rb'{"source": "a", "target": "b\u0000"}', "the target has a NUL character"),
    "not UTF-8": (b'{"source": "\xff", "target": "b"}', "not UTF-8"),
    "cut off": (b'{"source": "a", "tar', "not JSON"),
    "long": (b'{"source": "' + b"a" * (MAX_LINE_BYTES + 5) + b'", "target": "b"}', "more than 1,000,000 bytes"),
    "text in a list": (b'{"source": ["a"], "target": "b"}', "the source is list, not text"),
}


def upper(sources):
    return (source.upper() for source in sources)


def translated(path, out, share=0.0, **filling):
    bad = BadLineCount()
    translate_document(path, out, upper, filling=Filling(allowed=Allowance(share, bad), **filling))
    return bad


@pytest.mark.parametrize("kind", BAD_JSON)
def test_a_bad_json_line_costs_one_line(tmp_path, kind):
    line, reason = BAD_JSON[kind]
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n".join([GOOD, line, GOOD, b""]))
    with pytest.raises(CorpusError, match=rf"a\.jsonl:2: .*{reason}"):
        list(read_pairs(path, direction=EN_PT))
    bad = BadLineCount()
    pairs = list(read_pairs(path, direction=EN_PT, reading=Reading(max_bad_share=0.4, bad_line=bad)))
    assert [pair.id for pair in pairs] == ["a:1", "a:3"]
    assert bad.count == 1 and reason in bad.note() and "a.jsonl:2" in bad.note()
    bad.note().encode()


@pytest.mark.parametrize("kind", sorted(set(BAD_JSON) - {"escaped NUL"}))
def test_a_bad_json_line_costs_one_line_of_a_translation_too(tmp_path, kind):
    path, out = tmp_path / "a.jsonl", tmp_path / "out.jsonl"
    path.write_bytes(b"\n".join([GOOD, BAD_JSON[kind][0], GOOD, b""]))
    with pytest.raises(CorpusError, match=r"a\.jsonl:2: "):
        translated(path, out)
    assert not out.exists()
    assert translated(path, out, share=0.5).count == 1
    lines = out.read_text().splitlines()
    assert [bool(line) for line in lines] == [True, False, True]
    assert json.loads(lines[2])["target"] == "OPEN IT."


def test_json_may_be_as_deep_as_is_said(tmp_path):
    deep = "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"source": "a", "x": {deep}}}\n')
    assert len(list(read_segments(path, lang="en"))) == 1


@pytest.mark.parametrize("suffix", ["txt", "tsv"])
def test_bad_lines_of_text_keep_the_others_in_their_places(tmp_path, suffix):
    path, out = tmp_path / f"a.{suffix}", tmp_path / f"out.{suffix}"
    path.write_bytes(b"one\nt\xffwo\nth\0ree\n" + b"x" * 3_000_000 + b"\nfive\n")
    for line in (2, 3, 4):
        with pytest.raises(CorpusError, match=rf"a\.{suffix}:{line}: "):
            list(read_segments(path, lang="en"))
        content = path.read_bytes().split(b"\n")
        content[line - 1] = b"mended"
        path.write_bytes(b"\n".join(content))
    path.write_bytes(b"one\nt\xffwo\nth\0ree\n" + b"x" * 3_000_000 + b"\nfive\n")
    assert translated(path, out, share=0.6).count == 3
    ends = [line.split("\t")[-1] for line in out.read_text().splitlines()]
    assert ends == ["ONE", "", "", "", "FIVE"]


def test_a_line_of_fifty_megabytes_is_not_held(tmp_path):
    path = tmp_path / "a.txt"
    with path.open("wb") as stream:
        stream.write(b"one\n")
        for _ in range(50):
            stream.write(b"x" * 1_000_000)
        stream.write(b"\nthree\n")
    tracemalloc.start()
    segments = list(read_segments(path, lang="en", reading=Reading(max_bad_share=0.4)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [segment.id for segment in segments] == ["a:1", "a:3"]
    assert peak < 8_000_000


def test_a_text_without_an_end_of_line_is_none(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_UNBROKEN_BYTES", 5_000_000)
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\n" + b"x" * 7_000_000)
    with pytest.raises(CorpusError, match=r"a\.txt:2: no line ends within"):
        list(read_segments(path, lang="en", reading=Reading(max_bad_share=0.9)))


class Endless(io.RawIOBase):
    """As /dev/zero through a pipe."""

    given = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        buffer[:] = bytes(len(buffer))
        self.given += len(buffer)
        return len(buffer)


def test_standard_input_without_an_end_is_left(monkeypatch):
    monkeypatch.setattr(limits, "MAX_UNBROKEN_BYTES", 5_000_000)
    endless = Endless()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(endless)))
    with pytest.raises(CorpusError, match="no line ends within"):
        list(read_segments("-", lang="en", reading=Reading(max_bad_share=0.9)))
    assert endless.given < 10_000_000


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null", "zero.txt", "pipe.jsonl"])
def test_devices_and_pipes_are_no_files(tmp_path, name):
    (tmp_path / "zero.txt").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.jsonl")
    with pytest.raises(CorpusError, match="a device or a pipe, not a file"):
        list(read_segments(tmp_path / name, lang="en"))
    with pytest.raises(CorpusError, match="a device or a pipe, not a file"):
        list(read_lines(tmp_path / name))


@pytest.mark.parametrize("suffix", ["txt", "tsv", "jsonl", "po", "json", "parquet"])
def test_a_folder_named_like_a_file_and_an_empty_file(tmp_path, suffix):
    (tmp_path / f"folder.{suffix}").mkdir()
    (tmp_path / f"empty.{suffix}").write_bytes(b"")
    with pytest.raises(CorpusError, match="no file in this folder"):
        list(read_segments(tmp_path / f"folder.{suffix}", lang="en"))
    with pytest.raises(CorpusError, match="folder"):
        translated(tmp_path / f"folder.{suffix}", tmp_path / f"out.{suffix}")
    for share in (0.0, 1.0):
        with pytest.raises(CorpusError, match="empty"):
            list(read_segments(tmp_path / f"empty.{suffix}", lang="en", reading=Reading(max_bad_share=share)))
        with pytest.raises(CorpusError, match="empty"):
            translated(tmp_path / f"empty.{suffix}", tmp_path / f"out.{suffix}", share=share)


@pytest.mark.parametrize("suffix", ["txt", "tsv", "jsonl", "po", "json"])
def test_utf16_is_told_and_a_mark_of_utf8_is_not_text(tmp_path, suffix):
    texts = {
        "txt": "Open\n",
        "tsv": "Open\tAbrir\n",
        "jsonl": '{"source": "Open"}\n',
        "po": 'msgid ""\nmsgstr ""\n\nmsgid "Open"\nmsgstr ""\n',
        "json": '{"Open": [""]}',
    }
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(texts[suffix].encode("utf-16"))
    with pytest.raises(CorpusError, match="UTF-16"):
        list(read_segments(path, lang="en", reading=Reading(max_bad_share=1)))
    path.write_bytes(texts[suffix].encode("utf-8-sig"))
    assert [segment.text for segment in read_segments(path, lang="en")] == ["Open"]


PACK = {".gz": gzip.compress, ".xz": lzma.compress, ".bz2": bz2.compress, ".zst": lambda data: zstd(data)}


def zstd(data):
    return pa.Codec("zstd").compress(data, asbytes=True)


@pytest.mark.parametrize("suffix", PACK)
def test_a_compressed_file_that_breaks_off_says_where(tmp_path, suffix):
    whole = b"".join(b"line %d %d\n" % (number, number * number * 7919) for number in range(20_000))
    packed = PACK[suffix](whole)
    path = tmp_path / f"a.txt{suffix}"
    path.write_bytes(packed)
    assert len(list(read_segments(path, lang="en"))) == 20_000
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(CorpusError, match=rf"a\.txt{suffix}:[1-9]\d*: the compressed file is damaged"):
        list(read_segments(path, lang="en", reading=Reading(max_bad_share=0.9)))
    path.write_bytes(b"no such thing")
    with pytest.raises(CorpusError, match="damaged"):
        list(read_segments(path, lang="en"))


@pytest.mark.parametrize("suffix", PACK)
@pytest.mark.parametrize("content", [b"\0" * 1000, b"a" * 999 + b"\n"], ids=["one line", "lines"])
def test_a_bomb_is_left_before_it_fills_anything(tmp_path, monkeypatch, suffix, content):
    monkeypatch.setattr(limits, "FREE_BYTES", 100_000)
    path = tmp_path / f"a.txt{suffix}"
    path.write_bytes(PACK[suffix](content * 4_000))
    tracemalloc.start()
    with pytest.raises(CorpusError, match="decompresses to more than 200 times its size"):
        for _ in read_segments(path, lang="en", reading=Reading(max_bad_share=1)):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12_000_000  # of which xz asks for 8 as its dictionary


def test_zstd_is_written_and_read(tmp_path):
    path, out = tmp_path / "a.jsonl.zst", tmp_path / "out.jsonl.zst"
    with written_whole(path) as stream:
        stream.write(GOOD + b"\n")
    assert path.read_bytes()[:4] == b"\x28\xb5\x2f\xfd"
    translated(path, out)
    assert [pair.target.text for pair in read_pairs(out, direction=EN_PT)] == ["OPEN IT."]


@pytest.mark.parametrize("suffix", ["po", "json"])
def test_a_catalogue_has_a_size(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr("tutelage.corpora.files.read_document.__kwdefaults__", {"limit": 1000})
    monkeypatch.setattr("tutelage.corpora.files.read_bytes.__kwdefaults__", {"limit": 1000})
    monkeypatch.setattr("tutelage.corpora.files.read_text.__kwdefaults__", {"limit": 1000})
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(b"#" * 2000)
    with pytest.raises(CorpusError, match="more than 1,000 bytes"):
        list(read_segments(path, lang="en"))


PO_HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'


@pytest.mark.parametrize(
    ("po", "told"),
    [
        (PO_HEAD + f'\nmsgid "a"\nmsgid_plural "b"\nmsgstr[{"1" * 5000}] "c"\n', r"a\.po:7: '1+' is no plural form"),
        (PO_HEAD + '\nmsgid "a"\nmsgid_plural "b"\nmsgstr[x] "c"\n', r"a\.po:7: 'x' is no plural form"),
        (PO_HEAD + f'"Plural-Forms: nplurals={"9" * 5000}; plural=0;\\n"\n\nmsgid "a"\nmsgstr ""\n', "more than 9"),
        (PO_HEAD + '"Plural-Forms: nplurals=99999999; plural=0;\\n"\n\nmsgid "a"\nmsgstr ""\n', "more than 9"),
        (PO_HEAD + '\nmsgid "a"\n' + '"b"\n' * 400_000 + 'msgstr ""\n', "one message has more than 1,000,000 char"),
        (PO_HEAD + "\nmsgid broken\n", r"a\.po:5: a text without its quote marks: 'msgid broken'"),
        (PO_HEAD.replace("UTF-8", "utf-7") + '\nmsgid "+2D0-"\nmsgstr ""\n', "half of a surrogate pair"),
        (PO_HEAD.replace("UTF-8", "no-such") + '\nmsgid "a"\nmsgstr ""\n', "unknown encoding"),
        (PO_HEAD + '\nmsgid "a\0"\nmsgstr ""\n', "NUL"),
    ],
)
def test_a_catalogue_that_is_none(tmp_path, po, told):
    path = tmp_path / "a.po"
    path.write_text(po)
    with pytest.raises(CorpusError, match=told) as raised:
        list(read_segments(path, lang="en"))
    assert len(str(raised.value)) < 400
    with pytest.raises(CorpusError, match=told):
        translated(path, tmp_path / "out.po")


def test_messages_of_json_that_are_none_are_left_out_and_counted(tmp_path):
    path, out = tmp_path / "a.json", tmp_path / "out.json"
    path.write_text(json.dumps({"Open": ["Abrir"], "Close": [{"a": 1}], "Save": [""], "Nul\0": [""], "n": 3}))
    with pytest.raises(CorpusError, match="a form that is not text: Close"):
        list(read_pairs(path, direction=EN_PT))
    pairs = list(read_pairs(path, direction=EN_PT, reading=Reading(max_bad_share=0.9)))
    assert [pair.source.text for pair in pairs] == ["Open"]
    bad = translated(path, out, share=0.8)
    assert bad.count == 3
    assert json.loads(out.read_text())["Save"] == ["SAVE"]
    assert json.loads(out.read_text())["Close"] == [{"a": 1}]


def write_table(path, columns, **options):
    pq.write_table(pa.table(columns), path, **options)
    return path


def test_only_text_of_parquet_is_decoded(tmp_path):
    """Nanoseconds are what Python has no type for; the columns stay as they were in what is written."""
    when = pa.array([1_699_999_999_123_456_789, 1], pa.timestamp("ns"))
    columns = {
        "id": pa.array([7, 8]),
        "source": ["Open the file.", "Save the file."],
        "target": pa.array(["Abra o arquivo.", "Salve o arquivo."]).dictionary_encode(),
        "when": when,
        "blob": pa.array([b"\xff\xfe", b""]),
        "far": pa.array([datetime(9999, 1, 1), None], pa.timestamp("s")),
    }
    path, out = write_table(tmp_path / "a.parquet", columns), tmp_path / "out.parquet"
    pairs = list(read_pairs(path, direction=EN_PT))
    assert [(pair.id, pair.target.text) for pair in pairs] == [("7", "Abra o arquivo."), ("8", "Salve o arquivo.")]
    translated(path, out, target="mt")
    written = pq.read_table(out)
    assert written["when"].cast(pa.int64()).to_pylist() == when.cast(pa.int64()).to_pylist()
    assert written["mt"].to_pylist() == ["OPEN THE FILE.", "SAVE THE FILE."]


def test_a_column_of_times_is_no_source(tmp_path):
    path = write_table(tmp_path / "a.parquet", {"source": pa.array([1], pa.timestamp("ns")), "target": ["b"]})
    with pytest.raises(CorpusError, match=r"a\.parquet:1: no source field"):
        list(read_pairs(path, direction=EN_PT))


def test_a_damaged_page_costs_its_part_of_the_table(tmp_path):
    rows = {"source": [f"source number {n}" for n in range(3000)], "target": [f"alvo {n}" for n in range(3000)]}
    options = {"row_group_size": 1000, "use_dictionary": False, "compression": "none", "write_page_checksum": True}
    path = write_table(tmp_path / "a.parquet", rows, **options)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"source number 1500", b"sourcX number 1500"))
    with pytest.raises(CorpusError, match=r"a\.parquet:1001: this part of the file is damaged"):
        list(read_pairs(path, direction=EN_PT))
    bad = BadLineCount()
    pairs = list(read_pairs(path, direction=EN_PT, reading=Reading(max_bad_share=0.4, bad_line=bad)))
    assert (len(pairs), bad.count) == (2000, 1000)
    with pytest.raises(CorpusError, match="1,000 of 3,000 lines cannot be used"):
        list(read_pairs(path, direction=EN_PT, reading=Reading(max_bad_share=0.3)))
    with pytest.raises(CorpusError, match="damaged"):
        translated(path, tmp_path / "out.parquet", share=1)
    assert not (tmp_path / "out.parquet").exists()


def test_a_parquet_cell_that_is_not_utf8_costs_its_row(tmp_path):
    path = write_table(tmp_path / "a.parquet", {"source": ["good", "xxxx", "fine"]}, use_dictionary=False)
    path.write_bytes(path.read_bytes().replace(b"xxxx", b"\xff\xffxx"))
    bad = BadLineCount()
    texts = [one.text for one in read_segments(path, lang="en", reading=Reading(max_bad_share=0.5, bad_line=bad))]
    assert (texts, bad.count) == (["good", "fine"], 1)
