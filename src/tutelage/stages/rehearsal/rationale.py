"""A rationale: what was written on after a translation, and what of it can be trained on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tutelage.core.records import Provenance

STAGE = "rationales"

_ITEM_NUMBER = re.compile(r"\s*\d+[.)]")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]*_`]*(?=\s|$)|[。！？][」』”’）]*|\n")


@dataclass(frozen=True, slots=True)
class Rationale:
    """What a model wrote on after the target of an example."""

    id: str
    """Of the example."""
    text: str
    """As it was written; empty if the model stopped at once."""
    finished: bool
    """Whether it ended by itself."""
    tokens: int
    """Written, an end included; 0 if a teacher wrote it."""
    provenance: Provenance = field(default_factory=Provenance)


@dataclass(frozen=True, slots=True)
class Trainable:
    """The part of a rationale to train on; empty if there is none."""

    text: str
    cut: bool
    """Whether it stops short, so that no end may be learned after it."""


def trainable_part(rationale: Rationale) -> Trainable:
    """All of a finished rationale; of a cut one the whole sentences, or all of it if it has none."""
    text = rationale.text.strip()
    if rationale.finished or not text:
        return Trainable(text, cut=False)
    return Trainable(whole_sentences(text) or text, cut=True)


def whole_sentences(text: str) -> str:
    """The text up to its last sentence end or line break; empty if it has neither.

    The number of a list's item (`3.` at the beginning of a line) ends no sentence.
    """
    ends = [found.end() for found in _SENTENCE_END.finditer(text) if not _is_item_number(text[: found.end()])]
    return text[: ends[-1]].rstrip() if ends else ""


def _is_item_number(text: str) -> bool:
    """Whether the last line of the text is the number of an item and nothing else."""
    return _ITEM_NUMBER.fullmatch(text.rpartition("\n")[2]) is not None
