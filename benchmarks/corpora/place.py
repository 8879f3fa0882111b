"""Where the parallel text of the benchmarks lies: the folder that `python -m benchmarks.corpora.debian` writes."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

DATA = Path(os.environ.get("TUTELAGE_DATA", "build/corpora"))
MADE_BY = "python -m benchmarks.corpora.debian build/corpora"


def add_data_argument(parser: argparse.ArgumentParser) -> None:
    """The argument `--data`."""
    told = f"the parallel text, as `{MADE_BY}` writes it; default: $TUTELAGE_DATA, else build/corpora"
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help=told)


def found(data: Path) -> Path:
    """The folder, whole; one that is not there ends the command with the one that makes it."""
    if not data.is_dir():
        raise SystemExit(f"error: there is no folder {data} with the parallel text; `{MADE_BY}` makes it")
    return data.resolve()
