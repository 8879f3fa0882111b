"""What a command found, as JSON or as lines of text."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable
from typing import Any, TextIO


def print_found(found: Any, lines: Iterable[str], *, as_json: bool, file: TextIO | None = None) -> None:
    """Print `found` as indented JSON, or else its lines; on standard output where no file is given."""
    for line in [as_plain_json(found)] if as_json else lines:
        print(line, file=file or sys.stdout)


def as_plain_json(value: Any) -> str:
    """Records, and lists of them, as indented JSON."""
    return json.dumps(value, default=_plain, indent=1, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)
