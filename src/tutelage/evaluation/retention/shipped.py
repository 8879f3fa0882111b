"""The tables of questions that come with the package."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def read_shipped(name: str) -> dict[str, Any]:
    """One table: facts, refusals, instructions or open."""
    return tomllib.loads((files("tutelage.evaluation.retention") / f"{name}.toml").read_text("utf-8"))
