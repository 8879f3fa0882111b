"""The compressions of files, by suffix."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from pathlib import Path
from typing import Any


def _open_zstd(path: Path, mode: str) -> Any:
    import pyarrow as pa

    if mode == "wb":
        return pa.output_stream(str(path), compression="zstd")
    return pa.input_stream(str(path), compression="zstd")


COMPRESSIONS: dict[str, Any] = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open, ".zst": _open_zstd}


def opened_packed(path: Path, suffix: str, mode: str) -> Any:
    """A stream of what is in the file, or that packs what is written; `mode` is `rb` or `wb`."""
    return COMPRESSIONS[suffix](path, mode)


def damages(path: Path) -> tuple[type[Exception], ...]:
    """What reading a damaged or unreadable file raises; OSError without a number means damage too."""
    known = (OSError, EOFError, lzma.LZMAError, zlib.error)
    if path.suffix == ".xz":
        return (*known, MemoryError)  # a header may ask for any amount
    if path.suffix == ".zst":
        import pyarrow as pa

        return (*known, pa.ArrowException)
    return known
