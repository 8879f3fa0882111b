"""The texts of a recipe, opened by their use, such as pool, parallel, dev and test."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from tutelage.core.errors import CorpusError
from tutelage.core.languages import Direction
from tutelage.core.recipe import TextSettings, TextsSettings
from tutelage.core.records import Pair, Segment
from tutelage.core.signatures import content_key
from tutelage.corpora.bad_lines import BadLineSink
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.normalising import short_hash
from tutelage.corpora.paths import corpus_files
from tutelage.corpora.reading import Reading, read_pairs, read_segments
from tutelage.corpora.splits import take_part
from tutelage.embedded.texts import locate_embedded_text
from tutelage.storage.digests import file_digest

EMBEDDED_PREFIX = "embedded:"
POST_EDITED = ("post_edits", "memory")
"""Uses in which pairs are what people made, with the drafts that they made it of."""

Item = TypeVar("Item", Pair, Segment)


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a recipe; nothing is read before it is iterated. Its key is what a stage that reads it depends on."""

    use: str
    settings: TextSettings | None
    """`None` if the recipe does not name it."""
    direction: Direction

    @property
    def is_named(self) -> bool:
        """Whether the recipe names it."""
        return self.settings is not None

    @property
    def key(self) -> str:
        """Its settings and direction, and its files' names and contents; empty if the recipe does not name it.

        Where the files lie and when they were written is not in it, so that a copied corpus is the same text.
        """
        if self.settings is None:
            return ""
        paths = [*self.paths, *([self.settings.source_file] if self.settings.source_file else [])]
        facts = [(file.name, file_digest(file)) for file in (Path(file.path) for file in corpus_files(paths))]
        return content_key(self.settings.model_copy(update={"path": "", "source_file": ""}), self.direction, facts)

    @property
    def paths(self) -> list[str]:
        """Its files, folders and patterns, embedded ones located."""
        paths = self._named.path
        return [self._locate(path) for path in ([paths] if isinstance(paths, str) else paths)]

    def pairs(self, *, bad_line: BadLineSink | None = None) -> Iterator[Pair]:
        """Its pairs; CorpusError if it does not parse. `bad_line` is told the lines that may be bad."""
        reading = replace(
            _reading(self._named, bad_line), post_edits=self.use in POST_EDITED, drafts=self.use == "drafts"
        )
        return self._chosen(read_pairs(self.paths, direction=self.direction, reading=reading))

    def segments(self, *, bad_line: BadLineSink | None = None) -> Iterator[Segment]:
        """Its source segments, whether it has translations or not; else as `pairs`."""
        reading = _reading(self._named, bad_line)
        return self._chosen(read_segments(self.paths, lang=self.direction.source, reading=reading))

    def sources(self, *, bad_line: BadLineSink | None = None) -> Iterator[Segment]:
        """The source segments of a text to measure on: it has translations, unless the direction is paraphrase."""
        if self.direction.is_paraphrase:
            return self.segments(bad_line=bad_line)
        return (pair.source for pair in self.pairs(bad_line=bad_line))

    @property
    def _named(self) -> TextSettings:
        if self.settings is None:
            raise CorpusError("this step needs a text that the recipe does not name.", where=f"text.{self.use}")
        return self.settings

    def _locate(self, path: str) -> str:
        if not path.startswith(EMBEDDED_PREFIX):
            return path
        return str(locate_embedded_text(path.removeprefix(EMBEDDED_PREFIX), target_lang=self.direction.target))

    def _chosen(self, items: Iterator[Item]) -> Iterator[Item]:
        settings = self._named
        if settings.part is not None:
            items = take_part(items, settings.part, settings.shares, by=settings.split_by, seed=settings.split_seed)
        return items if settings.limit is None else iter(_evenly(items, settings.limit, settings.split_seed))


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts that a recipe names."""

    settings: TextsSettings
    direction: Direction

    def text(self, use: str) -> Text:
        """The text for a use, which the recipe may not name."""
        return Text(use, getattr(self.settings, use), self.direction)

    def has(self, use: str) -> bool:
        """Whether the recipe names a text for this use."""
        return self.text(use).is_named

    def pairs(self, use: str, *, bad_line: BadLineSink | None = None) -> Iterator[Pair]:
        """The pairs of a text; CorpusError if it does not parse. `bad_line` is told the lines that may be bad."""
        return self.text(use).pairs(bad_line=bad_line)

    def segments(self, use: str, *, bad_line: BadLineSink | None = None) -> Iterator[Segment]:
        """The source segments of a text, whether it has translations or not; else as `pairs`."""
        return self.text(use).segments(bad_line=bad_line)

    def sources(self, use: str, *, bad_line: BadLineSink | None = None) -> Iterator[Segment]:
        """The source segments of a text to measure on."""
        return self.text(use).sources(bad_line=bad_line)

    def key(self, use: str) -> str:
        """Content key of a text; empty if the recipe does not name it."""
        return self.text(use).key

    def paths(self, use: str) -> list[str]:
        """The files, folders and patterns of a text, embedded ones located."""
        return self.text(use).paths


def _reading(settings: TextSettings, bad_line: BadLineSink | None) -> Reading:
    return Reading(
        text_format=settings.format,
        source_file=settings.source_file,
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
