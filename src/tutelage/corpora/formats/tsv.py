"""Tab-separated text: source, then target, with or without a header that names more columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tutelage.corpora.bad_lines import BadLine
from tutelage.corpora.files import decoded, quoted, read_lines, written_whole
from tutelage.corpora.filling import Filling, Translate, with_translations
from tutelage.corpora.rows import (
    SOURCE_NAMES,
    TARGET_NAMES,
    FieldNames,
    Languages,
    Row,
    is_header,
    row_from_fields,
)

NO_HEADER = ("source", "target")


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    columns: list[str]


class TabSeparated:
    """Reads and writes tables without quoting: a tab or a line break cannot stand inside a text."""

    def read(self, path: Path | str, *, names: FieldNames, languages: Languages) -> Iterator[Row | BadLine]:
        """One row for each line that is not blank; without a header the first two columns count."""
        header: list[str] | None = None
        for line in _lines(path):
            if isinstance(line, BadLine):
                yield line
            elif not "".join(line.columns).strip():
                continue
            elif header is None and line.number == 1 and is_header(line.columns, names=names, languages=languages):
                header = line.columns
            elif header is None:
                yield _row_without_header(path, line, languages)
            else:
                yield _row_with_header(path, line, header, names=names, languages=languages)

    def fill(
        self, path: Path | str, out: Path | str, translate: Translate, *, names: FieldNames, filling: Filling
    ) -> int:
        """The table with its target column set, or added after the last one."""
        lines = filling.allowed.counted(path, _lines(path))
        first = next(lines, None)
        if first is None:  # nothing came through the pipe
            return 0
        columns = first.columns if isinstance(first, _Line) else []
        headed = is_header(columns, names=names, languages=Languages("", filling.lang))
        source, target = _places(columns if headed else [], names=names, filling=filling)
        count = 0
        with written_whole(out) as stream:
            if headed:
                stream.write(_joined(columns, target, filling.target) + b"\n")
            rows = lines if headed else _again(first, lines)
            for line, translation in with_translations(
                rows, translate, text_of=lambda line: _cell(line, source), losses=filling.losses
            ):
                if isinstance(line, _Line):
                    stream.write(_joined(line.columns, target, " ".join(translation.split("\t")).replace("\n", " ")))
                stream.write(b"\n")
                count += 1
        return count


def _lines(path: Path | str) -> Iterator[_Line | BadLine]:
    """Every line, blank ones too, since a written table must have as many as the read one."""
    for number, line in enumerate(read_lines(path), start=1):
        try:
            yield _Line(number, decoded(line).split("\t"))
        except ValueError as error:
            yield BadLine(str(path), number, str(error), raw=quoted(line))


def _again(first: _Line | BadLine, rest: Iterator[_Line | BadLine]) -> Iterator[_Line | BadLine]:
    yield first
    yield from rest


def _row_without_header(path: Path | str, line: _Line, languages: Languages) -> Row | BadLine:
    columns, pairs = line.columns, bool(languages.target)
    if languages.post_edits and len(columns) > len(NO_HEADER):
        reason = f"{len(columns)} columns without names; give a first line such as: source, draft, post_edit"
        return BadLine(str(path), line.number, reason, raw=columns[0][:80])
    if pairs and len(columns) < 2:
        return BadLine(str(path), line.number, "one column, but source and target need two", raw=columns[0][:80])
    fields = dict(zip(NO_HEADER, columns, strict=False))
    return Row(number=line.number, source=columns[0], target=columns[1] if pairs else None, fields=fields)


def _row_with_header(
    path: Path | str, line: _Line, header: list[str], *, names: FieldNames, languages: Languages
) -> Row | BadLine:
    raw = "\t".join(line.columns)[:80]
    if len(line.columns) != len(header):
        reason = f"{len(line.columns)} columns, but the header has {len(header)}"
        return BadLine(str(path), line.number, reason, raw=raw)
    try:
        fields = dict(zip(header, line.columns, strict=True))
        return row_from_fields(line.number, fields, names=names, languages=languages)
    except ValueError as error:
        return BadLine(str(path), line.number, str(error), raw=raw)


def _places(header: list[str], *, names: FieldNames, filling: Filling) -> tuple[int, int]:
    """The columns of the source and of the target, the latter just after the last if there is none yet."""
    if not header:
        return 0, 1
    source = next((n for n, name in enumerate(header) if name in (names.source, *SOURCE_NAMES)), 0)
    known = (names.target, filling.target, *TARGET_NAMES)
    return source, next((n for n, name in enumerate(header) if name in known), len(header))


def _cell(line: _Line | BadLine, column: int) -> str:
    if isinstance(line, BadLine):
        return ""
    return line.columns[column] if column < len(line.columns) else ""


def _joined(columns: list[str], place: int, value: str) -> bytes:
    filled = columns + [""] * (place + 1 - len(columns))
    filled[place] = value
    return "\t".join(filled).encode()
