"""A small sound file of every format, in the variants that tools write."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tutelage.evaluation.rating.blinding import BlindSet, SystemOutputs, blind_outputs, order_for_rater
from tutelage.evaluation.rating.sheets import render_sheet
from tutelage.storage.ledger.calls import Call, Entry
from tutelage.storage.ledger.replay import write_replay
from tutelage.tasks.judge.folders import render_key

PACKED = (".gz", ".gz", ".xz", ".bz2", ".zst", ".zst")
SIDES = [(f"Open the file {number} of %s.", f"Abra o arquivo {number} de %s.") for number in range(8)]
PO = r"""# A catalogue
msgid ""
msgstr ""
"Language: pt_BR\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"

#: a.c:1
#, c-format
msgctxt "menu"
msgid "Open %s"
msgstr "Abrir %s"

#. a note
#, fuzzy
#| msgid "Old"
msgid "One file"
msgid_plural "%d files"
msgstr[0] "Um arquivo"
msgstr[1] "%d arquivos"

msgid ""
"A long text\n"
"in two lines"
msgstr ""

#~ msgid "gone"
#~ msgstr "foi"
"""
TBX = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE martif SYSTEM "TBXcoreStructV02.dtd">
<martif type="TBX" xml:lang="en"><text><body>
<termEntry id="1"><langSet xml:lang="en"><tig><term>printer</term></tig></langSet>
<langSet xml:lang="pt-BR"><tig><term>impressora &amp; cia</term></tig></langSet></termEntry>
<conceptEntry><langSec xml:lang="pt"><termSec><term>arquivo</term></termSec></langSec>
<langSec xml:lang="en"><termSec><term>file</term></termSec></langSec></conceptEntry>
</body></text></martif>
"""
PRICES = """[[price]]
model = "my-model"
host = "example.org"
input = 0.5
output = 1.5
as_of = "2026-01-01"

[[price]]
model = "other"
input = 1
output = 2
"""
WORD = {
    "id": "1", "source": "Open the printer.", "target": "Abra a impressora.", "source_lang": "en",
    "target_lang": "pt-BR", "word": "printer", "translations": ["impressora"], "group": "zero", "sightings": 0,
    "contexts": 0, "segment": "a:1", "document": "a",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """A sound file; the beginning of its name tells what reads it."""

    name: str
    data: bytes
    is_text: bool = True
    may_be_packed: bool = True


def samples(place: Path) -> Iterator[Sample]:
    """One of each; `place` is a folder to write in."""
    yield from _texts()
    yield from _tables()
    yield from _catalogues()
    yield from _localisation_files()
    yield from _lists()
    yield from _ratings()
    yield from _logs(place)


def pack(data: bytes, suffix: str) -> bytes:
    """The data as a file of this compression has it."""
    if suffix == ".gz":
        return gzip.compress(data, mtime=0)
    if suffix == ".zst":
        return bytes(pa.Codec("zstd").compress(data, asbytes=True))
    packer = {".xz": lzma.compress, ".bz2": bz2.compress}.get(suffix)
    return packer(data) if packer else data


@cache
def blind_set() -> BlindSet:
    """What the sample of ratings is about."""
    outputs = [
        SystemOutputs(str(n), source, {"teacher": target, "s": source}) for n, (source, target) in enumerate(SIDES)
    ]
    return blind_outputs(outputs, items=4, seed=1)


def _texts() -> Iterator[Sample]:
    lines = "".join(f"{source}\t{target}\n" for source, target in SIDES)
    yield Sample("a.txt", "".join(f"{source}\n" for source, _ in SIDES).encode())
    yield Sample("a.tsv", lines.encode())
    yield Sample(
        "a.tsv",
        ("id\tsource\ttarget\tdoc\n" + "".join(f"{n}\t{a}\t{b}\td\n" for n, (a, b) in enumerate(SIDES))).encode(),
    )
    yield Sample("a.tsv", ("\ufeff" + lines.replace("\n", "\r\n")).encode())
    rows = [
        {"id": n, "src": a, "tgt": b, "src_lang": "en", "tgt_lang": "pt", "n": [n]} for n, (a, b) in enumerate(SIDES)
    ]
    yield Sample("a.jsonl", _lines(rows))
    yield Sample("a.jsonl", _lines([{"en": a, "pt-BR": b, "doc": "x\u00e9"} for a, b in SIDES], ensure_ascii=True))


def _tables() -> Iterator[Sample]:
    columns = {
        "id": [str(n) for n in range(8)], "source": [a for a, _ in SIDES], "target": [b for _, b in SIDES],
        "when": pa.array(range(8), pa.timestamp("ns")), "n": list(range(8)),
    }  # fmt: skip
    options: list[dict[str, object]] = [
        {}, {"compression": "none", "use_dictionary": False}, {"compression": "zstd", "row_group_size": 3},
        {"compression": "gzip", "data_page_version": "2.0", "write_page_checksum": True},
        {"compression": "none", "use_dictionary": False, "column_encoding": {"source": "DELTA_BYTE_ARRAY"}},
    ]  # fmt: skip
    for number, option in enumerate(options):
        stream = BytesIO()
        pq.write_table(pa.table(columns), stream, **option)
        yield Sample(f"{number}.parquet", stream.getvalue(), is_text=False, may_be_packed=False)


def _catalogues() -> Iterator[Sample]:
    yield Sample("a.po", PO.encode())
    yield Sample("a.pot", PO.replace("UTF-8", "CHARSET").encode())
    yield Sample("b.po", PO.replace("UTF-8", "ISO-8859-1").encode("latin-1"))
    table = {
        "": {"language": "pt", "plural_forms": "nplurals=2; plural=(n != 1);"},
        "Open": ["Abrir"],
        "m\x04One": [""],
    }
    yield Sample("a.json", json.dumps(table, indent=1).encode())
    yield Sample("a.json", json.dumps({"domain": "d", "locale_data": {"d": {**table, "Jed": [None, "x"]}}}).encode())
    yield Sample("a.json", json.dumps({"Open": "Abrir", "Close": ""}, indent=1).encode())


XLIFF = """<?xml version="1.0" encoding="utf-8"?>
<xliff version="1.2"><file source-language="en" target-language="pt-BR" original="a"><body>
<trans-unit id="1"><source>Open <g id="1">the %s</g><x id="2"/> &amp; go</source><note>a note</note></trans-unit>
<trans-unit id="2"><source>Save</source><target state="final">Gravar</target></trans-unit>
<trans-unit id="3"><source>One. Two.</source><seg-source><mrk mtype="seg" mid="1">One.</mrk> <mrk mtype="seg" mid="2">
Two.</mrk></seg-source></trans-unit></body></file></xliff>
"""
XLIFF_2 = """<xliff version="2.0" srcLang="en" trgLang="pt-BR"><file id="f"><unit id="1"><notes><note>n</note></notes>
<segment id="1"><source>Open <pc id="1">the file</pc><ph id="2"/></source></segment><ignorable><source> </source>
</ignorable><segment state="final"><source>Save</source><target>Gravar</target></segment></unit></file></xliff>
"""
TMX = """<?xml version="1.0"?><!DOCTYPE tmx SYSTEM "tmx14.dtd"><tmx version="1.4"><header srclang="en"/><body>
<tu><tuv xml:lang="en"><seg>Open <bpt i="1">&lt;b></bpt>it<ept i="1"/></seg></tuv></tu>
<tu><tuv xml:lang="en"><seg>Save</seg></tuv><tuv xml:lang="pt-BR"><seg>Gravar</seg></tuv></tu></body></tmx>
"""
RESX = """<root><data name="a" xml:space="preserve"><value>Open {0}</value><comment>c</comment></data>
<data name="b" type="int"><value>1</value></data></root>
"""

ANDROID = r"""<?xml version="1.0" encoding="utf-8"?>
<resources xmlns:xliff="urn:oasis:names:tc:xliff:document:1.2"><!-- note -->
<string name="a">Don\'t <b>open</b> <xliff:g id="x">%1$s</xliff:g>\n</string>
<string name="b"><![CDATA[<a>x</a>]]></string>
<plurals name="c"><item quantity="one">%d file</item><item quantity="other">%d files</item></plurals>
<string-array name="d"><item>Monday</item></string-array></resources>
"""
QT = """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE TS><TS version="2.1" language="pt_BR"><context><name>Main</name>
<message><source>&amp;Open %1</source><translation type="unfinished"></translation></message>
<message numerus="yes"><source>%n files</source><translation type="unfinished"><numerusform></numerusform></translation>
</message><message><source>Save</source><translation>Gravar</translation></message></context></TS>
"""


def _localisation_files() -> Iterator[Sample]:
    yield Sample("a.xlf", XLIFF.encode())
    yield Sample("b.xlf", XLIFF.replace("utf-8", "utf-16").encode("utf-16"))
    yield Sample("a.xliff", XLIFF_2.encode())
    yield Sample("a.tmx", TMX.encode())
    yield Sample("strings.xml", ANDROID.encode())
    yield Sample("a.ts", QT.encode())
    yield Sample("a.resx", RESX.encode())


def _lists() -> Iterator[Sample]:
    yield Sample("glossary-a.tsv", b"source\ttarget\nprinter\timpressora\nfile\tarquivo\tficheiro\n")
    yield Sample("glossary-a.tbx", TBX.encode())
    yield Sample("glossary-a.jsonl", _lines([{"source": "printer", "target": "impressora"}] * 2))
    yield Sample("words-a.jsonl", _lines([WORD, {**WORD, "id": "2"}]))
    yield Sample("forbidden-a.txt", b"# words\ndamn\nto hell\n")
    yield Sample("prices-a.toml", PRICES.encode(), may_be_packed=False)
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]
    yield Sample("conversations-a.jsonl", _lines([{"messages": turns, "id": 1}] * 3))


def _ratings() -> Iterator[Sample]:
    ordered = order_for_rater(blind_set(), rater="rater-1")
    rows = [(item, text, (5, 4, 3, 2, 1)[: len(_blank())]) for item, texts in ordered for text in texts]
    sheet = render_sheet(rows, rater="rater-1")
    yield Sample("ratings-a.csv", sheet.encode())
    yield Sample("ratings-b.csv", sheet.replace(",", ";").encode())
    yield Sample("key-a.json", render_key(blind_set()).encode(), may_be_packed=False)
    outputs = [{"id": n, "source": a, "outputs": {"teacher": b, "student": a}} for n, (a, b) in enumerate(SIDES)]
    yield Sample("outputs-a.jsonl", _lines(outputs))


def _logs(place: Path) -> Iterator[Sample]:
    path = place / "sample-replay.jsonl"
    write_replay(path, [Entry(_call(number), "run", "01-step", 1e9) for number in range(4)], run="run")
    yield Sample("replay-a.jsonl", path.read_bytes(), may_be_packed=False)
    yield Sample("replay-b.jsonl.gz", gzip.compress(path.read_bytes(), mtime=0), is_text=False, may_be_packed=False)
    path.unlink()
    results = {
        "results": {"facts": {"alias": "facts", "acc,none": 0.5, "acc_stderr,none": 0.1}}, "versions": {"facts": 1},
        "group_subtasks": {"facts": []}, "n-shot": {"facts": 0}, "lm_eval_version": "0.4",
    }  # fmt: skip
    marks = _lines([{"doc_id": n, "filter": "none", "acc": float(n % 2)} for n in range(4)])
    folder = place / "harness-x"
    folder.mkdir()
    (folder / "results_1.json").write_text(json.dumps(results))
    (folder / "samples_facts_1.jsonl").write_bytes(marks)
    yield Sample("harness-x/samples_facts_1.jsonl", marks, may_be_packed=False)
    other = place / "harness-y"
    other.mkdir()
    (other / "samples_facts_1.jsonl").write_bytes(marks)
    yield Sample("harness-y/results_1.json", json.dumps(results, indent=1).encode(), may_be_packed=False)


def _call(number: int) -> Call:
    return Call(
        key=f"{number:064x}", role="feedback", teacher="m", prompt_version="p-1", request='{"messages": []}',
        answer='{"a": 1}', status="ok", input_tokens=10, output_tokens=5, cost=0.1, worst_tokens=100, worst_cost=1.0,
    )  # fmt: skip


def _blank() -> tuple[int | None, ...]:
    from tutelage.evaluation.rating.sheets import BLANK

    return BLANK


def _lines(rows: list[dict[str, object]], *, ensure_ascii: bool = False) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=ensure_ascii) + "\n" for row in rows).encode()
