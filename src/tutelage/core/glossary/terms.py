"""One entry of a glossary, and the phrase that is looked for in a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tutelage.core.glossary.words import Word, WordForms

_EDGES = re.compile(r"^([^\w\s]*)\s*(.*?)\s*([^\w\s]*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase, and the translation that it must get, or must not."""

    source: str
    target: str
    """The source itself if it is not translated."""
    part_of_speech: str = ""
    """As the file says it; told to teachers, not used in matching."""
    forbidden: bool = False
    """Whether the target is what must not be written."""
    is_kept: bool = False
    """Whether the source is not translated."""
    match_case: bool = False
    """Whether capitals count on both sides; else they do on neither."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a phrase stands in a text, in characters."""

    start: int
    end: int

    def covers(self, other: Place) -> bool:
        """Whether the other place lies within this one."""
        return self.start <= other.start and other.end <= self.end


class Phrase:
    """A word or several in a row, found in any inflected form.

    Signs at its ends must stand in the text too: `C++` is not found in `C`, nor `.NET` in `net`.
    """

    __slots__ = ("_after", "_before", "_forms", "_is_exact", "_match_case", "words")

    def __init__(self, text: str, forms: WordForms, *, match_case: bool = False, is_exact: bool = False) -> None:
        """`is_exact` looks for the very words, not for other forms of them."""
        self.words = tuple(forms.split(text))
        edges = _EDGES.match(text.strip())
        self._before, self._after = (edges.group(1), edges.group(3)) if edges else ("", "")
        self._forms, self._match_case, self._is_exact = forms, match_case, is_exact

    def at(self, place: int, words: Sequence[Word], text: str) -> Place | None:
        """Where the phrase stands if it begins with the word at `place`."""
        there = words[place : place + len(self.words)]
        if len(there) < len(self.words) or not all(map(self._is_same, there, self.words)):
            return None
        start, end = there[0].start - len(self._before), there[-1].end + len(self._after)
        whole = text[max(start, 0) : there[0].start] == self._before and text[there[-1].end : end] == self._after
        return Place(start, end) if whole else None

    def places(self, words: Sequence[Word], text: str) -> list[Place]:
        """Everywhere the phrase stands in the text with these words."""
        found = (self.at(place, words, text) for place in range(len(words))) if self.words else ()
        return [place for place in found if place is not None]

    def closeness(self, place: int, words: Sequence[Word]) -> int:
        """How many of its words stand there as they are written."""
        return sum(one.text == other.text for one, other in zip(words[place:], self.words, strict=False))

    def _is_same(self, word: Word, wanted: Word) -> bool:
        if word.text == wanted.text:
            return True
        if self._match_case and (wanted.text.isupper() or word.text[:1].isupper() != wanted.text[:1].isupper()):
            return False
        if self._is_exact:
            return not self._match_case and word.plain == wanted.plain
        return word.plain == wanted.plain or word.lemma == wanted.lemma or self._forms.contains(word, wanted)
