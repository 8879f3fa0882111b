"""Sentences of English prose out of documentation: what both embedded monolingual texts are made with."""

from __future__ import annotations

import ast
import gzip
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

MIN_WORDS, MAX_WORDS = 4, 30
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_PROSE = re.compile(r"[A-Z][A-Za-z0-9 ,;:'()\"/%_.-]+[.!?]")


def sentences_of(text: str) -> Iterator[str]:
    """The sentences of a text with blank lines between paragraphs, without those that are not plain prose."""
    for paragraph in re.split(r"\n\s*\n", text):
        line = " ".join(paragraph.replace("`", "").replace("*", "").split())
        for sentence in _SENTENCE.split(line):
            if MIN_WORDS <= len(sentence.split()) <= MAX_WORDS and _PROSE.fullmatch(sentence) and "--" not in sentence:
                yield sentence


def docstrings_of(source: str) -> Iterator[str]:
    """The docstrings of a Python file; `None` if it does not parse."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield ast.get_docstring(node) or ""


def write_sentences(texts: Iterable[str], path: Path) -> None:
    """Write each sentence once, in the order of the texts, one a line, and say how many."""
    sentences = dict.fromkeys(sentence for text in texts for sentence in sentences_of(text))
    path.write_bytes(gzip.compress(("\n".join(sentences) + "\n").encode(), mtime=0))
    print(f"{path}: {len(sentences)} sentences")
