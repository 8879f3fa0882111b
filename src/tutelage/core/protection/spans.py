"""Protected spans, recognised in this one place: placeholders, markup, addresses, numbers, what a student cannot spell.

Every `<word>` counts as a tag. `&eacute;` is no entity but a letter, and `%1` no placeholder of a text that has no `%1`
(Turkish puts the percent sign first: `%50`), unless its framework says so.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from tutelage.core.protection.alphabet import UNSPELLED, Alphabet
from tutelage.core.protection.kept_terms import TERM, present_terms, term_pattern
from tutelage.core.protection.messages import Block, find_blocks
from tutelage.core.protection.patterns import (
    BRACE,
    COMMON,
    ENTITY,
    FIRST,
    FRAMEWORKS,
    LITERALS,
    MESSAGE,
    NUMBERED,
    PRINTF,
)
from tutelage.core.signatures import content_key

_SIGNS = "%{<&\\$@`["
_LITERAL_SIGNS = re.compile(r"[\d/~#]|--|\.[a-z]")
_COMMAND = re.compile(r"\\[A-Za-z]{1,64}\*?$")


@dataclass(frozen=True, slots=True)
class ProtectedSpan:
    """One span: character offsets into the text, the text itself, and its kind (printf, tag, url, number, …)."""

    start: int
    end: int
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Protection:
    """What is protected."""

    frameworks: frozenset[str] = frozenset()
    """Of the text, besides what is recognised in any: names such as `c` and `qt`; unknown ones add nothing."""
    literals: bool = True
    """Code, numbers, dates, times and versions too."""
    terms: frozenset[str] = frozenset()
    """Words that are not translated, in the case in which they are written here."""
    terms_in_any_case: frozenset[str] = frozenset()
    """The same, whatever their case."""
    alphabet: Alphabet | None = field(default=None, compare=False)
    """With literals: what the student can spell, so that the rest is protected. It follows from the student."""

    @property
    def signature(self) -> str:
        """Short form for signatures."""
        parts = [*sorted(self.frameworks), *(["literals"] if self.literals else [])]
        if self.has_terms:
            parts.append(f"terms-{content_key(sorted(self.terms), sorted(self.terms_in_any_case))}")
        return f"protect4:{','.join(parts)}"

    @property
    def has_terms(self) -> bool:
        """Whether there is a word that is not translated."""
        return bool(self.terms or self.terms_in_any_case)


ALL = Protection()
PLACEHOLDERS = Protection(literals=False)
"""Placeholders, markup and addresses alone."""


class FlaggedText(str):
    """A text of which its file says in what frameworks it is used."""

    __slots__ = ("frameworks",)
    frameworks: frozenset[str]

    def __new__(cls, text: str, frameworks: frozenset[str] = frozenset()) -> FlaggedText:
        """The text with its frameworks."""
        made = super().__new__(cls, text)
        made.frameworks = frameworks
        return made


def frameworks_of(text: str) -> frozenset[str]:
    """The frameworks that a text's file tells; none for a text without flags."""
    return text.frameworks if isinstance(text, FlaggedText) else frozenset()


def in_frameworks(protection: Protection, frameworks: frozenset[str]) -> Protection:
    """The protection with what the frameworks add."""
    return replace(protection, frameworks=protection.frameworks | frameworks) if frameworks else protection


def find_protected(text: str, protection: Protection = ALL) -> tuple[ProtectedSpan, ...]:
    """Every protected span of the text, from left to right, none overlapping."""
    if protection.has_terms:
        protection = _with_present_terms(text, protection)
    if not _may_have_any(text, protection):
        return tuple(_unspelled(text, (), protection))
    if blocks := find_blocks(text):
        return tuple(_spans_of_messages(text, blocks, protection))
    spans = [
        ProtectedSpan(match.start(), match.end(), match.group(), match.lastgroup or "")
        for match in _finder(replace(protection, alphabet=None)).finditer(text)
    ]
    numbered = protection.frameworks & {"qt", "kde"} or any(span.text in {"%1", "%L1", "%1%"} for span in spans)
    kept = tuple(span for span in spans if not _is_text(span, text, numbered=bool(numbered)))
    unspelled = tuple(_unspelled(text, kept, protection))
    return tuple(sorted((*kept, *unspelled), key=lambda span: span.start)) if unspelled else kept


def simplify(text: str, protection: Protection) -> str:
    """The text as its student can spell it, its protected spans as they are."""
    alphabet = protection.alphabet
    if alphabet is None or text.isascii():
        return text
    spans = find_protected(text, protection)
    return with_spans([alphabet.simplify(text[start:end]) for start, end in between(text, spans)], spans)


def between(text: str, spans: Sequence[ProtectedSpan]) -> list[tuple[int, int]]:
    """Start and end of what stands before, between and behind the spans of a text: one more than there are spans."""
    starts, ends = (0, *(span.end for span in spans)), (*(span.start for span in spans), len(text))
    return list(zip(starts, ends, strict=True))


def with_spans(stretches: Sequence[str], spans: Sequence[ProtectedSpan]) -> str:
    """The text of such stretches, with the spans between them."""
    return "".join(part for pair in zip(stretches, (*(span.text for span in spans), ""), strict=True) for part in pair)


def find_placeholders(text: str) -> tuple[ProtectedSpan, ...]:
    """Every placeholder, address and piece of markup of the text, from left to right, none overlapping."""
    return find_protected(text, PLACEHOLDERS)


def has_words(text: str, protection: Protection = ALL) -> bool:
    """Whether there is a letter outside the protected spans."""
    outside = between(text, find_protected(text, protection))
    return any(any(map(str.isalpha, text[start:end])) for start, end in outside)


def _spans_of_messages(text: str, blocks: Sequence[Block], protection: Protection) -> Iterator[ProtectedSpan]:
    """The structure of ICU messages, and what is protected in their branches and between them."""
    inside = in_frameworks(protection, frozenset({"icu"}))
    end = 0
    for block in blocks:
        yield from _moved(find_protected(text[end : block.start], protection), end)
        place = block.start
        for number, part in enumerate(block.structure):
            yield ProtectedSpan(place, place + len(part), part, MESSAGE)
            place += len(part)
            if number < len(block.branches):
                yield from _moved(find_protected(block.branches[number], inside), place)
                place += len(block.branches[number])
        end = block.end
    yield from _moved(find_protected(text[end:], protection), end)


def _unspelled(text: str, spans: Sequence[ProtectedSpan], protection: Protection) -> Iterator[ProtectedSpan]:
    """Words and signs between the spans that the student cannot spell."""
    if protection.alphabet is None or not protection.literals:
        return
    for start, end in between(text, spans):
        for first, last in protection.alphabet.find_unspelled(text[start:end]):
            yield ProtectedSpan(start + first, start + last, text[start + first : start + last], UNSPELLED)


def _moved(spans: Sequence[ProtectedSpan], by: int) -> Iterator[ProtectedSpan]:
    return (replace(span, start=span.start + by, end=span.end + by) for span in spans)


def _with_present_terms(text: str, protection: Protection) -> Protection:
    """The protection with those terms alone that can be in the text: a large glossary has a few."""
    return replace(
        protection,
        terms=present_terms(text, protection.terms),
        terms_in_any_case=present_terms(text, protection.terms_in_any_case),
    )


@lru_cache(maxsize=256)
def _finder(protection: Protection) -> re.Pattern[str]:
    """The pattern of a protection without its alphabet, which would keep its student in memory here."""
    kinds = dict(COMMON)
    added = [FRAMEWORKS.get(framework, {}) for framework in sorted(protection.frameworks)]
    for kind, pattern in (pair for more in added for pair in more.items()):
        kinds = {kind: pattern, **kinds} if kind not in kinds else {**kinds, kind: f"{pattern}|{kinds[kind]}"}
    for kind, pattern in LITERALS.items() if protection.literals else ():
        kinds[kind] = pattern if kind not in kinds else f"{pattern}|{kinds[kind]}"
    if protection.literals:
        kinds = {**FIRST, **kinds}
    if protection.has_terms:
        kinds = {TERM: term_pattern(protection.terms, protection.terms_in_any_case), **kinds}
    return re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in kinds.items()))


def _may_have_any(text: str, protection: Protection) -> bool:
    """A cheap look before the pattern: most segments have none of these characters."""
    return (
        protection.has_terms
        or any(sign in text for sign in _SIGNS)
        or "://" in text
        or "www." in text
        or (protection.literals and _LITERAL_SIGNS.search(text) is not None)
    )


def _is_text(span: ProtectedSpan, text: str, *, numbered: bool) -> bool:
    r"""Whether what looks like a placeholder is text: `&eacute;`, `%50`, `50%off`, and the braces of `\textbf{…}`."""
    if span.kind == ENTITY:
        return html.unescape(span.text).isalpha()
    if span.kind == NUMBERED:
        return not numbered and not span.text.endswith("n")
    if span.kind == PRINTF and span.text != "%%":
        return text[span.start - 1 : span.start].isdigit() and text[span.end : span.end + 1].isalpha()
    return span.kind == BRACE and _COMMAND.search(text, max(0, span.start - 64), span.start) is not None
