"""What an exported folder says of itself: its kind, its direction, and how it is decoded and protected."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.keeping import TermKeeping, Way
from tutelage.core.glossary.protection import with_kept_terms
from tutelage.core.glossary.terms import Term
from tutelage.core.languages import Direction
from tutelage.core.protection.spans import ALL, Protection
from tutelage.storage.atomic import write_whole
from tutelage.storage.manifest import damaged_files
from tutelage.storage.plain import from_json, to_plain

FILE = "tutelage.json"
CARD = "README.md"
"""The model card, which may be edited."""
LICENCE = "LICENSE"
FIRST_CARD = "FIRST-STUDENT.md"
"""The card of the student that the run began with."""
TOKENIZER = "tokenizer"
"""The folder of config, tokenizer and what else the student is asked with, if the weights are in a format of others."""
_AGAIN = "Make it again with: tutelage export RUN --to KIND DIR"


@dataclass(frozen=True, slots=True)
class Export:
    """One exported student. The folder can be moved: every path in it is relative."""

    kind: str
    compute_type: str
    direction: Direction
    student: str
    """Signature of the promoted student that it was made of."""
    decoding: Decoding
    protect: bool
    """Whether placeholders, markup, addresses, numbers and code come through it whole."""
    key: str = ""
    """Of all that it was made of: the same key, the same export."""
    run: str = ""
    version: str = ""
    terms: Way = "off"
    """How the terms of the glossary are kept."""
    glossary: tuple[Term, ...] = ()
    accepted: bool = True
    """Whether it was as good as the student that it was made of."""
    test_set_readings: int | None = None
    """How often the test set that it was measured on had decided a gate by then; `None` if that is not known."""

    @property
    def keeping(self) -> TermKeeping | None:
        """Its own glossary, and how its terms are kept; `None` without one."""
        return TermKeeping(Glossary.of(self.glossary, self.direction), self.terms) if self.glossary else None

    @property
    def protection(self) -> Protection | None:
        """What comes through it whole; `None` if nothing is protected."""
        keeping = self.keeping
        return with_kept_terms(ALL if self.protect else None, None if keeping is None else keeping.glossary)


def is_export(folder: Path) -> bool:
    """Whether a student was exported into the folder."""
    return (folder / FILE).is_file()


def read_export(folder: Path) -> Export:
    """What the folder says of itself; StudentError for one that is damaged."""
    path = folder / FILE
    try:
        export: Export = from_json(Export)(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        raise StudentError(f"this file is damaged ({error}).", where=str(path), fix=_AGAIN) from error
    return export


def write_export(export: Export, folder: Path) -> None:
    """Write it into the folder."""
    write_whole(folder / FILE, json.dumps(to_plain(Export)(export), ensure_ascii=False, indent=1) + "\n")


def require_intact(folder: Path) -> None:
    """StudentError for a folder whose files are not those that were exported; cards and licence may be edited."""
    damaged = [name for name in damaged_files(folder) if name not in (CARD, LICENCE, FIRST_CARD)]
    if damaged:
        raise StudentError(f"this export is damaged: {', '.join(damaged[:5])}.", where=str(folder), fix=_AGAIN)
