"""Secrets that this process has read, so that they are left out of all that is shown or kept.

A server may repeat a key, and then it would stand in messages, in the ledger and in files that are given away.
"""

from __future__ import annotations

import logging
import re
from urllib.parse import quote

MARK = "[secret]"
"""What stands in the place of a secret."""
SHORTEST, SHORTEST_IN_ANSWERS = 6, 12
"""Shorter ones are left alone: they would be found by chance. In answers, which are learned from, only what looks
random counts: a stand-in such as `not-needed` or `password` may be a word of the text."""
_secrets: set[str] = set()


def keep_secret(secret: str) -> str:
    """The secret itself, which is left out of everything from now on."""
    if len(secret) >= SHORTEST:
        _secrets.update({secret, quote(secret, safe="")})
    return secret


def redact(text: str) -> str:
    """A message without secrets, whatever their letters' case."""
    for secret in _longest_first():
        text = re.sub(re.escape(secret), MARK, text, flags=re.IGNORECASE)
    return text


def redact_answer(text: str) -> str:
    """A teacher's answer without secrets that cannot be words of it."""
    for secret in _longest_first():
        if secret in text and _looks_random(secret):
            text = text.replace(secret, MARK)
    return text


class RedactingFilter(logging.Filter):
    """Keeps secrets out of a log: HTTP libraries write addresses into theirs, query and all."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record is changed."""
        message = record.getMessage()
        if (redacted := redact(message)) != message:
            record.msg, record.args = redacted, ()
        return True


def _looks_random(secret: str) -> bool:
    return len(secret) >= SHORTEST_IN_ANSWERS and any(letter.isdigit() for letter in secret)


def _longest_first() -> list[str]:
    """So that of a secret that holds another nothing is left."""
    return sorted(_secrets, key=len, reverse=True)
