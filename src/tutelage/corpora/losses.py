"""What a translation lost of its source, and what becomes of it in a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tutelage.core.counts import counted
from tutelage.core.glossary.keeping import TermKeeping
from tutelage.core.protection.comparison import lost_spans
from tutelage.core.protection.spans import ALL, Protection, frameworks_of, in_frameworks
from tutelage.corpora.bad_lines import shown

OnLoss = Literal["fuzzy", "empty", "keep"]


@dataclass(slots=True)
class Losses:
    """How many translations of a file lack a protected span of their source, and what is done with them."""

    on_loss: OnLoss = "fuzzy"
    """`fuzzy` marks them for a person if the format can, `empty` leaves them out, `keep` writes them as they are."""
    count: int = 0
    protection: Protection = ALL
    """What of a source must be in its translation."""
    terms: TermKeeping | None = None
    """Whose terms are counted; `None` counts none."""
    first: str = ""
    """The first of them: what it lacks, and its source."""

    def settled(self, source: str, translation: str) -> str:
        """The translation as it is written; counted if something is lost, and its terms always."""
        if self.terms is not None:
            self.terms.tally.count(self.terms.glossary, source, translation)
        lost = self._lost(source, translation)
        if not lost:
            return translation
        self.first = self.first or f"'{', '.join(filter(None, lost))}' of '{shown(source)}'"
        self.count += 1
        return "" if self.on_loss == "empty" else translation

    def is_doubtful(self, source: str, translation: str) -> bool:
        """Whether the translation is marked for a person."""
        return self.on_loss == "fuzzy" and bool(self._lost(source, translation))

    def note(self) -> str:
        """The counts in words; nothing for none."""
        return "; ".join(filter(None, (self._lost_note(), self.terms.tally.note() if self.terms else "")))

    def _lost_note(self) -> str:
        if self.count == 0:
            return ""
        texts = counted(self.count, "translation lacks", "translations lack")
        done = {"fuzzy": " and is marked if the format can", "empty": " and is left empty", "keep": ""}[self.on_loss]
        return f"{texts} something of the source{done}; the first: {self.first}"

    def _lost(self, source: str, translation: str) -> tuple[str, ...]:
        return lost_spans(source, translation, in_frameworks(self.protection, frameworks_of(source)))
