"""What a student cannot spell: words with letters that its vocabulary lacks, and signs such as emoji.

A vocabulary writes them as an unknown token or byte by byte. Of bytes that it hardly saw a small student makes other
ones, and other words besides: *Müller* became *M's*, *Great 🎉!* became *Great logrotate*. So they are protected, and
what has a form that the student knows is given to it in that one: letters with their accents in one, plain spaces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from tutelage.core.glossary.words import UNSPACED
from tutelage.core.languages import Direction, base_language
from tutelage.core.scripts import is_written_in, main_script
from tutelage.core.unicode_forms import normalised, without_unseen

UNSPELLED = "unspelled"
"""Kind of their spans."""
_ATTACHED = "\u00ad\u0300-\u036f\u0900-\u0dff\u200b-\u200d\ufe0e\ufe0f\u20e3"
"""Marks, joiners and the signs of Indic vowels, which go with what they stand behind."""
_STAND_INS = "\U000f0000-\U0010ffff"
"""Private characters, in which the tags of a text are worked on."""
_WORD = rf"[^\W{UNSPACED}](?:[^\W{UNSPACED}]|[{_ATTACHED}])*"
_SIGN = rf"(?:[{UNSPACED}]|[^\w\s{_STAND_INS}])[{_ATTACHED}]*"
"""A character of a script that is written without spaces is one too."""
_PART = re.compile(f"{_WORD}|{_SIGN}")


class Alphabet:
    """The characters that a student can spell, each asked of its tokenizer once."""

    def __init__(self, spells: Callable[[str], bool], direction: Direction) -> None:
        """`spells` says whether the vocabulary has all of a text."""
        self._spells, self._direction = spells, direction
        self._known, self._unknown = set[str](), set[str]()

    def find_unspelled(self, text: str) -> Iterator[tuple[int, int]]:
        """Start and end of each word and each sign that the student cannot spell, from left to right."""
        unknown = self._unknown_of(text)
        if not unknown:
            return
        for part in _PART.finditer(text):
            if not unknown.isdisjoint(part.group()) and not self._is_left(part.group()):
                yield part.span()

    def simplify(self, text: str) -> str:
        """The text with letters and their marks in one, plain spaces for others, and without what nobody sees.

        What the student can spell stays as it is.
        """
        text = normalised(text, "NFC")
        for one in set(text):
            if unicodedata.category(one) == "Zs" and not self._spells(one):
                text = text.replace(one, " ")
            elif not without_unseen(one) and not self._spells(one):
                text = text.replace(one, "")
        return text

    def _unknown_of(self, text: str) -> set[str]:
        there = set(text)
        for new in there - self._known - self._unknown:
            known = new.isspace() or self._spells(new)
            (self._known if known else self._unknown).add(new)
        return there & self._unknown

    def _is_left(self, part: str) -> bool:
        """Whether it is left to the student after all.

        That is what it can spell as a whole, or without what nobody sees, and what the target writes in another script,
        unless it is Latin.
        """
        seen = normalised(without_unseen(part), "NFC")
        if not seen or self._spells(seen):
            return True
        script = main_script(seen)
        if script is None or script == "Latin":
            return False
        source, target = base_language(self._direction.source), base_language(self._direction.target)
        return is_written_in(source, script=script) and not is_written_in(target, script=script)
