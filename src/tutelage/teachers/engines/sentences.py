"""A long text in pieces that a sentence-level engine can translate, and together again."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*|\n(?=[ \t]*(?:[-*•·]|\d+[.)])\s)|(?<=[.!?:;…])[ \t]*\n\s*")
"""Line ends that mean something; others only wrap a line, and the engine would not keep them."""
_SENTENCE = re.compile(r"(?<=[.!?…])([\"')\]»”]*\s+)(?=[\"'(\[«“]?[A-ZÀ-ÖØ-Þ0-9])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|Dr|Mr|Mrs|Ms|Sr|Sra|St|No|Fig|p|pp|ex|[A-Z]))\.$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch to be translated by itself and what follows it, kept as it is."""

    text: str
    gap: str


def split_pieces(text: str, *, max_words: int) -> list[Piece]:
    """The paragraphs of the text; those over `max_words` words in sentences. Joining text and gaps gives it again.

    Only line ends that wrap a line are lost: they become spaces.
    """
    pieces: list[Piece] = []
    for paragraph, gap in _cut(text, _PARAGRAPH):
        unwrapped = re.sub(r"\s*\n\s*", " ", paragraph)
        if len(unwrapped.split()) <= max_words:
            pieces.append(Piece(unwrapped, gap))
            continue
        sentences = split_sentences(unwrapped)
        pieces += sentences[:-1]
        pieces.append(Piece(sentences[-1].text, sentences[-1].gap + gap))
    return pieces


def split_sentences(text: str) -> list[Piece]:
    """The sentences of one paragraph, by punctuation followed by a capital, not after a known abbreviation."""
    sentences: list[Piece] = []
    start = 0
    for match in _SENTENCE.finditer(text):
        if _ABBREVIATION.search(text, start, match.start()):
            continue
        closing = match.group(1).rstrip()
        end = match.start() + len(closing)
        sentences.append(Piece(text[start:end], text[end : match.end()]))
        start = match.end()
    return [*sentences, Piece(text[start:], "")]


def _cut(text: str, pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    parts: list[tuple[str, str]] = []
    start = 0
    for match in pattern.finditer(text):
        parts.append((text[start : match.start()], match.group()))
        start = match.end()
    return [*parts, (text[start:], "")]
