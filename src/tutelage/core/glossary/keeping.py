"""How a student is made to keep the terms of a glossary while it is decoded, and how often that worked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tutelage.core.counts import counted
from tutelage.core.glossary.glossary import Glossary

Way = Literal["off", "rerank", "force", "fill"]


@dataclass(slots=True)
class TermTally:
    """What became of the terms in the texts of a file, and what the search mended."""

    terms: int = 0
    """Terms in the sources; one that a text has twice counts once."""
    kept: int = 0
    """Of them, those that the translation keeps."""
    lacking: int = 0
    """Terms that the first search broke, in the stretches that the student was given."""
    mended: int = 0
    """Of them, those that it was made to keep."""
    first: str = ""
    """The first broken one, and its source."""

    def count(self, glossary: Glossary, source: str, translation: str) -> None:
        """Count the terms of one translation."""
        for use in glossary.uses(source, translation):
            self.terms += 1
            self.kept += not use.is_broken
            if use.is_broken and not self.first:
                shown = source if len(source) <= 60 else f"{source[:59]}…"
                self.first = f"'{use.occurrence.text}' of '{shown}'"

    def note(self) -> str:
        """The counts in words; nothing if there was no term."""
        if not self.terms:
            return ""
        mended = f", {self.mended:,} of {self.lacking:,} by searching again" if self.lacking else ""
        broken = f"; the first that is not: {self.first}" if self.first else ""
        return f"{self.kept:,} of {counted(self.terms, 'term')} kept{mended}{broken}"


@dataclass(frozen=True, slots=True)
class TermKeeping:
    """A glossary, and how its terms are kept."""

    glossary: Glossary
    way: Way = "force"
    """`rerank` takes another hypothesis of the beam for what breaks the glossary; `force` also writes a missing term in
    each place in turn; `fill` masks the terms and puts their targets in; `off` only protects what is not translated."""
    tally: TermTally = field(default_factory=TermTally, compare=False)

    @property
    def searches(self) -> bool:
        """Whether the search is another one."""
        return self.way in ("rerank", "force")

    @property
    def forces(self) -> bool:
        """Whether a missing term is forced."""
        return self.way == "force"

    @property
    def fills(self) -> bool:
        """Whether targets are put in."""
        return self.way == "fill"

    @property
    def signature(self) -> str:
        """Short form for signatures; empty if nothing is done."""
        return "" if self.way == "off" else f"terms-{self.way}1:{self.glossary.key}"
