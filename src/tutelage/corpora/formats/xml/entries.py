"""What XML files with one language and texts by keys share: texts in place, or a target's file beside its source's."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from tutelage.core.errors import CorpusError
from tutelage.corpora.formats.units import (
    Block,
    Filled,
    Unit,
    UnitFormat,
    with_source_of,
)
from tutelage.corpora.formats.xml.elements import Element, Stretch, with_attributes
from tutelage.corpora.formats.xml.inline import Inline, Numbers
from tutelage.corpora.formats.xml.stretches import read_stretches
from tutelage.corpora.rows import Languages


@dataclass(frozen=True, slots=True)
class Text:
    """One text of an entry."""

    unit: Unit
    """With the text as its source, whichever language it is in."""
    inline: Inline
    node: Element | None
    """`None` for a plural form that the entry lacks and the target language has."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a file: a text, or several by plural form or place."""

    stretch: Stretch
    texts: Sequence[Text]

    @property
    def by_place(self) -> dict[tuple[str, str], Text]:
        """The texts that are there, by key and form."""
        return {(text.unit.key, text.unit.form): text for text in self.texts if text.node is not None}


@dataclass(slots=True)
class Document:
    """The entries of the source language's file, of which each target takes its own."""

    root: Element | None = None
    entries: dict[str, Entry] = field(default_factory=dict)


class KeyedXml(UnitFormat):
    """Streams entries; the source language's file beside it is held whole."""

    has_one_language = True
    root = ""
    """The name of the first element."""
    whole = frozenset[str]()
    """The names of entries."""
    indentation = "    "
    """Of entries."""
    kind = ""
    """For messages: what kind of file it is."""

    @abstractmethod
    def entry(self, stretch: Stretch, languages: Languages, numbers: Numbers) -> Entry:
        """The texts of an entry, with the plural forms that the target language has besides."""

    @abstractmethod
    def rewrite(self, entry: Entry, markup: Mapping[int, Filled]) -> bytes:
        """The entry with some of its texts replaced, by their place."""

    def blocks(self, path: Path | str, *, languages: Languages) -> Iterator[Block]:
        """A block for each entry, and at the end for those that only the source language's file has."""
        numbers: dict[str, Numbers] = {}
        source = self._document(languages.source_file, languages, numbers) if languages.source_file else None
        root: Element | None = None
        for stretch in self._stretches(path):
            element = stretch.element
            if element is None or element.local_name == self.root:
                root = root or element
                if source is not None and element is not None and stretch.raw.rstrip().endswith(b"/>"):
                    raise CorpusError(
                        f"<{self.root}/> is closed at once, so that nothing can be put into it.",
                        where=str(path),
                        fix=f"Write <{self.root}></{self.root}> in its place.",
                    )
                if source is not None and stretch.part == "foot" and root is not None:
                    yield from self._missing(source, root, stretch)
                yield Block(stretch.raw)
                continue
            name = element.attributes.get("name", "")
            entry = self.entry(stretch, languages, numbers.setdefault(name, Numbers()))
            yield self._block(entry, None if source is None else source.entries.pop(name, Entry(stretch, ())))

    def _stretches(self, path: Path | str) -> Iterator[Stretch]:
        is_first = True
        for stretch in read_stretches(path, whole=self.whole, tags=frozenset({self.root})):
            if is_first and stretch.element is not None:
                is_first = False
                if stretch.element.local_name != self.root or stretch.parents:
                    break
            yield stretch
        else:
            if not is_first:
                return
        what = f"this is not {self.kind}, whose first element is '{self.root}'."
        raise CorpusError(what, where=str(path), fix="Give such a file, or name its format with --format.")

    def _document(self, path: Path | str, languages: Languages, numbers: dict[str, Numbers]) -> Document:
        found = Document()
        for stretch in self._stretches(path):
            element = stretch.element
            if element is None or stretch.part != "whole":
                found.root = found.root or element
                continue
            name = element.attributes.get("name", "")
            found.entries[name] = self.entry(stretch, languages, numbers.setdefault(name, Numbers()))
        return found

    def _block(self, entry: Entry, source: Entry | None) -> Block:
        """The block of an entry whose texts are the source, or the targets of another's."""
        if source is None:
            units = tuple(text.unit for text in entry.texts)
            return Block(entry.stretch.raw, units, lambda filled: self.rewrite(entry, filled))
        sources = source.by_place
        pairs = [
            (text, sources.get((text.unit.key, text.unit.form)) or sources.get((text.unit.key, "other")))
            for text in entry.texts
        ]
        if not all(there for _, there in pairs):  # the source has no such text any more
            return Block(entry.stretch.raw)
        units = tuple(_joined(text, there) for text, there in pairs if there is not None)
        # what is filled has the tags of the source
        texts = [replace(text, inline=there.inline) for text, there in pairs if there is not None]
        return Block(entry.stretch.raw, units, lambda filled: self.rewrite(replace(entry, texts=texts), filled))

    def _missing(self, source: Document, root: Element, foot: Stretch) -> Iterator[Block]:
        for entry in source.entries.values():
            units = tuple(text.unit for text in entry.texts)
            yield Block(b"", units, partial(self._copied, entry, source, root, foot))

    def _copied(
        self, entry: Entry, source: Document, root: Element, foot: Stretch, filled: Mapping[int, Filled]
    ) -> bytes:
        """The source's entry, translated, with the prefixes and entities that the target's file does not know."""
        markup = self.rewrite(entry, filled).decode(entry.stretch.encoding).replace("\r\n", "\n")
        for name, value in entry.stretch.entities.items():
            if name not in foot.entities:
                markup = markup.replace(f"&{name};", value)
        declared = source.root.attributes if source.root is not None else {}
        needed = {
            name.replace(":", "_"): value
            for name, value in declared.items()
            if name.startswith("xmlns:") and name not in root.attributes and f"{name[6:]}:" in markup
        }
        tag, bracket, rest = markup.partition(">")
        return foot.encode(f"{self.indentation}{with_attributes(tag + bracket, **needed)}{rest}\n")


def _joined(text: Text, source: Text) -> Unit:
    here = text.unit if text.node is not None else replace(text.unit, source="")
    joined = with_source_of(replace(here, target=here.source), source.unit)
    return replace(joined, form=here.form)
