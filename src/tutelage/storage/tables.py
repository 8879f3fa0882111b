"""Record tables: Parquet files of one record type, written and read as streams."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

from tutelage.core.errors import UserError
from tutelage.storage.atomic import whole_file
from tutelage.storage.plain import from_plain, record_fields, required_fields, to_plain, without_none

R = TypeVar("R")

ROWS_IN_GROUP = 8192


class TableWriter(Generic[R]):
    """Takes records one by one, and writes them in groups of rows."""

    def __init__(self, writer: Any, record_type: type[R]) -> None:
        self._writer, self._convert = writer, to_plain(record_type)
        self._group: list[dict[str, Any]] = []
        self.rows = 0
        """Given so far."""

    def add(self, record: R) -> None:
        """The record comes behind those before it."""
        self._group.append(self._convert(record))
        self.rows += 1
        if len(self._group) == ROWS_IN_GROUP:
            self.flush()

    def flush(self) -> None:
        """What was given and not written yet becomes a group of its own."""
        import pyarrow as pa

        if self._group:
            self._writer.write_table(pa.Table.from_pylist(self._group, schema=self._writer.schema))
            self._group = []


@contextmanager
def open_table(path: Path, record_type: type[R], *, key: str = "") -> Iterator[TableWriter[R]]:
    """A writer of the table, which shows whole when the block ends well, and not at all otherwise.

    `key` is kept in the file's metadata.
    """
    schema = arrow_schema(record_type).with_metadata({"tutelage.key": key, "tutelage.record": record_type.__name__})
    with whole_file(path) as aside, _new_table(aside, schema) as writer:
        table = TableWriter(writer, record_type)
        yield table
        table.flush()


def write_table(path: Path, records: Iterable[R], record_type: type[R], *, key: str = "") -> int:
    """Write the records whole and give their number; `key` is kept in the file's metadata."""
    with open_table(path, record_type, key=key) as table:
        for record in records:
            table.add(record)
    return table.rows


def read_table(path: Path, record_type: type[R]) -> Iterator[R]:
    """The records of a table, a row group at a time; UserError for one that is damaged."""
    convert = from_plain(record_type)
    with _opened(path) as file:
        if not _fits(record_type, {field.name: field.type for field in file.schema_arrow}):
            raise ValueError(f"it is no table of {record_type.__name__}")
        for batch in file.iter_batches(batch_size=ROWS_IN_GROUP):
            yield from map(convert, batch.to_pylist())


def table_key(path: Path) -> str | None:
    """The content key a table was written with; `None` if there is no table, or one that cannot be opened."""
    if not path.is_file():
        return None
    try:
        with _opened(path) as file:
            metadata = file.schema_arrow.metadata or {}
    except UserError:
        return None
    return typing.cast(bytes, metadata.get(b"tutelage.key", b"")).decode(errors="replace")


def is_whole_table(path: Path, record_type: type, *, key: str) -> bool:
    """Whether there is a table of the record type under the key, all of which can be read."""
    if not is_readable_table(path, key=key):
        return False
    with _opened(path) as file:
        return _fits(record_type, {field.name: field.type for field in file.schema_arrow})


def is_readable_table(path: Path, *, key: str) -> bool:
    """Whether there is a table under the key, all of which can be read; its records may be of any type."""
    if table_key(path) != key:
        return False
    try:
        with _opened(path) as file:
            for group in range(file.num_row_groups):
                file.read_row_group(group)
    except UserError:
        return False
    return True


def count_rows(path: Path) -> int:
    """The number of records in a table, read from its footer."""
    with _opened(path) as file:
        return int(file.metadata.num_rows)


def arrow_schema(record_type: type) -> Any:
    """The Arrow schema of a record type; nested records are structs, tuples are lists."""
    import pyarrow as pa

    return pa.schema([(name, _arrow_type(kind)) for name, kind in record_fields(record_type)])


def _arrow_type(kind: Any) -> Any:
    import pyarrow as pa

    scalars = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    members = [member for member in typing.get_args(kind) if member not in (type(None), Ellipsis)]
    if dataclasses.is_dataclass(kind):
        return pa.struct(
            [(name, _arrow_type(field_kind)) for name, field_kind in record_fields(typing.cast(type, kind))]
        )
    if typing.get_origin(kind) is tuple:
        return pa.list_(_arrow_type(members[0]))
    return scalars[kind] if kind in scalars else _arrow_type(members[0])


@contextmanager
def _new_table(path: Path, schema: Any) -> Iterator[Any]:
    """A writer of a table whose pages carry checksums; closed without a word if the disk is full already."""
    import pyarrow.parquet as pq

    writer = pq.ParquetWriter(path, schema, compression="zstd", write_page_checksum=True)
    try:
        yield writer
    except BaseException:
        with suppress(OSError):
            writer.close()
        raise
    writer.close()


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The Parquet file; UserError for whatever cannot be read in it."""
    import pyarrow.parquet as pq
    from pyarrow import ArrowException

    try:
        with path.open("rb") as stream, pq.ParquetFile(stream, page_checksum_verification=True) as file:
            yield file
    except (ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's own, such as a missing file or permission
        raise UserError(
            f"this table is damaged ({_first_line(error)}).",
            where=str(path),
            fix="Give the command that made the run again: what is damaged is made again.",
        ) from error


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def _fits(record_type: type, columns: Mapping[str, Any]) -> bool:
    """Whether records of the type can be made of the columns; those that have a default may be missing."""
    if not required_fields(record_type) <= columns.keys():
        return False
    fields = ((name, kind) for name, kind in record_fields(record_type) if name in columns)
    return all(_column_fits(kind, columns[name]) for name, kind in fields)


def _column_fits(kind: Any, column: Any) -> bool:
    import pyarrow as pa

    kind = without_none(kind)
    if dataclasses.is_dataclass(kind):
        inner = {field.name: field.type for field in column} if pa.types.is_struct(column) else {}
        return pa.types.is_struct(column) and _fits(typing.cast(type, kind), inner)
    if typing.get_origin(kind) is tuple:
        return pa.types.is_list(column) and _column_fits(typing.get_args(kind)[0], column.value_type)
    return bool(column == _arrow_type(kind))
