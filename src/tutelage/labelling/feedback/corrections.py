"""Corrections put into a hypothesis by their places."""

from __future__ import annotations

from collections.abc import Iterable

from tutelage.core.records import ErrorSpan
from tutelage.labelling.error_words import is_unspaced

_BEFORE_CLOSING = frozenset(" ,.;:!?…)]}»")
"""What no space stands before, when the words before it are taken away."""


def apply_correction(text: str, error: ErrorSpan) -> str:
    """The hypothesis with one error corrected; words that come in or go out take their space with them."""
    before, after = text[: error.target_start], text[error.target_end :]
    correction = error.correction
    if not correction.strip():
        return _closed(before, after)
    if error.target_start == error.target_end and not is_unspaced(correction):
        correction = (" " if _touch(before, correction) else "") + correction
        correction += " " if _touch(correction, after) else ""
    return before + correction + after


def apply_corrections(text: str, errors: Iterable[ErrorSpan]) -> str:
    """The hypothesis with all of them corrected; of two whose places overlap the later one is left out."""
    placed = sorted(errors, key=lambda error: (error.target_start, error.target_end))
    kept: list[ErrorSpan] = []
    for error in placed:
        if not kept or error.target_start >= kept[-1].target_end:
            kept.append(error)
    for error in reversed(kept):
        text = apply_correction(text, error)
    return text


def _touch(before: str, after: str) -> bool:
    return before[-1:].isalnum() and after[:1].isalnum()


def _closed(before: str, after: str) -> str:
    if not before:
        return after.lstrip(" ")
    return before.rstrip(" ") + after if not after or after[0] in _BEFORE_CLOSING else before + after
