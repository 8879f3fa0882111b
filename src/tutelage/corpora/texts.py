"""The texts of a recipe, opened by their use: pool, parallel, sentences, dev, test, general."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tutelage.core.errors import CorpusError
from tutelage.core.languages import Direction
from tutelage.core.recipe import TextSettings, TextsSettings
from tutelage.core.records import Pair, Segment
from tutelage.core.signatures import content_key
from tutelage.corpora.bad_lines import BadLineSink
from tutelage.corpora.normalising import short_hash
from tutelage.corpora.paths import corpus_files
from tutelage.corpora.reading import Reading, read_pairs, read_segments
from tutelage.corpora.rows import FieldNames
from tutelage.corpora.splits import take_part
from tutelage.embedded.texts import locate_embedded_text

EMBEDDED_PREFIX = "embedded:"

Item = TypeVar("Item", Pair, Segment)


@dataclass(frozen=True, slots=True)
class Texts:
    """Reads what the recipe names; nothing is read before it is iterated."""

    settings: TextsSettings
    direction: Direction

    def has(self, use: str) -> bool:
        """Whether the recipe names a text for this use."""
        return getattr(self.settings, use) is not None

    def pairs(self, use: str, *, bad_line: BadLineSink | None = None) -> Iterator[Pair]:
        """The pairs of a text; CorpusError where it does not parse. `bad_line` is told the lines that may be bad."""
        settings = self._settings(use)
        pairs = read_pairs(self.paths(use), direction=self.direction, reading=_reading(settings, bad_line))
        return self._chosen(pairs, settings)

    def segments(self, use: str, *, bad_line: BadLineSink | None = None) -> Iterator[Segment]:
        """The source segments of a text, whether it has translations or not; else as `pairs`."""
        settings = self._settings(use)
        segments = read_segments(self.paths(use), lang=self.direction.source, reading=_reading(settings, bad_line))
        return self._chosen(segments, settings)

    def sources(self, use: str, *, bad_line: BadLineSink | None = None) -> Iterator[Segment]:
        """The source segments of a text to measure on: it has translations, unless the direction is paraphrase."""
        if self.direction.is_paraphrase:
            return self.segments(use, bad_line=bad_line)
        return (pair.source for pair in self.pairs(use, bad_line=bad_line))

    def key(self, use: str) -> str:
        """Content key of a text: its settings and direction, and its files' names, sizes and times."""
        if not self.has(use):
            return ""
        files = [(Path(file.path).name, Path(file.path).stat()) for file in corpus_files(self.paths(use))]
        facts = [(name, facts.st_size, facts.st_mtime_ns) for name, facts in files]
        return content_key(self._settings(use), self.direction, facts)

    def paths(self, use: str) -> list[str]:
        """The files, folders and patterns of a text, embedded ones located."""
        paths = self._settings(use).path
        return [self._locate(path) for path in ([paths] if isinstance(paths, str) else paths)]

    def _locate(self, path: str) -> str:
        if not path.startswith(EMBEDDED_PREFIX):
            return path
        return str(locate_embedded_text(path.removeprefix(EMBEDDED_PREFIX), target_lang=self.direction.target))

    def _settings(self, use: str) -> TextSettings:
        settings: TextSettings | None = getattr(self.settings, use)
        if settings is None:
            raise CorpusError("this step needs a text that the recipe does not name.", where=f"text.{use}")
        return settings

    def _chosen(self, items: Iterator[Item], settings: TextSettings) -> Iterator[Item]:
        if settings.part is not None:
            items = take_part(items, settings.part, settings.shares, by=settings.split_by, seed=settings.split_seed)
        return items if settings.limit is None else iter(_evenly(items, settings.limit, settings.split_seed))


def _reading(settings: TextSettings, bad_line: BadLineSink | None) -> Reading:
    return Reading(
        text_format=settings.format,
        fields=FieldNames(**settings.fields),
        only=settings.only,
        without=settings.without,
        max_bad_share=settings.bad_lines,
        bad_line=bad_line,
    )


def _evenly(items: Iterator[Item], limit: int, seed: int) -> list[Item]:
    """The `limit` items with the smallest hashed ids, in their own order."""
    ranked = ((short_hash(str(seed), item.id), place, item) for place, item in enumerate(items))
    return [item for _, _, item in sorted(heapq.nsmallest(limit, ranked), key=lambda entry: entry[1])]
