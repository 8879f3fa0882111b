"""How much of an answer is taken: what is longer, deeper or no text is one unusable answer, and costs one item.

Roles ask for short, flat JSON: a few thousand characters, three objects deep. The limits are far above that.
"""

from __future__ import annotations

import json
import re
from typing import Any

from tutelage.core.secrets import redact_answer
from tutelage.teachers.calling.statuses import TOO_DEEP

MOST_CHARACTERS = 1 << 18
"""Of an answer; four times what fits into the longest context that an answer of 16,384 tokens fills."""
KEPT_CHARACTERS = 4_000
"""Of an answer that is longer than it may be, or that is shown again in a repair turn."""
MOST_REPAIRED_CHARACTERS = 1 << 16
MOST_BRACES, MOST_DEPTH = 500, 32
"""Of an answer that is not JSON as it stands: mending it takes 0.1 ms for each brace that opens."""
DAMAGED = "\ufffd"
"""What stands where bytes were no text; no answer that holds it can be used."""
_LONGEST_COUNT = 20
_BRACKET = re.compile(r"[{}\[\]]")


class SpoiledAnswer(Exception):  # noqa: N818 - not an error of the run: the server answered, and this is one item's
    """An answer beyond use, whatever the attempt; `start` is what is kept of it, `status` what the ledger says."""

    def __init__(self, status: str, start: str) -> None:
        self.status, self.start = status, redact_answer(start)[:KEPT_CHARACTERS]
        super().__init__(status)


def most_bytes(max_tokens: int) -> int:
    """Of a body: a stream wraps each token in up to a kilobyte of JSON, and JSON may write a character as six bytes."""
    return 6 * MOST_CHARACTERS + 1024 * max_tokens


def read_json(raw: bytes) -> Any:
    """The value, with U+FFFD where bytes are no UTF-8; SpoiledAnswer if it nests too deeply, ValueError if none."""
    text = raw.decode("utf-8", errors="replace")
    try:
        return _DECODER.decode(text.removeprefix("\ufeff"))
    except RecursionError:
        raise SpoiledAnswer(TOO_DEEP, clean(text[:KEPT_CHARACTERS])) from None


def _read_count(digits: str) -> int:
    """Python refuses numbers of thousands of digits; such a count is no count."""
    return int(digits) if len(digits) < _LONGEST_COUNT else -1


_DECODER = json.JSONDecoder(parse_int=_read_count)
"""Made once: `json.loads` would make one for each word of a stream."""


def clean(text: str) -> str:
    """The text with pairs of surrogates joined and U+FFFD for single ones and for NUL, as it can be kept anywhere."""
    if text.isascii():
        return text.replace("\x00", DAMAGED)
    joined = text.encode("utf-16-le", errors="surrogatepass").decode("utf-16-le", errors="replace")
    return joined.replace("\x00", DAMAGED)


def is_text(value: Any) -> bool:
    """Whether no text in the value, however deep, holds NUL, half characters or U+FFFD."""
    if isinstance(value, str):
        return DAMAGED not in value and clean(value) == value
    if isinstance(value, dict):
        return all(is_text(key) and is_text(part) for key, part in value.items())
    return all(is_text(part) for part in value) if isinstance(value, list | tuple) else True


def is_repairable(text: str) -> bool:
    """Whether mending the text as JSON takes a moment only."""
    if len(text) > MOST_REPAIRED_CHARACTERS or text.count("{") > MOST_BRACES:
        return False
    depth = 0
    for bracket in _BRACKET.findall(text):
        depth += 1 if bracket in "{[" else -1
        if depth > MOST_DEPTH:
            return False
    return True
