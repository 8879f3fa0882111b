"""Tables of columns in text: with tabs and no quoting, or with commas or semicolons and quotes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from tutelage.core.counts import counted
from tutelage.core.errors import CorpusError
from tutelage.corpora.bad_lines import BadLine
from tutelage.corpora.columns import SOURCE_NAMES, FieldNames, is_header, matching
from tutelage.corpora.files import TO_UTF_8, decoded, line_style, quoted, read_lines, written_whole
from tutelage.corpora.filling import Filling, Translate, with_translations
from tutelage.corpora.rows import Languages, Row, row_from_fields, target_field

NO_HEADER = ("source", "target")


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    columns: list[str]


class TabSeparated:
    """Reads and writes tables without quoting: a tab or a line break cannot stand inside a text."""

    header_alone: ClassVar[bool] = False
    """Whether a table without names of columns is refused."""

    def lines(self, path: Path | str) -> Iterator[_Line | BadLine]:
        """Every line, blank ones too, since a written table must have as many as the read one."""
        for number, line in enumerate(read_lines(path), start=1):
            try:
                yield _Line(number, decoded(line).split("\t"))
            except ValueError as error:
                yield BadLine(str(path), number, str(error), raw=quoted(line))

    def joined(self, columns: list[str]) -> bytes:
        """The columns as a line without its end."""
        return "\t".join(" ".join(column.split("\t")).replace("\n", " ") for column in columns).encode()

    def read(self, path: Path | str, *, names: FieldNames, languages: Languages) -> Iterator[Row | BadLine]:
        """One row for each line that is not blank; without a header the first two columns count."""
        header: list[str] | None = None
        for line in self.lines(path):
            if isinstance(line, BadLine):
                yield line
            elif not "".join(line.columns).strip():
                continue
            elif header is None and line.number == 1 and self._is_header(path, line, names, languages):
                header = line.columns
            elif header is None:
                yield _row_without_header(path, line, languages)
            else:
                yield _row_with_header(path, line, header, names=names, languages=languages)

    def fill(
        self, path: Path | str, out: Path | str, translate: Translate, *, names: FieldNames, filling: Filling
    ) -> int:
        """The table with its target column set, or added after the last one."""
        lines = filling.allowed.counted(path, self.lines(path))
        first = next(lines, None)
        if first is None:  # nothing came through the pipe
            return 0
        languages = Languages(filling.source_lang, filling.lang)
        columns = first.columns if isinstance(first, _Line) else []
        headed = isinstance(first, _Line) and self._is_header(path, first, names, languages)
        source, target = _places(columns if headed else [], names=names, filling=filling)
        count, style = 0, line_style(path)
        with written_whole(out) as stream:
            stream.write(style.mark)
            if headed:
                name = columns[target] if target < len(columns) else filling.target or "target"
                stream.write(self.joined(_with(columns, target, name)) + style.end)
            rows = lines if headed else _again(first, lines)
            for line, translation in with_translations(
                rows, translate, text_of=lambda line: _cell(line, source), losses=filling.losses
            ):
                if isinstance(line, _Line):
                    text = translation if _cell(line, source).strip() else _cell(line, target) or translation
                    stream.write(self.joined(_with(line.columns, target, text)))
                stream.write(style.end)
                count += 1
        return count

    def _is_header(self, path: Path | str, line: _Line, names: FieldNames, languages: Languages) -> bool:
        found = is_header(
            line.columns, names=names, source_lang=languages.source, target_lang=languages.target, where=f"{path}:1"
        )
        if self.header_alone and not found and len(line.columns) > len(NO_HEADER):
            what = f"the first of {len(line.columns)} columns is '{line.columns[0][:30]}', and none is called source."
            raise CorpusError(what, where=f"{path}:1", fix="Put a first line that names the columns: source, target.")
        return found


class CommaSeparated(TabSeparated):
    """Reads and writes tables with quotes; the first line tells whether commas or semicolons part the columns."""

    header_alone = True

    def __init__(self) -> None:
        self._delimiter = ","

    def lines(self, path: Path | str) -> Iterator[_Line | BadLine]:
        """Every record; one may stretch over several lines."""
        numbered, begun = _Numbered(self._texts(path)), 1
        try:
            first = next(numbered, None)
            if first is None:
                return
            self._delimiter = max(",;\t", key=first.count)
            numbered.again(first)
            reader = csv.reader(numbered, delimiter=self._delimiter, strict=True)
            for columns in reader:
                yield _Line(begun, columns or [""])
                begun = numbered.count + 1
        except csv.Error as error:
            # a quote without its end is noticed at the end of the file, or where the record has grown too long
            what = f"the record that begins here is not CSV ({error} in line {numbered.count:,})."
            raise CorpusError(what, where=f"{path}:{begun}", fix="Mend its quotes.") from None

    def joined(self, columns: list[str]) -> bytes:
        """The columns in quotes if they need any."""
        line = io.StringIO()
        csv.writer(line, delimiter=self._delimiter, lineterminator="\n").writerow(columns)
        return line.getvalue().removesuffix("\n").encode()

    @staticmethod
    def _texts(path: Path | str) -> Iterator[str]:
        for number, line in enumerate(read_lines(path), start=1):
            try:
                yield decoded(line) + "\n"
            except ValueError as error:
                raise CorpusError(f"{error}.", where=f"{path}:{number}", fix=TO_UTF_8) from None


class _Numbered:
    """Lines, and how many of them were taken."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._waiting, self.count = lines, list[str](), 0

    def __iter__(self) -> _Numbered:
        return self

    def __next__(self) -> str:
        line = self._waiting.pop() if self._waiting else next(self._lines)
        self.count += 1
        return line

    def again(self, line: str) -> None:
        """Give the line back."""
        self._waiting.append(line)
        self.count -= 1


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
        reason = f"{counted(len(line.columns), 'column')}, but the header has {len(header)}"
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
    languages = Languages(filling.source_lang, filling.lang)
    sources = matching(tuple(header), names.source, SOURCE_NAMES, filling.source_lang, names.id)
    target = target_field(dict.fromkeys(header), names=names, languages=languages, given=filling.target)
    return header.index(sources[0]) if sources else 0, header.index(target) if target in header else len(header)


def _cell(line: _Line | BadLine, column: int) -> str:
    if isinstance(line, BadLine):
        return ""
    return line.columns[column] if column < len(line.columns) else ""


def _with(columns: list[str], place: int, value: str) -> list[str]:
    filled = columns + [""] * (place + 1 - len(columns))
    filled[place] = value
    return filled
