"""Sound Parquet tables whose columns are of types, and have names, that nobody expects."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 5
NAMES = ("source", "target", "en", "pt", "id", "text", "", "a.b", "\0", "source", "doc", "src_lang")


def odd_table(generator: random.Random) -> bytes:
    """One to five columns."""
    columns = [generator.choice(COLUMNS) for _ in range(generator.randint(1, 5))]
    names = [generator.choice(NAMES) for _ in columns]
    rows = generator.choice((0, 1, ROWS, ROWS))
    table = pa.Table.from_arrays([column.slice(0, rows) for column in columns], names=names)
    stream = BytesIO()
    pq.write_table(table, stream, row_group_size=generator.choice((1, 2, 100)))
    return stream.getvalue()


def _strings(*values: str | None) -> pa.Array:
    return pa.array((values * ROWS)[:ROWS], pa.string())


COLUMNS: tuple[pa.Array, ...] = (
    _strings("Open the file."), _strings("Abra o arquivo."), _strings("a", None, ""), _strings("en"), _strings("x\0y"),
    _strings("x" * 1_100_000), _strings("a").dictionary_encode(), _strings("a").cast(pa.large_string()),
    _strings("a").cast(pa.string_view()), pa.array([b"\xff"] * ROWS, pa.binary()), pa.nulls(ROWS),
    pa.array([2**50] * ROWS, pa.timestamp("s")), pa.array([-(2**62)] * ROWS, pa.timestamp("ns", "UTC")),
    pa.array([2**62] * ROWS, pa.duration("us")), pa.array([2**31 - 1] * ROWS, pa.date32()),
    pa.array([1] * ROWS, pa.time64("ns")), pa.array([timedelta(1)] * ROWS), pa.array([Decimal("1e30")] * ROWS),
    pa.array([float("nan")] * ROWS), pa.array([1.5] * ROWS, pa.float16()), pa.array([2**64 - 1] * ROWS, pa.uint64()),
    pa.array([True] * ROWS), pa.array([["a"]] * ROWS), pa.array([{"en": "a", "pt": "b"}] * ROWS),
    pa.array([[("a", "b")]] * ROWS, pa.map_(pa.string(), pa.string())), 
    pa.array([b"12345678"] * ROWS, pa.binary(8)),
    pa.array([[[[[1]]]]] * ROWS),
)  # fmt: skip
