"""Off-target outputs, judged strictly: empty, echoed, in another script or in another language.

Deviations from the ratio of the papers, which takes the first label of fastText for every line: an empty output is
off-target, an output too short to tell counts as on target and is counted apart (`unknown`), and an output may be a
copy of the source, or be written mostly in another script, where the reference is so too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import numpy as np

from tutelage.core.languages import UNSPACED, Direction, base_language
from tutelage.core.placeholders import find_placeholders
from tutelage.core.protocols import LanguageIdentifier
from tutelage.evaluation.significance import SegmentStatistics, score_share

Judgement = Literal["on target", "unknown", "empty", "echo", "script", "language"]
OFF_TARGET: frozenset[Judgement] = frozenset({"empty", "echo", "script", "language"})

_ECHO_WORDS = 3
"""A copy of at most so many words may be a name or a command that stays as it is."""
_CONFIDENCE_FLOOR = 0.5
"""Below, the identifier does not prefer any language to all the others together."""

_SCRIPTS = {
    "ar": ("ARABIC",), "fa": ("ARABIC",), "ur": ("ARABIC",), "he": ("HEBREW",), "el": ("GREEK",),
    "bg": ("CYRILLIC",), "mk": ("CYRILLIC",), "ru": ("CYRILLIC",), "uk": ("CYRILLIC",), "sr": ("CYRILLIC", "LATIN"),
    "hi": ("DEVANAGARI",), "bn": ("BENGALI",), "ta": ("TAMIL",), "th": ("THAI",), "zh": ("CJK",),
    "ja": ("HIRAGANA", "KATAKANA", "CJK"), "ko": ("HANGUL", "CJK"),
}  # fmt: skip
_ALL_SCRIPTS = frozenset({"LATIN"}.union(*_SCRIPTS.values()))


def off_target_statistics(judgements: Sequence[Judgement], *, identifier: LanguageIdentifier) -> SegmentStatistics:
    """Percent of the outputs that are off-target; lower is better."""
    return SegmentStatistics(
        name="off_target",
        rows=np.array([(float(judgement in OFF_TARGET), 1.0) for judgement in judgements]),
        score_sums=score_share,
        higher_is_better=False,
        signature=f"off-target|mode:strict|lid:{identifier.signature}",
    )


def judge_outputs(
    hypotheses: Sequence[str],
    *,
    sources: Sequence[str],
    references: Sequence[str],
    direction: Direction,
    identifier: LanguageIdentifier,
    languages: Sequence[str] = (),
) -> tuple[Judgement, ...]:
    """One judgement for each output; `languages` are the run's, and the direction's own are always among them."""
    among = sorted({base_language(code) for code in (direction.source, direction.target, *languages)})
    return tuple(
        _judge_form(hypothesis, source=source, reference=reference, direction=direction)
        or _judge_language(hypothesis, target=base_language(direction.target), identifier=identifier, among=among)
        for hypothesis, source, reference in zip(hypotheses, sources, references, strict=True)
    )


def _judge_form(hypothesis: str, *, source: str, reference: str, direction: Direction) -> Judgement | None:
    """What can be told without an identifier."""
    if not hypothesis.strip():
        return "empty"
    if _is_echo(hypothesis, source=source, reference=reference, direction=direction):
        return "echo"
    target = base_language(direction.target)
    if _is_foreign_script(hypothesis, target) and not _is_foreign_script(reference, target):
        return "script"
    return None


def _judge_language(hypothesis: str, *, target: str, identifier: LanguageIdentifier, among: Sequence[str]) -> Judgement:
    text = _prose(hypothesis)
    found = identifier.identify(text, among=among) if len(among) > 1 and text else None
    if found is None or found.confidence < _CONFIDENCE_FLOOR:
        return "unknown"
    return "on target" if base_language(found.lang) == target else "language"


def _is_echo(hypothesis: str, *, source: str, reference: str, direction: Direction) -> bool:
    if base_language(direction.source) == base_language(direction.target):
        return False
    words = hypothesis.casefold().split()
    length = len("".join(words)) if base_language(direction.source) in UNSPACED else len(words)
    return length > _ECHO_WORDS and words == source.casefold().split() != reference.casefold().split()


def _is_foreign_script(text: str, language: str) -> bool:
    """Whether most letters of the text belong to a script that the language is not written in."""
    scripts = [script for script in map(_script, _prose(text)) if script]
    own = _SCRIPTS.get(language, ("LATIN",))
    return sum(script not in own for script in scripts) * 2 > len(scripts)


def _prose(text: str) -> str:
    """The text without placeholders and markup, which belong to no language."""
    pieces, end = [], 0
    for span in find_placeholders(text):
        pieces.append(text[end : span.start])
        end = span.end
    return " ".join([*pieces, text[end:]]).strip()


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    """The script of a letter by its Unicode name, or empty for anything else."""
    script = unicodedata.name(character, "").partition(" ")[0] if character.isalpha() else ""
    return script if script in _ALL_SCRIPTS else ""
