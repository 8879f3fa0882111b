"""Pairs and segments out of files of any format, streaming, with stable ids and every bad line accounted for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from tutelage.core.errors import CorpusError, UsageError, did_you_mean
from tutelage.core.languages import Direction
from tutelage.core.records import Pair, Provenance, Segment
from tutelage.corpora.formats import load_format
from tutelage.corpora.paths import CorpusFile, CorpusPath, corpus_files
from tutelage.corpora.rows import BadLine, FieldNames, Languages, Row

BadLineSink = Callable[[BadLine], None]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the caller asked for, the same for every file."""

    languages: Languages
    text_format: str | None
    names: FieldNames
    only: Mapping[str, Sequence[str]]
    without: Mapping[str, Sequence[str]]
    max_bad_share: float
    bad_line: BadLineSink | None


@dataclass(slots=True)
class _FileCount:
    """What one file held so far."""

    rows: int = 0
    bad: int = 0
    first_bad: BadLine | None = None
    fields: set[str] = field(default_factory=set)


def read_pairs(
    path: CorpusPath,
    *,
    direction: Direction,
    text_format: str | None = None,
    fields: FieldNames | None = None,
    only: Mapping[str, Sequence[str]] | None = None,
    without: Mapping[str, Sequence[str]] | None = None,
    max_bad_share: float = 0.0,
    bad_line: BadLineSink | None = None,
) -> Iterator[Pair]:
    """Every pair of a file, folder, pattern or list of these, in a fixed order, with flat memory but for given ids.

    `only` and `without` keep and drop rows by their fields: `{"origin": ["gettext"]}` means `gettext` and
    `gettext:anything`. A bad line raises CorpusError at once when `max_bad_share` is 0; otherwise it goes to
    `bad_line`, and a file with a larger share of them raises at its end.
    """
    languages = Languages(direction.source, direction.target)
    wanted = _Wanted(languages, text_format, fields or FieldNames(), only or {}, without or {}, max_bad_share, bad_line)
    for file, row in _rows(path, wanted):
        yield _pair(file, row, languages)


def read_segments(
    path: CorpusPath,
    *,
    lang: str,
    text_format: str | None = None,
    fields: FieldNames | None = None,
    only: Mapping[str, Sequence[str]] | None = None,
    without: Mapping[str, Sequence[str]] | None = None,
    max_bad_share: float = 0.0,
    bad_line: BadLineSink | None = None,
) -> Iterator[Segment]:
    """Every segment, as `read_pairs`; of a bilingual file the source side (or the side that says it is in `lang`)."""
    languages = Languages(lang)
    wanted = _Wanted(languages, text_format, fields or FieldNames(), only or {}, without or {}, max_bad_share, bad_line)
    for file, row in _rows(path, wanted):
        yield _segment(file, row, row.source, lang)


def _rows(path: CorpusPath, wanted: _Wanted) -> Iterator[tuple[CorpusFile, Row]]:
    _check_share(wanted.max_bad_share)
    ids: set[int] = set()
    for file in corpus_files(path):
        for row in _rows_of_file(file, wanted):
            _check_new_id(file, row, ids)
            yield file, row


def _rows_of_file(file: CorpusFile, wanted: _Wanted) -> Iterator[Row]:
    count = _FileCount()
    text_format = load_format(file.path, text_format=wanted.text_format)
    for row in text_format.read(file.path, names=wanted.names, languages=wanted.languages):
        count.rows += 1
        if isinstance(row, BadLine):
            _count_bad(count, row, wanted)
            continue
        count.fields.update(row.fields)
        if _matches(row.fields, wanted):
            yield row
    _check_end(file, count, wanted)


def _matches(fields: Mapping[str, Any], wanted: _Wanted) -> bool:
    return all(_is_one_of(fields.get(name), values) for name, values in wanted.only.items()) and not any(
        _is_one_of(fields.get(name), values) for name, values in wanted.without.items()
    )


def _is_one_of(value: Any, values: Sequence[str]) -> bool:
    """Whether the value is one of these or begins with one and a colon."""
    text = "" if value is None else str(value)
    return any(text == one or text.startswith(f"{one}:") for one in values)


def _count_bad(count: _FileCount, bad: BadLine, wanted: _Wanted) -> None:
    if wanted.max_bad_share == 0:
        fix = "Mend or remove the line, or allow a share of bad lines."
        raise CorpusError(f"{bad.reason}: {bad.raw}.", where=f"{bad.file}:{bad.number}", fix=fix)
    count.bad += 1
    count.first_bad = count.first_bad or bad
    if wanted.bad_line is not None:
        wanted.bad_line(bad)


def _check_end(file: CorpusFile, count: _FileCount, wanted: _Wanted) -> None:
    """CorpusError when too many lines were bad, or when a field to filter by is in none of the rows."""
    if count.bad > wanted.max_bad_share * count.rows:
        what = f"{count.bad} of {count.rows} lines are bad, more than the share of {wanted.max_bad_share:g} allowed;"
        raise CorpusError(f"{what} the first: {count.first_bad}.", where=file.path)
    for name in (*wanted.only, *wanted.without):
        if count.fields and name not in count.fields:
            raise CorpusError(f"no row has a field '{name}'.", where=file.path, fix=did_you_mean(name, count.fields))


def _check_share(share: float) -> None:
    if not 0 <= share <= 1:
        raise UsageError(f"max_bad_share is {share:g}, but a share is from 0 to 1.")


def _check_new_id(file: CorpusFile, row: Row, ids: set[int]) -> None:
    """Ids that the file gives are remembered by 8 bytes of their hash, to find one that comes twice."""
    if not row.id:
        return
    key = int.from_bytes(blake2b(row.id.encode("utf-8", "surrogatepass"), digest_size=8).digest())
    if key in ids:
        what = f"the id '{row.id}' was already used."
        raise CorpusError(what, where=f"{file.path}:{row.number}", fix="Give every row an id of its own, or none.")
    ids.add(key)


def _segment(file: CorpusFile, row: Row, text: str, lang: str) -> Segment:
    return Segment(
        id=row.id or f"{file.name}:{row.number}",
        text=text,
        lang=lang,
        document=row.document or file.name,
        provenance=Provenance(origin=f"{file.path}:{row.line or row.number}"),
    )


def _pair(file: CorpusFile, row: Row, languages: Languages) -> Pair:
    source = _segment(file, row, row.source, languages.source)
    target = _segment(file, row, row.target or "", languages.target)
    return Pair(source, target, source.provenance)
