"""What the ledger says of calls that gave no usable answer."""

from __future__ import annotations

TRUNCATED = "truncated"
"""Cut off at the token limit."""
UNPARSED = "unparsed"
"""Not an instance of the role's schema."""
REFUSED = "refused"
"""The server turned this request down; its words stand in place of the answer."""
LOST = "lost"
"""No answer came back, and it is not known whether the call was billed: its worst case counts."""
OVERLONG = "overlong"
"""Longer than any answer; its start is kept."""
TOO_DEEP = "too_deep"
"""JSON within JSON without an end; its start is kept."""
SPOILED = frozenset({OVERLONG, TOO_DEEP})
"""Answers beyond use, which get no repair turn either."""
