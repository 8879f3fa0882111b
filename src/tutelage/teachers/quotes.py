"""Where in a text a quotation stands, though the one who quotes changes case, spacing, quote marks or a few letters."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

FLOOR = 0.8
"""Share of characters (Indel similarity) that a quotation must agree with the text, if it is not exact."""
MIN_FUZZY_LETTERS = 5
"""Shorter quotations resemble too much by chance."""
_SAME = str.maketrans(
    dict.fromkeys("‘’‚‛′`´", "'") | dict.fromkeys("“”„‟″«»「」『』", '"') | dict.fromkeys("‐‑‒–—−", "-")
)
_NOTHING = frozenset("\u00ad\u200b\u200c\u200d\ufeff")
"""Soft hyphen and zero-width marks."""
_OUTSIDE = " \t\n'\".,;:!?…"


@dataclass(frozen=True, slots=True)
class _Folded:
    """A text without case and typography; `places[i]` is the offset in the original of its character i."""

    text: str
    places: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original of a stretch that is not empty."""
        return self.places[start], self.places[end - 1] + 1


def locate_quote(quote: str, text: str, *, floor: float = FLOOR) -> tuple[int, int] | None:
    """Character offsets (start, end) of the first place in `text` that `quote` is taken from, or none.

    Tried in this order: the exact quotation as whole words, then anywhere; the same without differences of case,
    white space, quote marks, dashes and Unicode width, and without marks around it; the most similar stretch, widened
    or narrowed to whole words, if it agrees to at least `floor` (0 to 1). An empty quotation is nowhere.
    """
    stripped = quote.strip()
    if not stripped:
        return None
    return _find(stripped, text) or _find_folded(stripped, text) or _find_similar(stripped, text, floor=floor)


def contains_quote(text: str, quote: str) -> bool:
    """Whether the quotation stands in the text, but for case and typography; not by similarity."""
    stripped = quote.strip()
    return bool(stripped) and (_find(stripped, text) or _find_folded(stripped, text)) is not None


def count_quote(text: str, quote: str) -> int:
    """How often the quotation stands in the text as whole words (anywhere, in scripts without spaces)."""
    folded, wanted = _fold(text).text, _fold(quote.strip()).text
    return len(_whole(wanted).findall(folded)) or (0 if _is_spaced(wanted) else folded.count(wanted)) if wanted else 0


def _find(quote: str, text: str) -> tuple[int, int] | None:
    match = _whole(quote).search(text)
    if match is not None:
        return match.span()
    start = text.find(quote)
    # one letter within a word is no quotation of anything
    return None if start < 0 or (len(quote) == 1 and _is_spaced(quote)) else (start, start + len(quote))


def _find_folded(quote: str, text: str) -> tuple[int, int] | None:
    folded = _fold(text)
    wanted = _fold(quote).text.strip()
    for candidate in dict.fromkeys((wanted, wanted.strip(_OUTSIDE))):
        found = _find(candidate, folded.text) if candidate else None
        if found is not None:
            return folded.original(*found)
    return None


def _find_similar(quote: str, text: str, *, floor: float) -> tuple[int, int] | None:
    from rapidfuzz import fuzz

    folded, wanted = _fold(text), _fold(quote).text.strip(_OUTSIDE)
    if sum(map(str.isalnum, wanted)) < MIN_FUZZY_LETTERS or len(wanted) * floor > len(folded.text):
        return None
    nearest = fuzz.partial_ratio_alignment(wanted, folded.text, score_cutoff=100 * floor)
    if nearest is None or nearest.dest_start >= nearest.dest_end:
        return None
    start, end = _snap(folded.text, nearest.dest_start, nearest.dest_end)
    if start >= end or fuzz.ratio(wanted, folded.text[start:end]) < 100 * floor:
        return None
    return folded.original(start, end)


def _snap(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch with each word that it cuts taken in, if it has at least half of it, or else left out."""
    for word in re.finditer(r"\w+", text):
        if not _is_spaced(word.group()):
            continue
        inside = min(end, word.end()) - max(start, word.start())
        if 0 < inside < len(word.group()):
            taken = 2 * inside >= len(word.group())
            if word.start() < start:
                start = word.start() if taken else word.end()
            if word.end() > end:
                end = word.end() if taken else word.start()
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _fold(text: str) -> _Folded:
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        folded = "" if letter in _NOTHING else unicodedata.normalize("NFKC", letter).translate(_SAME).casefold()
        folded = " " if folded.isspace() else folded
        if folded == " " and letters and letters[-1] == " ":
            continue
        letters += folded
        places += [place] * len(folded)
    return _Folded("".join(letters), tuple(places))


def _whole(quote: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(quote)}(?!\w)")


def _is_spaced(text: str) -> bool:
    """Whether the script puts spaces between words, so that a word can be cut: not Han, Kana or Thai."""
    return not any("\u0e00" <= letter <= "\u0e7f" or "\u3040" <= letter <= "\u9fff" for letter in text)
