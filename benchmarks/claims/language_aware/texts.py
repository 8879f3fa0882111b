"""The texts of the claim: files with a key for each language, and of them the short segments for a chat model."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.claims.language_aware.arms import Size
from tutelage.storage.atomic import write_whole

MIN_WORDS = 4
"""Of shorter ones no language can be told."""


def draw_short(data: Path, use: str, size: Size, work: Path) -> Path:
    """The file of a use, `train` or `dev`; where the size wants short segments, one with these alone, made once."""
    whole = data / f"multi.{use}.jsonl.gz"
    if size.max_words is None:
        return whole
    path = work / f"text-{use}.jsonl"
    if not path.is_file():
        write_whole(path, "".join(_short_rows(whole, size, size.max_words)))
    return path


def _short_rows(whole: Path, size: Size, max_words: int) -> Iterator[str]:
    """Those that all of the size's languages have, each in few words."""
    with gzip.open(whole, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            texts = [row.get(lang.replace("-", "_")) for lang in ("en", *size.languages)]
            if all(text and MIN_WORDS <= len(text.split()) <= max_words for text in texts):
                yield line
