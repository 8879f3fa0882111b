"""Record tables: Parquet files of one record type, written and read as streams."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from tutelage.storage.atomic import whole_file
from tutelage.storage.plain import from_plain, record_fields, to_plain

R = TypeVar("R")

ROWS_IN_GROUP = 8192


def write_table(
    path: Path,
    records: Iterable[R],
    record_type: type[R],
    *,
    key: str = "",
    before_commit: Callable[[], object] | None = None,
) -> int:
    """Write the records whole and give their number; `key` is kept in the file's metadata.

    `before_commit` is called when all records are written and the file does not show yet.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = arrow_schema(record_type).with_metadata({"tutelage.key": key, "tutelage.record": record_type.__name__})
    convert, iterator, rows = to_plain(record_type), iter(records), 0
    with whole_file(path) as aside, pq.ParquetWriter(aside, schema, compression="zstd") as writer:
        while chunk := [convert(record) for record in islice(iterator, ROWS_IN_GROUP)]:
            writer.write_table(pa.Table.from_pylist(chunk, schema=schema))
            rows += len(chunk)
        if before_commit is not None:
            before_commit()
    return rows


def read_table(path: Path, record_type: type[R]) -> Iterator[R]:
    """The records of a table, a row group at a time."""
    import pyarrow.parquet as pq

    convert = from_plain(record_type)
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=ROWS_IN_GROUP):
            yield from map(convert, batch.to_pylist())


def table_key(path: Path) -> str | None:
    """The content key a table was written with; none where there is no table."""
    import pyarrow.parquet as pq

    if not path.is_file():
        return None
    metadata = pq.read_schema(path).metadata or {}
    return typing.cast(bytes, metadata.get(b"tutelage.key", b"")).decode()


def count_rows(path: Path) -> int:
    """The number of records in a table, read from its footer."""
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).num_rows)


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
