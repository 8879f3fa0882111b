"""Parquet tables, read and written a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.core.errors import CorpusError
from tutelage.corpora.bad_lines import BadLine, shown
from tutelage.corpora.columns import NESTED, FieldNames
from tutelage.corpora.files import STANDARD_STREAM, path_written_whole
from tutelage.corpora.filling import Filling, Translate, with_translations
from tutelage.corpora.rows import Languages, Row, row_from_fields, source_of, target_field

BATCH_ROWS = 1024
"""Held at once; a thousand long texts take some megabytes."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """One row as read, with its batch where the row is the last of it."""

    row: Row | BadLine
    batch: Any | None


class ParquetTable:
    """Reads and writes tables, keeping the columns it does not know."""

    def read(self, path: Path | str, *, names: FieldNames, languages: Languages) -> Iterator[Row | BadLine]:
        """One row for each row of the table; only its columns of text, whole numbers and truth values are decoded."""
        with _opened(path) as table:
            columns, number = _plain_columns(table, path), 0
            for group in range(table.metadata.num_row_groups):
                end = number + table.metadata.row_group(group).num_rows
                try:
                    for batch in table.iter_batches(batch_size=BATCH_ROWS, row_groups=[group], columns=columns):
                        yield from _rows(batch, path, number, names=names, languages=languages)
                        number += batch.num_rows
                except _faults() as error:
                    reason = f"this part of the file is damaged ({_first_line(error)})"
                    yield from (BadLine(str(path), lost, reason) for lost in range(number + 1, end + 1))
                number = end

    def fill(
        self, path: Path | str, out: Path | str, translate: Translate, *, names: FieldNames, filling: Filling
    ) -> int:
        """The same table with the column of the target set or added; of a row that is bad but allowed, to nothing."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if STANDARD_STREAM in (str(path), str(out)):
            raise CorpusError("Parquet cannot be piped.", where=str(out), fix="Give a file name.")
        count, writer = 0, None
        translations: list[str | None] = []
        with _opened(path) as table, path_written_whole(out) as aside:
            languages = Languages(filling.source_lang, filling.lang)
            columns = dict.fromkeys(_plain_columns(table, path))
            place = target_field(columns, names=names, languages=languages, given=filling.target)
            try:
                cells = _cells(table, path, names=names, filling=filling)
                for cell, translation in with_translations(
                    cells, translate, text_of=lambda cell: source_of(cell.row), losses=filling.losses
                ):
                    translations.append(_kept(cell.row, place, translation))
                    if cell.batch is not None:
                        filled = _with_column(cell.batch, place, pa.array(translations, pa.string()))
                        writer = writer or pq.ParquetWriter(aside, filled.schema)
                        writer.write_batch(filled)
                        count, translations = count + len(translations), []
            except _faults() as error:
                raise CorpusError(f"the file is damaged ({_first_line(error)}).", where=str(path)) from None
            finally:
                if writer is not None:
                    writer.close()
        return count


def _kept(row: Row | BadLine, place: str, translation: str) -> str | None:
    """What is written: what stands there if there is no source to translate."""
    if isinstance(row, BadLine):
        return None
    return translation if row.source.strip() else str(row.fields.get(place) or translation)


@contextmanager
def _opened(path: Path | str) -> Iterator[Any]:
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(path, page_checksum_verification=True)
    except FileNotFoundError:
        raise CorpusError("there is no such file.", where=str(path), fix="Check the path.") from None
    except _faults() as error:
        raise CorpusError(f"this is not a Parquet file ({_first_line(error)}).", where=str(path)) from None
    try:
        if table.metadata.num_rows == 0:
            raise CorpusError("the file is empty.", where=str(path), fix="Give a file that holds text.")
        yield table
    finally:
        table.close()


def _faults() -> tuple[type[Exception], ...]:
    """What pyarrow raises for a file that is damaged; MemoryError for one that says it needs any amount."""
    import pyarrow as pa

    return (pa.ArrowException, OSError, MemoryError, UnicodeDecodeError)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _plain_columns(table: Any, path: Path | str) -> list[str]:
    """The columns that texts and ids may be in and that Python can hold: no times, decimals, bytes or nested values."""
    import pyarrow as pa

    def is_plain(kind: Any) -> bool:
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        known = (pa.types.is_string, pa.types.is_large_string, pa.types.is_integer, pa.types.is_boolean)
        return any(is_kind(kind) for is_kind in known)

    names = [field.name for field in table.schema_arrow]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise CorpusError(f"two columns are called '{shown(twice)}'.", where=str(path), fix="Rename one of them.")

    def is_nested(field: Any) -> bool:
        kind = field.type
        return field.name == NESTED and pa.types.is_struct(kind) and all(is_plain(inner.type) for inner in kind)

    return [field.name for field in table.schema_arrow if is_plain(field.type) or is_nested(field)]


def _rows(
    batch: Any, path: Path | str, before: int, *, names: FieldNames, languages: Languages
) -> Iterator[Row | BadLine]:
    """The rows of a batch, `before` others standing before it."""
    for number, fields in enumerate(_values(batch), start=before + 1):
        if fields is None:
            yield BadLine(str(path), number, "not UTF-8")
            continue
        try:
            yield row_from_fields(number, fields, names=names, languages=languages)
        except ValueError as error:
            yield BadLine(str(path), number, str(error), raw=shown(repr(fields)))


def _values(batch: Any) -> Iterator[dict[str, Any] | None]:
    """The values of each row; `None` for a row that has bytes in place of text, looked for only if there is one."""
    try:
        yield from batch.to_pylist()
    except ValueError:
        columns = [(field.name, batch.column(place)) for place, field in enumerate(batch.schema)]
        for place in range(batch.num_rows):
            try:
                yield {name: column[place].as_py() for name, column in columns}
            except UnicodeDecodeError:
                yield None


def _cells(table: Any, path: Path | str, *, names: FieldNames, filling: Filling) -> Iterator[_Cell]:
    number, columns = 0, _plain_columns(table, path)
    for batch in table.iter_batches(batch_size=BATCH_ROWS):
        rows = _rows(batch.select(columns), path, number, names=names, languages=Languages(filling.source_lang))
        for place, row in enumerate(filling.allowed.counted(path, rows), start=1):
            yield _Cell(row, batch if place == batch.num_rows else None)
        number += batch.num_rows


def _with_column(batch: Any, name: str, values: Any) -> Any:
    place = batch.schema.get_field_index(name)
    return batch.append_column(name, values) if place < 0 else batch.set_column(place, name, values)
