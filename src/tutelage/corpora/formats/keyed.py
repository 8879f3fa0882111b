"""Files that give one language's texts by keys: what their formats share.

A format says where each text stands (`entries`) and how one is written (`literal`); texts are put in place of others in
the file's own characters, so that all else stays. With the source language's file beside it, the target language's file
is the frame: what it has stays, and what it lacks is put behind the entry that stands before it in the source's file
(`insertions`). Without one, the file is in the source language, and translations replace its texts.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from tutelage.core.counts import counted
from tutelage.core.errors import CorpusError
from tutelage.core.plurals import plural_forms, read_plural_forms
from tutelage.core.protection.comparison import missing_spans
from tutelage.core.protection.spans import FlaggedText
from tutelage.corpora.files import BYTE_ORDER_MARK, TO_UTF_8, decoded, read_bytes
from tutelage.corpora.formats.units import Block, Filled, State, Unit, UnitFormat
from tutelage.corpora.rows import Languages
from tutelage.storage.limits import MAX_DOCUMENT_BYTES

BRANCHES = re.compile(r"\s\|\s")
"""Between the plural forms of a Vue message, `car | cars`: each is translated by itself."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One text of a file; places are characters."""

    key: str
    text: str
    """As people read it."""
    start: int
    """Of the text as the file writes it, quotes included."""
    end: int
    whole_start: int = -1
    """Of the entry with its key and the comments above it."""
    whole_end: int = -1
    """Behind its line's end."""
    form: str = ""
    """Its plural form, if there are several."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyedText:
    """A file's content: how it was encoded, and its entries."""

    text: str
    encoding: str
    mark: bytes
    """Its byte order mark, if it has one."""
    entries: tuple[Entry, ...]

    @property
    def keys(self) -> dict[str, Entry]:
        """The entries by their keys."""
        return {entry.key: entry for entry in self.entries}


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Characters in place of those from `start` to `end`."""

    start: int
    end: int
    text: str


class KeyedFormat(UnitFormat):
    """Reads and fills files of texts by keys, held in memory."""

    has_one_language = True
    frameworks: frozenset[str] = frozenset()
    """Whose placeholders its texts may hold besides those of all."""
    has_branches = False
    """Whether ` | ` stands between plural forms."""
    what = "a file of texts by keys"

    @abstractmethod
    def entries(self, text: str, path: Path | str) -> Iterator[Entry]:
        """Every text of the file in order; CorpusError if it is no such file."""

    @abstractmethod
    def literal(self, text: str, entry: Entry, file: KeyedText) -> str:
        """The text as the file writes it in place of an entry's."""

    def expanded(self, entries: Sequence[Entry], lang: str) -> list[Entry]:
        """The entries with those that a language needs besides, such as plural forms."""
        del lang
        return list(entries)

    def marked(self, file: KeyedText, lang: str) -> list[TextEdit]:
        """The edits by which the file says its new language."""
        del file, lang
        return []

    def aligned(self, target: KeyedText, source: KeyedText, path: Path | str) -> KeyedText:
        """The target's file with the keys that its texts have in the source's; CorpusError if that cannot be told."""
        del source, path
        return target

    def decode(self, content: bytes, path: Path | str) -> tuple[str, str]:
        """The text without its byte order mark, and its encoding."""
        try:
            return decoded(content, limit=MAX_DOCUMENT_BYTES), "utf-8"
        except ValueError as error:
            raise CorpusError(f"{error}.", where=str(path), fix=TO_UTF_8) from None

    def insertions(
        self, target: KeyedText, source: KeyedText, missing: Mapping[str, str], wanted: Sequence[Entry]
    ) -> dict[int, str]:
        """What to put where in the target's file for keys that it lacks: copies of the source's entries.

        `missing` holds the new texts by key, and `wanted` every entry of the source in order.
        """
        places, found = dict[int, str](), target.keys
        place = found[wanted[0].key].whole_start if wanted[0].key in found else _beginning(target)
        for entries in _by_whole(wanted):
            there = [entry for entry in entries if entry.key in found]
            if there:  # a part that it lacks of an entry that it has cannot be put in
                place = found[there[-1].key].whole_end
            elif any(entry.key in missing for entry in entries):
                copied = self._copied(source, missing, entries)
                if place == len(target.text) and not (places.get(place) or target.text or "\n").endswith("\n"):
                    copied = "\n" + copied
                places[place] = places.get(place, "") + copied
        return places

    def _copied(self, source: KeyedText, missing: Mapping[str, str], entries: Sequence[Entry]) -> str:
        """The source's lines of these entries with their new texts."""
        start, end = entries[0].whole_start, entries[0].whole_end
        edits = [
            TextEdit(entry.start - start, entry.end - start, self.literal(missing[entry.key], entry, source))
            for entry in entries
            if entry.key in missing
        ]
        copied = edited_text(source.text[start:end], edits)
        return copied if copied.endswith("\n") else copied + "\n"

    def blocks(self, path: Path | str, *, languages: Languages) -> Iterator[Block]:
        """The whole file as one block."""
        yield self._block(path, languages)

    def opened(self, path: Path | str) -> KeyedText:
        """The file's content; CorpusError if it is missing or no such file."""
        content = self.read_content(path)
        mark = BYTE_ORDER_MARK if content.startswith(BYTE_ORDER_MARK) else b""
        text, encoding = self.decode(content.removeprefix(mark), path)
        return KeyedText(text, encoding, mark, tuple(_told_apart(self.entries(text, path))))

    def read_content(self, path: Path | str) -> bytes:
        """The file's bytes."""
        return read_bytes(path)

    def encode(self, text: str, file: KeyedText) -> bytes:
        """The text in the file's encoding."""
        return file.mark + text.encode(file.encoding)

    def _block(self, path: Path | str, languages: Languages) -> Block:
        frame = self.opened(path)
        raw = self.encode(frame.text, frame)
        source = self.opened(languages.source_file) if languages.source_file else frame
        frame = self.aligned(frame, source, path) if languages.source_file else frame
        wanted = _with_numbers(self.expanded(source.entries, languages.target), languages.target)
        known = frame.keys if languages.source_file else {}
        asked = [_Asked(entry, part) for entry in wanted for part in self._parts(entry)]
        lines = [match.end() for match in re.finditer("\n", frame.text)]
        units = tuple(self._unit(one, known.get(one.entry.key), lines) for one in asked)
        return Block(raw, units, partial(self._render, _Files(frame, source, languages), asked, wanted))

    def _parts(self, entry: Entry) -> list[tuple[int, int]]:
        """The stretches of a text that are translated by themselves."""
        ends = [match.span() for match in BRANCHES.finditer(entry.text)] if self.has_branches else []
        starts = [0, *(end for _, end in ends)]
        return list(zip(starts, [*(start for start, _ in ends), len(entry.text)], strict=True))

    def _unit(self, asked: _Asked, target: Entry | None, lines: Sequence[int]) -> Unit:
        entry, line = asked.entry, 1 + bisect_right(lines, (target or asked.entry).start)
        translation = target.text if target else ""
        source = FlaggedText(asked.text, self.frameworks) if self.frameworks else asked.text
        state: State = "final" if translation.strip() else "untranslated"
        return Unit(source, translation, state, entry.key, entry.form, notes=entry.notes, line=line)

    def _render(
        self, files: _Files, asked: Sequence[_Asked], wanted: Sequence[Entry], filled: Mapping[int, Filled]
    ) -> bytes:
        texts, frame = _joined(asked, filled), files.frame
        found = frame.keys
        edits = [
            TextEdit(found[key].start, found[key].end, self.literal(text, found[key], frame))
            for key, text in texts.items()
            if key in found
        ]
        missing = {key: text for key, text in texts.items() if key not in found}
        if missing:
            new = self.insertions(frame, files.source, missing, wanted)
            edits += [TextEdit(place, place, text) for place, text in new.items()]
        if files.languages.target:
            edits += self.marked(frame, files.languages.target)
        return self.encode(edited_text(frame.text, edits), frame)


@dataclass(frozen=True, slots=True)
class _Files:
    """What is filled, and where texts come from."""

    frame: KeyedText
    source: KeyedText
    languages: Languages


@dataclass(frozen=True, slots=True)
class _Asked:
    """A stretch of an entry's text that is translated by itself."""

    entry: Entry
    span: tuple[int, int]

    @property
    def text(self) -> str:
        return self.entry.text[slice(*self.span)]


def _joined(asked: Sequence[_Asked], filled: Mapping[int, Filled]) -> dict[str, str]:
    """The new text of each entry by its key; none for an entry of which a stretch was left empty."""
    texts, places = dict[str, str](), dict[str, list[int]]()
    for place, one in enumerate(asked):
        places.setdefault(one.entry.key, []).append(place)
    for key, own in places.items():
        needed = [place for place in own if asked[place].text.strip()]
        if not needed or any(place not in filled for place in needed):
            continue
        text = asked[own[0]].entry.text
        for place in reversed(needed):
            start, end = asked[place].span
            text = text[:start] + filled[place].text + text[end:]
        texts[key] = text
    return texts


def edited_text(text: str, edits: Sequence[TextEdit]) -> str:
    """The text with edits, which do not overlap."""
    pieces, end = [], 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        pieces += [text[end : edit.start], edit.text]
        end = edit.end
    return "".join((*pieces, text[end:]))


def _with_numbers(entries: list[Entry], lang: str) -> list[Entry]:
    """The entries; where the form of one is of 21 too, as in Russian, a text without its number is the others'."""
    if not lang or read_plural_forms(plural_forms(lang)).is_of_one:
        return entries
    texts = {entry.key: entry.text for entry in entries}

    def settled(entry: Entry) -> Entry:
        other = texts.get(entry.key.removesuffix("one") + "other", "") if entry.form == "one" else ""
        return replace(entry, text=other) if missing_spans(other, entry.text) else entry

    return [settled(entry) for entry in entries]


def _told_apart(entries: Iterator[Entry]) -> Iterator[Entry]:
    """The entries, of which no two have the same key: the second of two cues at one time is `…#2`."""
    counts = Counter[str]()
    for entry in entries:
        counts[entry.key] += 1
        yield entry if counts[entry.key] == 1 else replace(entry, key=f"{entry.key}#{counts[entry.key]}")


def _by_whole(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The entries that stand in the same lines together."""
    return [list(group) for _, group in groupby(entries, key=lambda entry: (entry.whole_start, entry.whole_end))]


def _beginning(target: KeyedText) -> int:
    return target.entries[0].whole_start if target.entries else len(target.text)


def aligned_by_place(target: KeyedText, source: KeyedText, path: Path | str) -> KeyedText:
    """The target's file, each text of which belongs to that of the source which stands at its place."""
    if len(target.entries) != len(source.entries):
        counts = (
            f"{counted(len(target.entries), 'text')} here and {len(source.entries):,} in the source language's file"
        )
        fix = "Give files of one structure, or translate the source language's file without a source file beside it."
        raise CorpusError(f"{counts}: which belong together cannot be told.", where=str(path), fix=fix)
    both = zip(target.entries, source.entries, strict=True)
    return replace(target, entries=tuple(replace(entry, key=other.key) for entry, other in both))


def whole_of(text: str, previous: int, start: int, end: int) -> tuple[int, int]:
    """An entry from the comments right above its key, behind the `previous` entry, to the end of its line."""
    gap = text[previous:start]
    blank = [match.end() for match in re.finditer(r"\n[ \t]*\r?\n", gap)]
    line = text.find("\n", end)
    return previous + (blank[-1] if blank else 0), len(text) if line < 0 else line + 1


def put_below(tree: dict[str, Any], names: Sequence[str], text: str) -> None:
    """Put a text into a tree of them, below names that are made if they are not there."""
    for name in names[:-1]:
        tree = tree.setdefault(name, {})
    tree[names[-1]] = text


def with_lists(
    tree: Mapping[str, Any], length_of: Callable[[tuple[str, ...]], int | None], names: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The tree of new texts with lists where the source has some; one whose items are not all texts is left out.

    `length_of` says how many items the source's list of these names has, `None` for what is no list.
    """
    found = dict[str, Any]()
    for name, below in tree.items():
        length = None if isinstance(below, str) else length_of((*names, name))
        if isinstance(below, str):
            found[name] = below
        elif length is None:
            found[name] = with_lists(below, length_of, (*names, name))
        elif list(below) == list(map(str, range(length))) and all(isinstance(one, str) for one in below.values()):
            found[name] = list(below.values())
    return {name: below for name, below in found.items() if below or isinstance(below, str)}


def no_such_file(what: str, reason: str, path: Path | str, text: str = "", place: int = -1) -> CorpusError:
    """The error of a file that is none of its format, with the line."""
    where = f"{path}:{1 + text.count(chr(10), 0, place)}" if place >= 0 else str(path)
    return CorpusError(f"this is not {what}: {reason}.", where=where, fix="Mend the file.")
