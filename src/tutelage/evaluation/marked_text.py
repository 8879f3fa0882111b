"""Text cut into pieces that the page colours: error spans by severity, insertions and deletions of a post-edit."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tutelage.core.protection.spans import find_placeholders
from tutelage.core.records import ErrorSpan

SEVERITIES = ("neutral", "minor", "major", "critical")
"""MQM severities, mildest first."""
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text with one look; `kind` is empty for plain text."""

    text: str
    kind: str = ""
    title: str = ""


class _Stretch(NamedTuple):
    equal: bool
    old: str
    new: str


def mark_hypothesis(hypothesis: str, *, errors: Sequence[ErrorSpan]) -> tuple[Piece, ...]:
    """The hypothesis with each error's target span in its severity; where spans overlap, the gravest wins."""
    return _mark(hypothesis, errors, lambda error: (error.target_start, error.target_end))


def mark_source(source: str, *, errors: Sequence[ErrorSpan]) -> tuple[Piece, ...]:
    """The source with the words that were mistranslated."""
    return _mark(source, errors, lambda error: (error.source_start, error.source_end))


def mark_changes(before: str, *, after: str) -> tuple[Piece, ...]:
    """`after` by words, each piece plain, `inserted`, or `deleted` (text of `before` that is gone)."""
    pieces: list[Piece] = []
    for equal, old, new in _merge_neighbours(_align(_tokens(before), _tokens(after))):
        if equal:
            pieces.append(Piece(new))
            continue
        pieces += [Piece(old, "deleted")] if old else []
        pieces += [Piece(new, "inserted")] if new else []
    return tuple(pieces)


def describe_error(error: ErrorSpan) -> str:
    """`major mistranslation → arquivo: the file, not the archive`."""
    text = " ".join(part for part in (error.severity, error.category) if part)
    text += f" → {error.correction}" if error.correction else ""
    return f"{text}: {error.explanation}" if error.explanation else text


def severity_kind(severity: str) -> str:
    """The severity as a look; one that is not MQM's looks like `minor`."""
    return severity.lower() if severity.lower() in SEVERITIES else "minor"


def _tokens(text: str) -> list[str]:
    """Words, spaces and punctuation marks; a placeholder is one token."""
    tokens, end = [], 0
    for placeholder in find_placeholders(text):
        tokens += [*_TOKEN.findall(text[end : placeholder.start]), placeholder.text]
        end = placeholder.end
    return tokens + _TOKEN.findall(text[end:])


def _align(old: Sequence[str], new: Sequence[str]) -> Iterator[_Stretch]:
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        yield _Stretch(tag == "equal", "".join(old[i1:i2]), "".join(new[j1:j2]))


def _merge_neighbours(stretches: Iterable[_Stretch]) -> list[_Stretch]:
    """Changes with only a space between them become one, so that a changed phrase reads as a phrase."""
    merged: list[_Stretch] = []
    for stretch in stretches:
        if not stretch.equal and len(merged) > 1 and merged[-1].equal and merged[-1].new.isspace():
            space, change = merged.pop(), merged.pop()
            merged.append(_Stretch(False, change.old + space.old + stretch.old, change.new + space.new + stretch.new))
        else:
            merged.append(stretch)
    return merged


def _mark(text: str, errors: Sequence[ErrorSpan], span_of: Callable[[ErrorSpan], tuple[int, int]]) -> tuple[Piece, ...]:
    owner: list[ErrorSpan | None] = [None] * len(text)
    for error in sorted(errors, key=lambda error: SEVERITIES.index(severity_kind(error.severity))):
        start, end = span_of(error)
        for position in range(max(0, start), min(len(text), end)):
            owner[position] = error
    pieces, start = [], 0
    for position in range(1, len(text) + 1):
        if position == len(text) or owner[position] is not owner[start]:
            pieces.append(_piece(text[start:position], owner[start]))
            start = position
    return tuple(pieces)


def _piece(text: str, error: ErrorSpan | None) -> Piece:
    return Piece(text, severity_kind(error.severity), describe_error(error)) if error else Piece(text)
