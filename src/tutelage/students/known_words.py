"""The words of the texts that a student was trained on, as numbers beside its weights that tell no text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

FILE = "known-words.bin"
"""Numbers of four bytes, the lowest first: 1 if the whole training is known, else 0; then the checksums, sorted. It
decides no output, so no signature has it."""
_BYTES = 4
_WORD = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Thai, Lao, Burmese, Khmer, kana and Han: scripts without blanks between words, whose characters count as words."""


@dataclass(frozen=True, slots=True)
class KnownWords:
    """The checksums of the words; of 100,000 words one unknown word in 40,000 passes for a known one."""

    numbers: frozenset[int]
    whole: bool
    """Whether they are all words of its training; else of what it was tuned on, and its first training is not known."""

    def unseen(self, text: str) -> list[str]:
        """The words of a text that no text of the training has, as they stand there and in their order."""
        return [word for word in words_of(text) if _number(word) not in self.numbers]

    def __or__(self, other: KnownWords) -> KnownWords:
        return KnownWords(self.numbers | other.numbers, self.whole or other.whole)


def words_of(text: str) -> Iterator[str]:
    """The words of two letters and more, and the characters of scripts that set no blanks between words."""
    for found in _WORD.finditer(text):
        word = found.group()
        if _UNSPACED.search(word):
            yield from word
        elif len(word) > 1:
            yield word


def _number(word: str) -> int:
    return crc32(word.casefold().encode("utf-8", "replace"))


def collect_known_words(texts: Iterable[str]) -> KnownWords:
    """The words of texts that a student is tuned on, whatever their case."""
    return KnownWords(frozenset(_number(word) for text in texts for word in words_of(text)), whole=False)


def read_known_words(folder: Path) -> KnownWords | None:
    """Those of a student's folder; `None` if nothing is known of its training, or the file is damaged."""
    try:
        raw = (folder / FILE).read_bytes()
    except OSError:
        return None
    if not raw or len(raw) % _BYTES:
        return None
    whole, *numbers = (int.from_bytes(raw[at : at + _BYTES], "little") for at in range(0, len(raw), _BYTES))
    return KnownWords(frozenset(numbers), bool(whole))


def write_known_words(known: KnownWords, folder: Path) -> None:
    """Write them into a student's folder."""
    numbers = int(known.whole), *sorted(known.numbers)
    (folder / FILE).write_bytes(b"".join(number.to_bytes(_BYTES, "little") for number in numbers))


def copy_known_words(folder: Path, other: Path) -> None:
    """Give another folder of the same student those of this one, if it has some."""
    if (known := read_known_words(folder)) is not None:
        write_known_words(known, other)


UNTRAINED = KnownWords(frozenset(), whole=True)
"""Of a student with random weights."""
