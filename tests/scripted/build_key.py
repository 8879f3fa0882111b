"""Makes an answer key from parallel text.

    PYTHONPATH=tests python -m scripted.build_key --pairs pool.jsonl.gz --sentences held-out.jsonl.gz --out key.json.gz

Rows are JSON Lines with `src` and `tgt` (or `source` and `target`), perhaps `origin`. `--pairs` are what may be asked
about, `--sentences` what contexts are taken from (none: the same pairs). `--words` is a table of source word,
translation and perhaps category, separated by tabs; without it the words are found by alignment.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from scripted.answer_key import AnswerKey, KeyPair, KeyWord, open_text, write_key
from scripted.word_families import add_families, find_words, split_sentence


def build_key(
    pairs: Iterable[KeyPair],
    *,
    sentences: Iterable[KeyPair] | None = None,
    words: Iterable[KeyWord] | None = None,
    source_lang: str = "en",
    target_lang: str = "pt-BR",
    most_words: int = 6000,
    domain: str = "software",
) -> AnswerKey:
    """A key of these pairs; words that are not given are found by alignment, their families always."""
    pairs = tuple(pairs)
    held_out = pairs if sentences is None else tuple(sentences)
    known = pairs if sentences is None else (*held_out, *pairs)
    if words is None:
        found = find_words(known, source_lang=source_lang, target_lang=target_lang, most=most_words)
    else:
        found = add_families(tuple(words), [split_sentence(pair.source) for pair in known])
    return AnswerKey(source_lang, target_lang, pairs, held_out, tuple(found), domain=domain)


def read_pairs(path: Path, *, origins: frozenset[str] = frozenset()) -> Iterator[KeyPair]:
    """The pairs of a JSON Lines file, of some origins only if any are given."""
    with open_text(path, "rt") as lines:
        for row in map(json.loads, lines):
            origin = row.get("origin", "")
            if not origins or origin in origins:
                source, target = row.get("src") or row.get("source"), row.get("tgt") or row.get("target")
                yield KeyPair(source, target, origin)


def read_words(path: Path) -> Iterator[KeyWord]:
    """The words of a table: source, translation, perhaps a category."""
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            if len(row) >= 2:
                yield KeyWord(row[0].strip(), row[1].strip(), row[2].strip() if len(row) > 2 else "")


def main() -> int:
    """Build the key that the arguments describe and say what is in it."""
    options = _parser().parse_args()
    origins = frozenset(options.origin)
    key = build_key(
        read_pairs(options.pairs, origins=origins),
        sentences=None if options.sentences is None else read_pairs(options.sentences),
        words=None if options.words is None else read_words(options.words),
        source_lang=options.source,
        target_lang=options.target,
        most_words=options.most_words,
    )
    write_key(key, options.out)
    print(f"{options.out}: {len(key.references)} references, {len(key.sentences)} sentences, {len(key.words)} words")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Makes an answer key for the scripted teacher.")
    parser.add_argument("--pairs", type=Path, required=True, help="parallel text that may be asked about")
    parser.add_argument("--sentences", type=Path, help="parallel text that contexts are taken from")
    parser.add_argument("--words", type=Path, help="table of words, translations and categories")
    parser.add_argument("--out", type=Path, required=True, help="JSON, compressed if it ends in .gz")
    parser.add_argument("--origin", action="append", default=[], help="only pairs of this origin (may be repeated)")
    parser.add_argument("--source", default="en", help="source language")
    parser.add_argument("--target", default="pt-BR", help="target language")
    parser.add_argument("--most-words", type=int, default=6000, help="words found by alignment")
    return parser


if __name__ == "__main__":
    sys.exit(main())
