"""Whether a translation has the protected spans of its source."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from tutelage.core.protection.patterns import BRACE, MESSAGE, NUMBER, NUMBERED, PRINTF, TAG
from tutelage.core.protection.spans import PLACEHOLDERS, ProtectedSpan, Protection, find_protected

_TAG_NAME = re.compile(r"</?(?:[A-Za-z][\w:.-]*|\d{1,3})")
_ORDER = re.compile(r"(?<=%)(\d+)\$")
_SEPARATORS = re.compile(r"[.,]")
_BRANCH = re.compile(r"([\w-]+)\s*\{$")
_PLURALS = frozenset({"zero", "one", "two", "few", "many", "other"})
EMPTY_TAGS = frozenset({"br", "hr", "img", "input", "wbr", "area", "link", "meta", "source", "col"})
"""Void elements, which nothing closes."""


def spans_kept(source: str, target: str, protection: Protection = PLACEHOLDERS) -> bool:
    """Whether the target has exactly the protected spans of the source.

    They may change places, but arguments without a name or a number (`%s`, `{}`) keep their order, and tags their
    nesting. `%2$s` counts as `%s`, a tag by its name alone, and a number by its digits, since order, attributes and
    the signs between digits may follow the language.
    """
    wanted, found = find_protected(source, protection), find_protected(target, protection)
    if not any(span.kind == NUMBERED for span in wanted):
        found = tuple(span for span in found if span.kind != NUMBERED)  # Turkish: %1
    if any(span.kind == MESSAGE for span in wanted):  # languages differ in their plurals
        return set(map(span_key, wanted)) == set(map(span_key, found))
    return (
        Counter(map(span_key, wanted)) == Counter(map(span_key, found))
        and _arguments(wanted) == _arguments(found)
        and (_is_nested(found) or not _is_nested(wanted))
    )


def placeholders_kept(source: str, target: str) -> bool:
    """Whether the target has exactly the placeholders, markup and addresses of the source; see `spans_kept`."""
    return spans_kept(source, target, PLACEHOLDERS)


def missing_spans(source: str, target: str, protection: Protection = PLACEHOLDERS) -> tuple[str, ...]:
    """The spans of the source that the target lacks, as often as they lack, in the order of the source."""
    there = Counter(map(span_key, find_protected(target, protection)))
    missing = []
    for span in find_protected(source, protection):
        key = span_key(span)
        if there[key] > 0:
            there[key] -= 1
        else:
            missing.append(span.text)
    return tuple(missing)


def lost_spans(source: str, target: str, protection: Protection = PLACEHOLDERS) -> tuple[str, ...]:
    """What the target lacks; if it lacks nothing, the placeholders of the source whose order or number is another.

    A number or a piece of code too much is no loss; a pair of tags that has lost the words between them is one.
    """
    missing = missing_spans(source, target, protection)
    bare = replace(protection, literals=False)
    if missing:
        return missing
    if spans_kept(source, target, bare):
        return emptied_tags(source, target, bare)
    return tuple(span.text for span in find_protected(source, bare)) or ("",)


def emptied_tags(source: str, target: str, protection: Protection = PLACEHOLDERS) -> tuple[str, ...]:
    """Opening tags that have nothing between them and their closing ones in the target, but did in the source."""
    there, emptied = Counter(map(span_key, _empty_pairs(source, protection))), []
    for span in _empty_pairs(target, protection):
        there[span_key(span)] -= 1
        if there[span_key(span)] < 0:
            emptied.append(span.text)
    return tuple(emptied)


def _empty_pairs(text: str, protection: Protection) -> list[ProtectedSpan]:
    """The opening tags with only white space between them and their closing ones."""
    return [
        first
        for first, second in pairwise(find_protected(text, protection))
        if first.kind == second.kind == TAG
        and span_key(second) == f"</{span_key(first)[1:]}"
        and not text[first.end : second.start].strip()
    ]


def span_key(span: ProtectedSpan) -> str:
    """What two spans must share to count as the same."""
    if span.kind == TAG:
        name = _TAG_NAME.match(span.text)
        return name.group().lower() if name else span.text
    if span.kind == PRINTF:
        return _ORDER.sub("", span.text)
    if span.kind == MESSAGE:
        return _message_key(span.text)
    return _SEPARATORS.sub("", span.text) if span.kind == NUMBER else span.text


def _message_key(structure: str) -> str:
    """Argument and type of an ICU message, and the key of a branch, unless it is a number's, which languages choose."""
    head = ",".join("".join(structure.split()).split(",")[:2]) if structure.startswith("{") and "," in structure else ""
    branch = _BRANCH.search(structure)
    return f"{head}|{branch.group(1)}" if branch and branch.group(1) not in _PLURALS else f"{head}|"


def argument_number(span: ProtectedSpan) -> int | None:
    """Which argument a printf span says that it stands for: 2 for `%2$s`; `None` if it does not say."""
    number = _ORDER.search(span.text) if span.kind == PRINTF else None
    return None if number is None else int(number.group(1))


def is_next_argument(span: ProtectedSpan) -> bool:
    """Whether the span stands for the next argument, so that its place among its like says which that is."""
    if span.kind == PRINTF:
        return span.text != "%%" and not span.text.startswith("%(") and argument_number(span) is None
    return span.kind == BRACE and (span.text == "{}" or span.text.startswith(("{:", "{!")))


def _arguments(spans: Sequence[ProtectedSpan]) -> list[str]:
    """What is filled in from the first argument to the last, but for spans with names."""
    numbered = sorted({(number, span_key(span)) for span in spans if (number := argument_number(span)) is not None})
    return [key for _, key in numbered] or [span_key(span) for span in spans if is_next_argument(span)]


def _is_nested(spans: Sequence[ProtectedSpan]) -> bool:
    """Whether each opening tag is closed by its own; void elements and self-closing tags stand alone."""
    opened: list[str] = []
    for span in spans:
        if span.kind != TAG or span.text.endswith("/>"):
            continue
        name = span_key(span)
        if name.startswith("</"):
            if not opened or opened.pop() != f"<{name[2:]}":
                return False
        elif name[1:] not in EMPTY_TAGS:
            opened.append(name)
    return not opened
