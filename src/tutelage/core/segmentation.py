"""A text in pieces that a sentence-level model can translate, and together again: no line, no end of it is lost.

Sentences are told by `sentencex` (Wikimedia, about 300 languages), at places that no protected span covers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from tutelage.core.languages import base_language

Spans = Sequence[tuple[int, int]]
VERSION = 3
"""Of what this file does to a text; part of signatures."""
LONGEST = 60
"""Words of a piece: what small translators are trained on; longer texts lose sentences."""
WRAPPED_LINE = 60
"""Characters from which a line was broken for its length alone, if no sentence ends there."""
FEW_WORDS = 3
"""Words from which a line goes on in the next if that begins with a small letter."""
_SENTENCE_END = re.compile(r"(?:[.!?:;…。！？]|<br\s*/?>)[\"')\]»”’]*\s*$", re.IGNORECASE)
_ITEM = re.compile(r"\s*(?:[-*•·+>#|]|\d{1,3}[.)])(?:\s|$)")
_COLUMN = re.compile(r"(?<=\S)(?: {3}|\t)[ \t]*(?=\S)")
"""What parts the columns of a line."""
_CLAUSE = re.compile(r"(?<=[,;:，；：、)])\s*|\s(?=[-–—(]\s?)")
_MARKS = (_CLAUSE, re.compile(r"\s+"), re.compile(r"(?s:.)"))
"""Where a long sentence is parted: between clauses, else words, else characters."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch to be translated by itself."""

    text: str
    gap: str
    """What follows it, kept as it is."""
    lines: int = 1
    """Lines that it was wrapped into; its translation is, too."""
    between: str = "\n"
    """What stands between them: the end of a line and the indent of the next."""


def split_text(
    text: str,
    *,
    lang: str,
    longest: int = LONGEST,
    fits: Callable[[str], bool] = lambda _: True,
    spans_of: Callable[[str], Spans] = lambda _: (),
) -> list[Piece]:
    """The lines of the text, those that only wrap a sentence together; what is over `longest` words in sentences.

    What is still longer, or does not fit (`fits`), is parted between clauses, then words, then characters.
    `spans_of` gives the stretches of a piece that must stay whole. Pieces of blank text are left to the gaps.
    """
    pieces: list[Piece] = []
    for piece in _paragraphs(text, spans_of):
        if _is_short(piece.text, longest, fits):
            pieces.append(piece)
            continue
        parts = list(_parts(piece.text, lang, longest, fits, spans_of))
        parts[-1] = replace(parts[-1], gap=parts[-1].gap + piece.gap)
        pieces += parts
    return pieces


def join_pieces(pieces: Sequence[Piece], translations: Sequence[str]) -> str:
    """The translations with what stood between the pieces, wrapped into as many lines."""
    return "".join(
        piece.between.join(_wrapped(translation.strip(), piece.lines)) + piece.gap
        for piece, translation in zip(pieces, translations, strict=True)
    )


def count_words(text: str) -> float:
    """Words between spaces; of scripts without spaces, two characters count as a word."""
    wide = 0 if text.isascii() else sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text.split()) + wide / 2


def _is_short(text: str, longest: int, fits: Callable[[str], bool]) -> bool:
    return count_words(text) <= longest and fits(text)


def _paragraphs(text: str, spans_of: Callable[[str], Spans]) -> Iterator[Piece]:
    """The text in lines, those that wrap one sentence as one piece; columns are parted."""
    waiting: list[str] = []
    gap = between = ""
    for line, end in _lines(text):
        if waiting and (not line.strip() or not _continues(waiting[-1], line)):
            yield from _columns(waiting, gap, between, spans_of)
            waiting, gap = [], ""
            # what stands before the first word of a line belongs to the gap before it
        if not line.strip():
            yield Piece("", line + end)
            continue
        indent = line[: len(line) - len(line.lstrip())]
        if indent and not waiting:
            yield Piece("", indent)
        if len(waiting) == 1:
            between = gap.lstrip(" \t") + indent
        waiting.append(line)
        gap = line[len(line.rstrip()) :] + end
    if waiting:
        yield from _columns(waiting, gap, between, spans_of)


def _columns(lines: Sequence[str], gap: str, between: str, spans_of: Callable[[str], Spans]) -> Iterator[Piece]:
    """The columns of the first line, such as an option and what is said of it, which goes on in the other lines."""
    first, *others = (line.strip() for line in lines)
    cells = list(_COLUMN.finditer(first))
    if cells:
        spans = spans_of(first)
        cells = [one for one in cells if not any(a < one.end() and one.start() < b for a, b in spans)]
    begun = 0
    for cell in cells:
        yield Piece(first[begun : cell.start()], cell.group())
        begun = cell.end()
    text = " ".join((first[begun:], *others))
    yield Piece(text, gap, len(lines), between) if others else Piece(text, gap)


def _lines(text: str) -> Iterator[tuple[str, str]]:
    start = 0
    for match in re.finditer(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]", text):
        yield text[start : match.start()], match.group()
        start = match.end()
    if start < len(text):
        yield text[start:], ""


def _continues(line: str, following: str) -> bool:
    """Whether the line was broken for its length alone, inside a sentence."""
    goes_on = following.strip()[:1].islower() and len(line.split()) >= FEW_WORDS
    return (
        (goes_on or len(line.strip()) >= WRAPPED_LINE)
        and not _SENTENCE_END.search(line)
        and not _ITEM.match(following)
        and not _COLUMN.search(following.strip())
    )


def _parts(
    text: str, lang: str, longest: int, fits: Callable[[str], bool], spans_of: Callable[[str], Spans]
) -> Iterator[Piece]:
    """The sentences of a paragraph, each by itself; one that is too long in parts."""
    spans = spans_of(text)
    for start, end in _grouped(_sentence_ends(text, lang), spans, len(text)):
        sentence = text[start:end]
        if _is_short(sentence, longest, fits):
            yield _trimmed(sentence)
        else:
            inside = [(first - start, last - start) for first, last in spans if start <= first and last <= end]
            yield from map(_trimmed, _packed(sentence, inside, _MARKS, longest, fits))


def _packed(
    text: str, spans: Spans, marks: Sequence[re.Pattern[str]], longest: int, fits: Callable[[str], bool]
) -> Iterator[str]:
    """A text that is too long, parted at the first of the marks as late as possible; what is then too long, at others.

    A span that is too long is not parted.
    """
    begun = 0
    for start, end in _grouped(_ends(marks[0], text), spans, len(text)):
        if _is_short(text[begun:end], longest, fits):
            continue
        if start > begun:
            yield text[begun:start]
        begun = start
        if not _is_short(text[start:end], longest, fits) and len(marks) > 1:
            inside = [(first - start, last - start) for first, last in spans if start <= first and last <= end]
            yield from _packed(text[start:end], inside, marks[1:], longest, fits)
            begun = end
    if begun < len(text):
        yield text[begun:]


def _sentence_ends(text: str, lang: str) -> list[int]:
    import sentencex

    ends, end = [], 0
    for sentence in sentencex.segment(base_language(lang) if lang else "en", text):
        end += len(sentence)
        ends.append(end)
    return ends


def _ends(pattern: re.Pattern[str], text: str) -> list[int]:
    return [match.end() for match in pattern.finditer(text) if match.end()]


def _grouped(ends: Sequence[int], spans: Spans, size: int) -> Iterator[tuple[int, int]]:
    """Stretches that end where no span is cut."""
    start = 0
    for end in (*ends, size):
        if end > start and not any(first < end < last for first, last in spans):
            yield start, end
            start = end


def _trimmed(text: str) -> Piece:
    core = text.rstrip()
    return Piece(core, text[len(core) :])


def _wrapped(text: str, lines: int) -> list[str]:
    """The text in so many lines of about the same length."""
    words = text.split(" ")
    if lines < 2 or len(words) < lines:
        return [text]
    rows, size, done = list[list[str]]([[]]), len(text) / lines, 0
    for place, word in enumerate(words):
        full = done >= size * len(rows) or len(words) - place <= lines - len(rows)
        if rows[-1] and full and len(rows) < lines:
            rows.append([])
        rows[-1].append(word)
        done += len(word) + 1
    return [" ".join(row) for row in rows]
