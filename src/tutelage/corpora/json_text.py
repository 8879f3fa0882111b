"""JSON out of files that anybody may have made: values that can be read, shown and written again."""

from __future__ import annotations

import json
import re
from typing import Any

MAX_DEPTH = 64
"""Of objects and lists within one another. Rows of text have two or three; Python's own reader ends near a thousand."""
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse_json(text: str) -> Any:
    """The value; ValueError saying what is wrong with the text, also if it cannot be written again as UTF-8."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}" if error.lineno > 1 else f"column {error.colno}"
        raise ValueError(f"not JSON ({error.msg} at {place})") from None
    except RecursionError:
        raise ValueError(_too_deep()) from None
    except ValueError:
        raise ValueError("not JSON that can be read (a number of thousands of digits)") from None
    if text.count("[") + text.count("{") > MAX_DEPTH and _is_deep(value):
        raise ValueError(_too_deep())
    if _ESCAPED_SURROGATE.search(text) and not _is_writable(value):
        raise ValueError("half of a surrogate pair, which is no character")
    return value


def parse_object(text: str) -> dict[str, Any]:
    """The object; ValueError if the text is something else."""
    value = parse_json(text)
    if not isinstance(value, dict):
        raise ValueError(f"a JSON {type(value).__name__}, not an object")
    return value


def _too_deep() -> str:
    return f"JSON nested more than {MAX_DEPTH} deep"


def _is_deep(value: Any) -> bool:
    """Level by level, since a function that calls itself would end where the parser does."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [inner for one in level for inner in _inside(one) if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _is_writable(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
