"""Localisation files as blocks of units: what a format says of its file, and reading and filling that follow from it.

A format of this kind is a class below `UnitFormat` with one method, `blocks`. It cuts the file into stretches of bytes
that together are the whole file, says which units (texts) each has, and how the stretch is written when some of them
are filled. What has no filled unit is written as its own bytes, so that everything else stays identical; a stretch
with one is best written by `edited`, which replaces parts of its bytes. A file of any size streams if its blocks do;
a small one may be one block.

- Formats with both languages (XLIFF, TMX, PO) give source, target and state of each unit.
- Formats with one language a file, by keys (Android, JSON), are given the target language's file as `path` and the
  source language's as `languages.source_file`. Then a unit's source comes from there, its target from `path`, and what
  `path` lacks is put into it, or the source's file is its frame (the format's page says which). Without a source file
  `path` is in the source language, no unit has a target, and a filled text replaces its source.
- Inline elements are tags in the text (`<g1>bold</g1>`, `<x2/>`), alike on both sides, so that they are protected as
  every tag is; the format finds them in a translation and writes its own elements for them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Literal

from tutelage.core.errors import CorpusError
from tutelage.corpora.bad_lines import BadLine, shown
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.files import written_whole
from tutelage.corpora.filling import Filling, Translate, with_translations
from tutelage.corpora.rows import Languages, Row, text_fault

State = Literal["untranslated", "review", "final"]
"""Of a unit's target: there is none that counts; a person has to look at it; it is a translation."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One text of a localisation file; each plural form is a unit of its own."""

    source: str
    """As people read it: escapes and entities resolved, inline elements as tags. `FlaggedText` says frameworks."""
    target: str = ""
    state: State = "untranslated"
    key: str = ""
    """Its id, name or path of keys in the file."""
    form: str = ""
    """The plural form (`one`, `other`, `0`), empty for a text without any."""
    context: str = ""
    notes: tuple[str, ...] = ()
    """What developers and translators wrote beside it."""
    proposals: tuple[str, ...] = ()
    """Other translations of the source that the file holds, of a machine or a memory; the first is what the target was
    made of, so far as the file tells."""
    is_translatable: bool = True
    """Whether its file says nothing against translating it."""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Filled:
    """A translation for a unit."""

    text: str
    is_doubtful: bool = False
    """Whether it lacks something of its source; a format that can mark translations for a person does."""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a file: its bytes, the units in it, and its bytes with some of them filled."""

    raw: bytes
    units: tuple[Unit, ...] = ()
    render: Callable[[Mapping[int, Filled]], bytes] | None = None
    """Given what is filled by its place in `units`; `None` if there are no units."""
    bad: tuple[BadLine, ...] = ()
    """What of it cannot be used; it is counted, and its bytes stay as they are."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes in place of those from `start` to `end`; an insertion if they are the same."""

    start: int
    end: int
    content: bytes


def edited(raw: bytes, edits: Iterable[Edit]) -> bytes:
    """The bytes with edits, which do not overlap; insertions at one place keep their order."""
    pieces, end = [], 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        pieces += [raw[end : edit.start], edit.content]
        end = edit.end
    return b"".join((*pieces, raw[end:]))


class UnitFormat(ABC):
    """Reads and fills a localisation file by its blocks."""

    has_one_language = False
    """Whether pairs need the source language's file beside the target's."""

    @abstractmethod
    def blocks(self, path: Path | str, *, languages: Languages) -> Iterator[Block]:
        """Every stretch of the file in order; CorpusError for what is no file of this format.

        `languages` has no target if the source alone is read, and neither if a command does not know them.
        """

    def units(self, path: Path | str, *, languages: Languages) -> Iterator[Unit | BadLine]:
        """Every unit of the file, whatever its state; CorpusError if pairs need another file that is not named."""
        if self.has_one_language and languages.target and not languages.source_file:
            raise needs_source_file(path)
        for block in self.blocks(path, languages=languages):
            yield from block.bad
            yield from (_checked(unit, path) for unit in block.units)

    def read(self, path: Path | str, *, names: FieldNames, languages: Languages) -> Iterator[Row | BadLine]:
        """One row for each unit with a final translation, or for each unit if only the source is wanted.

        Its draft is the first proposal of the unit; drafts are read from units that wait for a review too.
        """
        del names
        for number, unit in enumerate(self.units(path, languages=languages), start=1):
            if isinstance(unit, BadLine):
                yield unit
            elif unit.source.strip() and (not languages.target or _counts(unit, languages)):
                yield _row(number, unit, languages)

    def fill(
        self, path: Path | str, out: Path | str, translate: Translate, *, names: FieldNames, filling: Filling
    ) -> int:
        """The file with its untranslated units filled, all other bytes as they were; how many it filled."""
        del names
        languages = Languages(filling.source_lang, filling.lang, source_file=filling.source_file)
        slots = _slots(self.blocks(path, languages=languages), path, filling)
        counted = (slot for slot in filling.allowed.counted(path, slots) if isinstance(slot, _Slot))
        count, filled = 0, dict[int, Filled]()
        # an empty file is refused while it is read, and then nothing is written
        first = next(counted, None)
        with written_whole(out) as stream:
            for slot, translation in with_translations(
                chain([] if first is None else [first], counted), translate, text_of=_text_of, losses=filling.losses
            ):
                if slot.place is not None:
                    count += 1
                    if translation:
                        doubtful = filling.losses.is_doubtful(_text_of(slot), translation)
                        filled[slot.place] = Filled(translation, doubtful)
                if slot.is_last:
                    stream.write(slot.block.render(filled) if filled and slot.block.render else slot.block.raw)
                    filled = {}
        return count


def needs_source_file(path: Path | str) -> CorpusError:
    """The error of a format with one language a file, of which pairs are wanted without the source language's file."""
    return CorpusError(
        "this format holds one language a file, but pairs of source and target are needed.",
        where=str(path),
        fix="Name the source language's file beside it: source_file in a recipe, --source-file in a command.",
    )


@dataclass(frozen=True, slots=True)
class _Slot:
    """A unit that is asked, or a block without one."""

    block: Block
    place: int | None
    is_last: bool


def _slots(blocks: Iterable[Block], path: Path | str, filling: Filling) -> Iterator[_Slot | BadLine]:
    for block in blocks:
        yield from block.bad
        checked = [_checked(unit, path) for unit in block.units]
        yield from (one for one in checked if isinstance(one, BadLine))
        asked = [n for n, unit in enumerate(checked) if isinstance(unit, Unit) and _is_asked(unit, filling)]
        yield from (_Slot(block, place, place == asked[-1]) for place in asked)
        if not asked:
            yield _Slot(block, None, is_last=True)


def _is_asked(unit: Unit, filling: Filling) -> bool:
    wanted = unit.state == "untranslated" or not filling.keep_translated
    return wanted and unit.is_translatable and bool(unit.source.strip())


def _text_of(slot: _Slot) -> str:
    return "" if slot.place is None else slot.block.units[slot.place].source


def _checked(unit: Unit, path: Path | str) -> Unit | BadLine:
    for side, text in (("source", unit.source), ("target", unit.target)):
        if (fault := text_fault(text)) is not None:
            return BadLine(str(path), unit.line, f"the {side} has {fault}", raw=shown(text))
    return unit


def _counts(unit: Unit, languages: Languages) -> bool:
    """Whether the unit's target is of the kind that is read."""
    return bool(unit.target.strip()) and (unit.state == "final" or (languages.drafts and unit.state == "review"))


def _row(number: int, unit: Unit, languages: Languages) -> Row:
    fields = {
        "key": unit.key,
        "form": unit.form,
        "context": unit.context,
        "state": unit.state,
        "note": "\n".join(unit.notes),
        "translatable": "yes" if unit.is_translatable else "no",
    }
    target = unit.target if languages.target else None
    draft = unit.proposals[0] if languages.post_edits and unit.proposals else None
    return Row(number, unit.source, target, draft, line=unit.line, fields=fields)


def with_source_of(unit: Unit, source: Unit) -> Unit:
    """The unit of a target language's file with the source, notes and place of its key in the source's file."""
    final: State = "final" if unit.target.strip() else "untranslated"
    return replace(source, target=unit.target, state=final, line=unit.line)
