"""Whether a text that a teacher wrote is in the language that was asked for, where that can be told."""

from __future__ import annotations

from functools import cache

from tutelage.core.languages import Direction, base_language
from tutelage.core.protocols import LanguageIdentifier

OTHERS = ("ar", "de", "en", "es", "fr", "it", "ja", "ru", "zh")
"""Languages that a teacher falls into, or is told to; languages nearer to one that was asked for than to these are
not added, since short texts in them cannot be told apart."""
_NEAR = {"gl": "es", "ca": "es", "uk": "ru", "bg": "ru", "fa": "ar", "nl": "de"}
MIN_CONFIDENCE = 0.9
"""A refusal needs more than an estimate: see the README for the share of good text it costs."""


def is_wrong_language(text: str, *, lang: str, direction: Direction) -> bool:
    """Whether the text is surely in another language than `lang`; short Latin text is never sure."""
    wanted = base_language(lang)
    among = {wanted, base_language(direction.source), base_language(direction.target), *OTHERS}
    among -= {_NEAR.get(wanted, "")} - {base_language(direction.source), base_language(direction.target)}
    found = _identifier().identify(text, among=sorted(among))
    return found is not None and found.lang != wanted and found.confidence >= MIN_CONFIDENCE


@cache
def _identifier() -> LanguageIdentifier:
    from tutelage.corpora.language_id import LangidIdentifier

    return LangidIdentifier(min_confidence=MIN_CONFIDENCE)
