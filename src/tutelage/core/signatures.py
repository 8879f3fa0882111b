"""Content keys: the same inputs and settings give the same short name, on any machine."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces; records are written as their fields."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)


def content_key(*parts: Any) -> str:
    """A 16-digit hexadecimal key of the parts (SHA-256 of their canonical JSON)."""
    return hashlib.sha256(canonical_json(parts).encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return str(value)
