"""Terms put in as placeholders: the student reads a mask where the term stands, and the target is put back.

Known as terminology by placeholders (Crego et al. 2016, arXiv 1610.05540). Here the target takes the term's place in
the source and is protected as a word that is not translated, so that masks, decoding again and the count of what is
lost are those of every protected span. The target comes as the glossary has it: in no other form.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tutelage.core.glossary.glossary import Glossary, Occurrence
from tutelage.core.protection.spans import FlaggedText, Protection, find_protected, frameworks_of


@dataclass(frozen=True, slots=True)
class Filled:
    """A source with the targets of its terms in it, and what protects them."""

    text: str
    protection: Protection


def fill_terms(text: str, glossary: Glossary, protection: Protection) -> Filled:
    """The source with the first translation of each term in the term's place, but for terms within protected spans."""
    taken = [(span.start, span.end) for span in find_protected(text, protection)]
    pieces, targets, end = list[str](), set[str](), 0
    for one in glossary.occurrences(text):
        place = one.place
        if one.allowed and not any(start < place.end and place.start < stop for start, stop in taken):
            target = as_written(one)
            pieces += [text[end : place.start], target]
            targets.add(target)
            end = place.end
    if not targets:
        return Filled(text, protection)
    filled = FlaggedText("".join(pieces) + text[end:], frameworks_of(text))
    return Filled(filled, replace(protection, terms=protection.terms | targets))


def as_written(occurrence: Occurrence) -> str:
    """The first translation with a capital if the source has one that the glossary's term has not."""
    target, text, name = occurrence.allowed[0], occurrence.text, occurrence.name
    if text[:1].isupper() and name[:1].islower() and target[:1].islower():
        return target[:1].upper() + target[1:]
    return target
