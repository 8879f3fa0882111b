"""The languages that a system's outputs are in: the target's, the source's, English, each other one, none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tutelage.core.languages import Direction, base_language, is_language
from tutelage.evaluation.off_target.failures import is_empty
from tutelage.evaluation.off_target.judging import JudgedOutput


@dataclass(frozen=True, slots=True)
class LanguageCount:
    """Outputs in one language."""

    lang: str
    """A base code as the identifier gives it; `und` is a script that none of the languages asked about has."""
    count: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """Outputs of one system in one direction of a test set by their language; they add up to `n`."""

    system: str
    test: str
    source_lang: str
    target_lang: str
    n: int
    off_target: int
    """How many count into the off-target ratio."""
    target: int
    source: int
    """In the source's language, echoes of it among them."""
    english: int
    """In English, if it is neither the source's language nor the target's."""
    others: tuple[LanguageCount, ...]
    """The most frequent first."""
    empty: int
    unknown: int
    """Too short or too doubtful to tell; on target in the ratio."""


def count_languages(
    judged: Sequence[JudgedOutput],
    *,
    hypotheses: Sequence[str],
    directions: Sequence[Direction],
    system: str,
    test: str,
) -> tuple[Confusion, ...]:
    """One table for each direction, in the order in which the directions come."""
    rows = list(zip(judged, hypotheses, directions, strict=True))
    return tuple(
        _count([(output, text) for output, text, way in rows if way == direction], direction, system=system, test=test)
        for direction in dict.fromkeys(directions)
    )


def _count(outputs: Sequence[tuple[JudgedOutput, str]], direction: Direction, *, system: str, test: str) -> Confusion:
    counts = Counter(_cell(output, text, direction) for output, text in outputs)
    named = {"target", "source", "en", "empty", "unknown"}
    others = sorted((one for one in counts.items() if one[0] not in named), key=lambda one: (-one[1], one[0]))
    return Confusion(
        system=system,
        test=test,
        source_lang=direction.source,
        target_lang=direction.target,
        n=len(outputs),
        off_target=sum(output.is_off_target for output, _ in outputs),
        target=counts["target"],
        source=counts["source"],
        english=counts["en"],
        others=tuple(LanguageCount(lang, count) for lang, count in others),
        empty=counts["empty"],
        unknown=counts["unknown"],
    )


def _cell(output: JudgedOutput, text: str, direction: Direction) -> str:
    if is_empty(text):
        return "empty"
    if output.lang is None:
        return "unknown"
    if output.judgement != "echo" and is_language(output.lang, lang=direction.target):
        return "target"
    if is_language(output.lang, lang=direction.source):
        return "source"
    return base_language(output.lang)
