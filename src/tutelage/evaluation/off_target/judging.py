"""Off-target outputs, judged one by one, in two modes.

`strict`: an output is off-target if it is empty, echoes the source, or is in another script or another language. An
output too short or too doubtful to tell counts as on target and is counted apart (`unknown`). A copy of the source, or
text mostly in another script, is right where the reference is so too.

`paper` (arXiv 2403.14399, whose figures come of a fastText model): the identifier's first label for every line, without
floors. An empty line is labelled English, as lid.176 labels it, and so passes as on target into English. Deviation: a
label of a macrolanguage stands for its members (`no` for Bokmål).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from tutelage.core.languages import Direction, base_language, is_language, languages_to_ask
from tutelage.core.protection.spans import find_placeholders
from tutelage.core.protocols import IdentifiedLanguage, LanguageIdentifier
from tutelage.evaluation.off_target.failures import is_echo, is_empty

Mode = Literal["strict", "paper"]
Judgement = Literal["on target", "unknown", "empty", "echo", "script", "language"]
OFF_TARGET: frozenset[Judgement] = frozenset({"empty", "echo", "script", "language"})

UNDETERMINED = "und"
"""ISO 639's code of a language that could not be named."""
_LABEL_OF_EMPTY = "en"
"""What lid.176 calls an empty line, with a confidence of 0.12."""
_CONFIDENCE_FLOOR = 0.5
"""Below, the identifier does not prefer any language to all the others together."""

_SCRIPTS = {
    "ar": ("ARABIC",), "fa": ("ARABIC",), "ur": ("ARABIC",), "he": ("HEBREW",), "el": ("GREEK",),
    "bg": ("CYRILLIC",), "mk": ("CYRILLIC",), "ru": ("CYRILLIC",), "uk": ("CYRILLIC",), "sr": ("CYRILLIC", "LATIN"),
    "hi": ("DEVANAGARI",), "bn": ("BENGALI",), "ta": ("TAMIL",), "th": ("THAI",), "zh": ("CJK",),
    "ja": ("HIRAGANA", "KATAKANA", "CJK"), "ko": ("HANGUL", "CJK"),
}  # fmt: skip
_ALL_SCRIPTS = frozenset({"LATIN"}.union(*_SCRIPTS.values()))


@dataclass(frozen=True, slots=True)
class JudgedOutput:
    """What one output is, and the base code of the language that it was found to be in.

    The language is none for an empty output and one that could not be told, and `und` in a script of no language
    asked about.
    """

    judgement: Judgement
    lang: str | None

    @property
    def is_off_target(self) -> bool:
        """Whether it counts into the off-target ratio."""
        return self.judgement in OFF_TARGET


def judge_outputs(
    hypotheses: Sequence[str],
    *,
    sources: Sequence[str],
    references: Sequence[str],
    directions: Sequence[Direction],
    identifier: LanguageIdentifier,
    languages: Sequence[str] = (),
    mode: Mode = "strict",
) -> tuple[JudgedOutput, ...]:
    """One judgement for each output.

    `languages` are the run's. Asked about are those of the output's direction, and of the run's and English, which
    models fall into, those that the identifier knows.
    """
    if mode == "paper":
        return tuple(map(lambda text, way: _judge_label(text, way.target, identifier), hypotheses, directions))
    judged = []
    for hypothesis, source, reference, direction in zip(hypotheses, sources, references, directions, strict=True):
        own = (direction.source, direction.target)
        among = languages_to_ask(own, others=("en", *languages), knows=identifier.knows)
        form = _judge_form(hypothesis, source=source, reference=reference, direction=direction)
        found = None if form in ("empty", "echo") else _identify(hypothesis, identifier=identifier, among=among)
        judged.append(_judge(form, found, direction))
    return tuple(judged)


def _judge_label(hypothesis: str, target: str, identifier: LanguageIdentifier) -> JudgedOutput:
    if is_empty(hypothesis):
        return JudgedOutput("on target" if is_language(_LABEL_OF_EMPTY, lang=target) else "language", None)
    lang = identifier.label(hypothesis)
    return JudgedOutput("on target" if is_language(lang, lang=target) else "language", lang)


def _judge(form: Judgement | None, found: IdentifiedLanguage | None, direction: Direction) -> JudgedOutput:
    if form == "empty":
        return JudgedOutput(form, None)
    if form == "echo":
        return JudgedOutput(form, base_language(direction.source))
    on_target = found is not None and is_language(found.lang, lang=direction.target)
    if form == "script":
        return JudgedOutput(form, found.lang if found and not on_target else UNDETERMINED)
    if found is None:
        return JudgedOutput("unknown", None)
    return JudgedOutput("on target" if on_target else "language", base_language(found.lang))


def _judge_form(hypothesis: str, *, source: str, reference: str, direction: Direction) -> Judgement | None:
    """What can be told without an identifier."""
    if is_empty(hypothesis):
        return "empty"
    if is_echo(hypothesis, source=source, reference=reference, direction=direction):
        return "echo"
    target = base_language(direction.target)
    if _is_foreign_script(hypothesis, target) and not _is_foreign_script(reference, target):
        return "script"
    return None


def _identify(text: str, *, identifier: LanguageIdentifier, among: Sequence[str]) -> IdentifiedLanguage | None:
    prose = _prose(text)
    found = identifier.identify(prose, among=among) if prose and len(among) > 1 else None
    return found if found is not None and found.confidence >= _CONFIDENCE_FLOOR else None


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
