"""What a text has that is strange to a student: words that its training lacks, and another language."""

from __future__ import annotations

from dataclasses import dataclass, field

from tutelage.core.languages import Direction, base_language
from tutelage.core.protection.spans import Protection, find_protected
from tutelage.corpora.language_id import UNDETERMINED, LangidIdentifier
from tutelage.students.known_words import KnownWords, words_of

SURE_OF_OTHER = 0.95
"""The confidence from which on a text counts as one of another language."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen in one text."""

    words: int
    unseen: tuple[str, ...]
    other: str | None
    """The language that it is in if that is not the source's, `und` for one of another script; empty for the source's,
    and `None` if that cannot be told."""


@dataclass(slots=True)
class Looker:
    """Looks at texts."""

    identify: LangidIdentifier = field(default_factory=lambda: LangidIdentifier(min_confidence=0.0))

    def look(self, text: str, *, direction: Direction, protection: Protection, known: KnownWords | None) -> Look:
        """What a source has that is strange to a student; what is protected is not its language."""
        plain = _without_spans(text, protection)
        count = sum(1 for _ in words_of(plain)) if known is not None else 0
        unseen = tuple(known.unseen(plain)) if known is not None else ()
        return Look(count, unseen, self._other(plain, base_language(direction.source)))

    def _other(self, text: str, source: str) -> str | None:
        found = self.identify.identify(text, among=[source])
        if found is None or found.lang == UNDETERMINED:
            return None if found is None else UNDETERMINED
        label = self.identify.label(text)
        if label == source:
            return ""
        other = self.identify.identify(text, among=[source, label])
        return label if other and other.lang == label and other.confidence >= SURE_OF_OTHER else ""


def _without_spans(text: str, protection: Protection) -> str:
    for span in reversed(find_protected(text, protection)):
        text = f"{text[: span.start]} {text[span.end :]}"
    return text
