"""Make the embedded English sentences: Python's own help texts and docstrings, a sentence a line.

    python benchmarks/corpora/python_help.py src/tutelage/embedded/python-help.en.txt.gz

The text is that of the running Python (3.11 made the shipped file), under the PSF licence version 2.
"""

from __future__ import annotations

import ast
import gzip
import re
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from pydoc_data.topics import topics

MIN_WORDS, MAX_WORDS = 4, 30
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_PROSE = re.compile(r"[A-Z][A-Za-z0-9 ,;:'()\"/%_.-]+[.!?]")


def main() -> None:
    sentences = dict.fromkeys(sentence for text in _texts() for sentence in _sentences(text))
    text = "\n".join(sentences) + "\n"
    Path(sys.argv[1]).write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{len(sentences)} sentences")


def _texts() -> Iterator[str]:
    yield from topics.values()
    for path in sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py")):
        if not {"site-packages", "test", "tests", "lib2to3", "idle_test"} & set(path.parts):
            yield from _docstrings(path)


def _docstrings(path: Path) -> Iterator[str]:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield ast.get_docstring(node) or ""


def _sentences(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", text):
        line = " ".join(paragraph.replace("`", "").replace("*", "").split())
        for sentence in _SENTENCE.split(line):
            if MIN_WORDS <= len(sentence.split()) <= MAX_WORDS and _PROSE.fullmatch(sentence):
                yield sentence


if __name__ == "__main__":
    main()
