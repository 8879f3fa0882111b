"""One file tried: copied without translations, filled with awkward ones, and read again."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.files.finding import Found
from benchmarks.files.tools import faults_of
from tutelage.core.errors import UserError
from tutelage.core.protection.spans import ALL, find_protected, frameworks_of, in_frameworks
from tutelage.corpora.bad_lines import Allowance, BadLineCount
from tutelage.corpora.columns import FieldNames
from tutelage.corpora.filling import Filling, Translate
from tutelage.corpora.formats.registry import FACTS, FORMATS
from tutelage.corpora.losses import Losses
from tutelage.corpora.rows import Languages, Row

_ACCENTS = str.maketrans("aeiouAEIOUcn", "áéíóúÁÉÍÓÚçñ")
AWKWARD = ' "d\'água" & Cia'
"""Behind each translation: what formats must write otherwise than it stands."""


@dataclass(slots=True)
class Trial:
    """What became of a file."""

    found: Found
    refused: str = ""
    """Why it was not read at all."""
    is_same: bool = False
    """Whether the copy without translations is identical byte for byte."""
    written: int = 0
    """Texts that were filled."""
    kept: int = 0
    """Of these, the texts that stand in the file when it is read again."""
    changed: list[str] = field(default_factory=list)
    """The first of those that do not."""
    lost: list[str] = field(default_factory=list)
    """The first texts that stood in the target's file, and do not any more."""
    faults: list[str] = field(default_factory=list)
    """What a tool of the format says of the filled file, and not of the file as it was."""


def try_file(found: Found, work: Path) -> Trial:
    """The file's trial; its copies are left in `work`."""
    trial = Trial(found)
    same, filled = work / f"same{found.path.suffix}", work / f"filled{found.path.suffix}"
    try:
        _fill(found, same, lambda sources: ("" for _ in sources), lang="", retranslate=False)
        trial.is_same = same.read_bytes() == found.path.read_bytes()
        given: list[str] = []

        def translate(sources: Iterator[str]) -> Iterator[str]:
            for source in sources:
                given.append(accented(source))
                yield given[-1]

        _fill(found, filled, translate, lang=found.target, retranslate=not found.source_file)
        trial.written = len(given)
        there = Counter(_shown(text) for text in _texts(found, filled))
        earlier = _texts(found, found.path) if found.source_file else []
        lost = Counter(_shown(_as_read(found, text)) for text in given) - there
        trial.lost = list(Counter(_shown(text) for text in earlier) - there)[:3]
        trial.kept, trial.changed = len(given) - lost.total(), list(lost)[:3]
    except UserError as error:
        trial.refused = str(error)
        return trial
    trial.faults = faults_of(found.text_format, found.path, filled, may_have_more=bool(found.source_file))
    return trial


def accented(source: str) -> str:
    """The text with accents outside what is protected, and quote marks, an apostrophe and an ampersand behind it."""
    pieces, end = [], 0
    for span in find_protected(source, in_frameworks(ALL, frameworks_of(source))):
        pieces += [source[end : span.start].translate(_ACCENTS), span.text]
        end = span.end
    return "".join((*pieces, source[end:].translate(_ACCENTS))) + AWKWARD


def _fill(found: Found, out: Path, translate: Translate, *, lang: str, retranslate: bool) -> None:
    allowed = Allowance(1.0, BadLineCount())
    filling = Filling(
        lang=lang,
        source_lang=found.source,
        source_file=found.source_file,
        keep_translated=not retranslate,
        losses=Losses("keep"),
        allowed=allowed,
    )
    text_format = FORMATS.load(found.text_format)()
    text_format.fill(found.path, out, translate, names=FieldNames(), filling=filling)


def _texts(found: Found, path: Path) -> Iterator[str]:
    """The file's translations, or its texts if it holds one language."""
    has_one = FACTS[found.text_format].languages == "one"
    languages = Languages(found.target) if has_one else Languages(found.source, found.target, drafts=True)
    for row in FORMATS.load(found.text_format)().read(path, names=FieldNames(), languages=languages):
        if isinstance(row, Row):
            yield _as_read(found, row.source if has_one else row.target or "")


def _as_read(found: Found, text: str) -> str:
    """A text of HTML is HTML itself, in which an ampersand may be written in two ways."""
    return html.unescape(text) if found.text_format == "html" else text


def _shown(text: str) -> str:
    """White space aside: documents part their lines anew."""
    return " ".join(text.split())
