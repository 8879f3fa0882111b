"""Opening a conversion with CTranslate2: on which device, with which arithmetic, by how many workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from tutelage.core.errors import StudentError
from tutelage.students.engines.device import chosen_device, require_gpu


def open_conversion(
    kind: Literal["Translator", "Generator"], folder: Path, *, compute_type: str, workers: int, threads: int = 1
) -> Any:
    """CTranslate2's translator or generator; a GPU is one worker. UsageError if a GPU is wanted and there is none."""
    import ctranslate2

    device = _device()
    workers = 1 if device == "cuda" else workers
    return getattr(ctranslate2, kind)(
        str(folder), device=device, compute_type=compute_type, inter_threads=workers, intra_threads=threads
    )


@contextmanager
def told_arithmetic(folder: Path, compute_type: str) -> Iterator[None]:
    """StudentError if CTranslate2 does not know the compute type, or the device cannot do it."""
    try:
        yield
    except ValueError as error:
        raise StudentError(
            f"the student cannot be decoded in {compute_type}: {error}.",
            where=str(folder),
            fix=f"Choose another compute type; on this machine: {', '.join(_compute_types())} or auto.",
        ) from error


def _compute_types() -> list[str]:
    import ctranslate2

    return sorted(ctranslate2.get_supported_compute_types(_device()))


def _device() -> str:
    import ctranslate2

    chosen, count = chosen_device(), ctranslate2.get_cuda_device_count()
    require_gpu(chosen, count=count)
    return chosen if chosen != "auto" else "cuda" if count else "cpu"
