"""Translations put beside the texts they belong to, while both are streaming."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from tutelage.core.counts import counted
from tutelage.core.errors import CorpusError
from tutelage.core.protection.spans import FlaggedText
from tutelage.corpora.bad_lines import Allowance
from tutelage.corpora.losses import Losses

Item = TypeVar("Item")

Translate = Callable[[Iterator[str]], Iterator[str]]
"""Turns sources into translations: one each, in their order, streaming."""


@dataclass(frozen=True, slots=True)
class Filling:
    """How a translated file is written."""

    target: str = ""
    """The field of JSON Lines, Parquet and tables with a header that takes the translation; empty means the one that
    the target is read from, or a new one called `target`."""
    lang: str = ""
    """The target language, written into the header of a catalogue; empty leaves the header as it is."""
    source_lang: str = ""
    """The language to translate from, for files with several."""
    source_file: str = ""
    """The same text in the source language, for a format that holds one language a file; the file filled is then
    in the target language."""
    keep_translated: bool = True
    """Catalogues and localisation files: what has a translation keeps it."""
    losses: Losses = field(default_factory=Losses)
    """Translations that lack a placeholder, an address or a number."""
    allowed: Allowance = field(default_factory=Allowance)
    """Of bad lines; one that is allowed becomes a line without a text, so that all others keep their numbers."""


def with_translations(
    items: Iterable[Item], translate: Translate, *, text_of: Callable[[Item], str], losses: Losses | None = None
) -> Iterator[tuple[Item, str]]:
    """Each item with its translation, in order, holding no more items than `translate` reads ahead.

    One that lacks something of its source is counted by `losses`, or left empty if they say so. White space around a
    text is kept around its translation; a blank text is not sent and stays as it is.
    CorpusError when `translate` gives fewer or more translations than it got sources.
    """
    waiting: deque[Item] = deque()

    def sources() -> Iterator[str]:
        for item in items:
            waiting.append(item)
            text = text_of(item)
            if core := text.strip():
                yield FlaggedText(core, text.frameworks) if isinstance(text, FlaggedText) else core

    stream = sources()
    for translation in translate(stream):
        yield from _blanks(waiting, text_of)
        if not waiting:
            raise CorpusError("the translator gave more translations than it got texts.")
        item = waiting.popleft()
        settled = translation if losses is None else losses.settled(text_of(item), translation)
        yield item, _surrounded(settled, text_of(item)) if settled else ""
    if next(stream, None) is not None:
        raise CorpusError("the translator stopped before the end of the text.")
    yield from _blanks(waiting, text_of)
    if waiting:
        raise CorpusError(f"the translator gave {counted(len(waiting), 'translation')} fewer than it got texts.")


def _blanks(waiting: deque[Item], text_of: Callable[[Item], str]) -> Iterator[tuple[Item, str]]:
    while waiting and not text_of(waiting[0]).strip():
        item = waiting.popleft()
        yield item, text_of(item)


def _surrounded(translation: str, source: str) -> str:
    """The translation with the white space that stands around the source."""
    core = source.strip()
    start = source.index(core)
    return source[:start] + translation.strip() + source[start + len(core) :]
