"""Pairs and segments out of files of any format, streaming, with stable ids and every bad line accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tutelage.core.errors import CorpusError, did_you_mean
from tutelage.core.languages import Direction
from tutelage.core.records import Pair, Provenance, Segment
from tutelage.corpora.bad_lines import Allowance, BadLine, BadLineSink, shown
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.formats.registry import load_format
from tutelage.corpora.hashes import HashSet
from tutelage.corpora.normalising import short_hash
from tutelage.corpora.paths import CorpusFile, CorpusPath, corpus_files
from tutelage.corpora.rows import Languages, Row, row_fault


@dataclass(frozen=True, slots=True)
class Reading:
    """Which rows of a corpus are read, and how; as it stands all of them, none of which may be bad."""

    text_format: str | None = None
    """None goes by the file's suffix."""
    source_file: str = ""
    """The same text in the source language, for a format that holds one language a file."""
    fields: FieldNames = field(default_factory=FieldNames)
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Keeps rows by their fields: `{"origin": ["gettext"]}` means `gettext` and `gettext:anything`."""
    without: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Drops rows by their fields."""
    max_bad_share: float = 0.0
    """At 0 a bad line raises CorpusError at once; above, a file with a larger share of them raises at its end."""
    bad_line: BadLineSink | None = None
    """Is told the bad lines that do not raise."""
    post_edits: bool = False
    """Of pairs: with the drafts that people made them of, if the file has them."""
    drafts: bool = False
    """Of pairs: also what nobody has approved yet."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A row to be used, with its file and an id that no other row has."""

    file: CorpusFile
    id: str
    row: Row


def read_pairs(path: CorpusPath, *, direction: Direction, reading: Reading | None = None) -> Iterator[Pair]:
    """Every pair of a file, folder, pattern or list of these, in a fixed order, with flat memory but for given ids.

    A pair with a blank side is left out, and `reading.bad_line` is told of it.

    An id that an earlier file has given too gets its file's name before it: `second#1`.
    """
    reading = reading or Reading()
    languages = Languages(
        direction.source, direction.target, reading.post_edits, reading.drafts, source_file=reading.source_file
    )
    for wanted in _rows(path, languages, reading):
        source = _segment(wanted, wanted.row.source, languages.source)
        target = _segment(wanted, wanted.row.target or "", languages.target)
        yield Pair(source, target, source.provenance, wanted.row.draft)


def read_segments(path: CorpusPath, *, lang: str, reading: Reading | None = None) -> Iterator[Segment]:
    """Every segment, as `read_pairs`; of a bilingual file the source side (or the side that says it is in `lang`)."""
    reading = reading or Reading()
    for wanted in _rows(path, Languages(lang, source_file=reading.source_file), reading):
        yield _segment(wanted, wanted.row.source, lang)


def _rows(path: CorpusPath, languages: Languages, reading: Reading) -> Iterator[_Wanted]:
    allowed = Allowance(reading.max_bad_share, reading.bad_line)
    ids = GivenIds()
    for file in corpus_files(path):
        ids.begin(file)
        for row in _rows_of_file(file, languages, reading, allowed):
            ids.note(row)
            if languages.target and (blank := _blank_side(row)):
                _tell_blank(file, row, blank, reading)
            elif _matches(row.fields, reading):
                yield _Wanted(file, ids.own_id(row), row)


def _rows_of_file(file: CorpusFile, languages: Languages, reading: Reading, allowed: Allowance) -> Iterator[Row]:
    """The rows that are not bad."""
    fields: set[str] = set()
    text_format = load_format(file.path, text_format=reading.text_format)
    rows = text_format.read(file.path, names=reading.fields, languages=languages)
    for row in allowed.counted(file.path, (_sound(row, file) for row in rows)):
        if isinstance(row, Row):
            fields.update(row.fields)
            yield row
    _check_fields(file, fields, reading)


def _blank_side(row: Row) -> str:
    """The side of a pair that has no text; none for a pair."""
    if not row.source.strip():
        return "source"
    return "" if (row.target or "").strip() else "target"


def _tell_blank(file: CorpusFile, row: Row, side: str, reading: Reading) -> None:
    """A pair with a blank side is no fault of the file, but it is left out, and that is told."""
    if reading.bad_line is not None and (row.source.strip() or (row.target or "").strip()):
        other = (row.target or "") if side == "source" else row.source
        reading.bad_line(BadLine(file.path, row.line or row.number, f"the {side} is blank", raw=shown(other)))


def _sound(row: Row | BadLine, file: CorpusFile) -> Row | BadLine:
    fault = row_fault(row) if isinstance(row, Row) else None
    if fault is None or isinstance(row, BadLine):
        return row
    return BadLine(file.path, row.line or row.number, fault, raw=shown(row.source))


def _matches(fields: Mapping[str, Any], reading: Reading) -> bool:
    return all(_is_one_of(fields.get(name), values) for name, values in reading.only.items()) and not any(
        _is_one_of(fields.get(name), values) for name, values in reading.without.items()
    )


def _is_one_of(value: Any, values: Sequence[str]) -> bool:
    """Whether the value is one of these or begins with one and a colon."""
    text = "" if value is None else str(value)
    return any(text == one or text.startswith(f"{one}:") for one in values)


def _check_fields(file: CorpusFile, fields: set[str], reading: Reading) -> None:
    """CorpusError when a field to filter by is in none of the rows."""
    for name in (*reading.only, *reading.without):
        if fields and name not in fields:
            raise CorpusError(f"no row has a field '{name}'.", where=file.path, fix=did_you_mean(name, fields))


def _segment(wanted: _Wanted, text: str, lang: str) -> Segment:
    file, row = wanted.file, wanted.row
    return Segment(
        id=wanted.id,
        text=text,
        lang=lang,
        document=row.document or file.name,
        provenance=Provenance(origin=f"{file.path}:{row.line or row.number}"),
    )


@dataclass(slots=True)
class GivenIds:
    """The ids given so far, file by file; each is remembered by 8 bytes of its hash."""

    _file: CorpusFile = field(default_factory=lambda: CorpusFile("", ""))
    _earlier: HashSet = field(default_factory=HashSet)
    """Of the files before this one."""
    _here: HashSet = field(default_factory=HashSet)
    """Of this file, also of rows that nobody wants: what is chosen of a file changes no other file's ids."""
    _used: HashSet = field(default_factory=HashSet)
    """Of the rows of this file that are wanted, told apart."""

    def begin(self, file: CorpusFile) -> None:
        """The next rows are this file's."""
        for key in self._here:
            self._earlier.add(key)
        self._file, self._here, self._used = file, HashSet(), HashSet()

    def note(self, row: Row) -> None:
        """Remember the id of a row, wanted or not."""
        if row.id:
            self._here.add(short_hash(row.id))

    def own_id(self, row: Row) -> str:
        """The id of a row that is wanted: as given, or `file#id` if an earlier file gave it, or `file:number`.

        CorpusError if another row of the file has it.
        """
        if not row.id:
            return f"{self._file.name}:{row.number}"
        own_id = row.id
        while (key := short_hash(own_id)) in self._earlier:
            own_id = f"{self._file.name}#{own_id}"
        if not self._used.add(key):
            raise CorpusError(
                f"the id '{shown(row.id)}' was already used in this file.",
                where=f"{self._file.path}:{row.number}",
                fix="Give every row an id of its own, or none.",
            )
        self._here.add(key)
        return own_id
