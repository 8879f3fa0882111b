"""TOML as users write it: whatever is wrong with it is a ValueError that says so in plain words."""

from __future__ import annotations

import tomllib
from typing import Any


def parse_toml(text: str) -> dict[str, Any]:
    """The tables; ValueError for what is no TOML, is nested too deeply, or has a number of thousands of digits."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise ValueError("lists or tables are nested too deeply") from None
    except ValueError:  # of Python's own limit on digits
        raise ValueError("a number has too many digits") from None
