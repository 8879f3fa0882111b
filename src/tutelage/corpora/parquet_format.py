"""Parquet tables, read and written a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.core.errors import CorpusError
from tutelage.corpora.files import STANDARD_STREAM, path_written_whole
from tutelage.corpora.filling import Filling, Translate, with_translations
from tutelage.corpora.rows import BadLine, FieldNames, Languages, Row, row_from_fields

BATCH_ROWS = 8192


@dataclass(frozen=True, slots=True)
class _Cell:
    """The source of one row, with its batch where the row is the last of it."""

    text: str
    batch: Any | None


class ParquetTable:
    """Reads and writes tables, keeping the columns it does not know."""

    def read(self, path: Path | str, *, names: FieldNames, languages: Languages) -> Iterator[Row | BadLine]:
        """One row for each row of the table."""
        number = 0
        with _opened(path) as table:
            for batch in table.iter_batches(batch_size=BATCH_ROWS):
                for fields in batch.to_pylist():
                    number += 1
                    try:
                        yield row_from_fields(number, fields, names=names, languages=languages)
                    except ValueError as error:
                        yield BadLine(str(path), number, str(error), raw=repr(fields)[:80])

    def fill(
        self, path: Path | str, out: Path | str, translate: Translate, *, names: FieldNames, filling: Filling
    ) -> int:
        """The same table with the column `filling.target` set."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if STANDARD_STREAM in (str(path), str(out)):
            raise CorpusError("Parquet cannot be piped.", where=str(out), fix="Give a file name.")
        count, translations, writer = 0, [], None
        with _opened(path) as table, path_written_whole(out) as aside:
            try:
                cells = _cells(table, path, names=names)
                for cell, translation in with_translations(cells, translate, text_of=lambda cell: cell.text):
                    translations.append(translation)
                    if cell.batch is not None:
                        filled = _with_column(cell.batch, filling.target, pa.array(translations, pa.string()))
                        writer = writer or pq.ParquetWriter(aside, filled.schema)
                        writer.write_batch(filled)
                        count, translations = count + len(translations), []
            finally:
                if writer is not None:
                    writer.close()
        return count


@contextmanager
def _opened(path: Path | str) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(path)
    except FileNotFoundError:
        raise CorpusError("there is no such file.", where=str(path), fix="Check the path.") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise CorpusError(f"this is not a Parquet file ({error}).", where=str(path)) from None
    try:
        if table.metadata.num_rows == 0:
            raise CorpusError("the file is empty.", where=str(path), fix="Give a file that holds text.")
        yield table
    finally:
        table.close()


def _cells(table: Any, path: Path | str, *, names: FieldNames) -> Iterator[_Cell]:
    number = 0
    for batch in table.iter_batches(batch_size=BATCH_ROWS):
        rows = batch.to_pylist()
        for place, fields in enumerate(rows, start=1):
            number += 1
            try:
                row = row_from_fields(number, fields, names=names, languages=Languages(""))
            except ValueError as error:
                raise CorpusError(f"{error}.", where=f"{path}:{number}", fix="Mend or remove the row.") from None
            yield _Cell(row.source, batch if place == len(rows) else None)


def _with_column(batch: Any, name: str, values: Any) -> Any:
    place = batch.schema.get_field_index(name)
    return batch.append_column(name, values) if place < 0 else batch.set_column(place, name, values)
