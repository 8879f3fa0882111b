"""The right answers: translations of segments, sentences that hold words, and the words themselves.

A key is a JSON file (gzip by its suffix):

    {"source_lang": "en", "target_lang": "pt-BR", "domain": "software",
     "references": [{"source": "Open the file.", "target": "Abra o arquivo.", "topic": "files"}],
     "sentences":  [{"source": "The file is new.", "target": "O arquivo é novo."}],
     "words":      [{"source": "file", "target": "arquivo", "category": "things",
                     "same_category": ["folder"], "related": ["open"]}],
     "frames":     [{"source": "Where is the {word}?", "target": "Onde está o {word}?", "category": "things"}]}

`references` are what a student is corrected by; `sentences` are what contexts are made of, so that a benchmark can
hold its pool and its test set apart from them. Every list may be left out.
"""

from __future__ import annotations

import dataclasses
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

WORD = "{word}"
"""Where a frame takes its word."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A source and its one right translation."""

    source: str
    target: str
    topic: str = ""


@dataclass(frozen=True, slots=True)
class KeyWord:
    """A source word, its translation, and the words that a teacher would name beside it."""

    source: str
    target: str
    category: str = ""
    same_category: tuple[str, ...] = ()
    """Source words used alike, the nearest first; where there are none, the others of `category` are."""
    related: tuple[str, ...] = ()
    """Source words met in the same sentences, the nearest first."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A sentence with a gap, in both languages, for words of a category (empty: of any)."""

    source: str
    target: str
    category: str = ""

    def fill(self, word: str, translation: str) -> KeyPair:
        """The sentence around a word, with a capital where the word opens it."""
        return KeyPair(_fill(self.source, word), _fill(self.target, translation))


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """All that a keyed teacher knows."""

    source_lang: str
    target_lang: str
    references: tuple[KeyPair, ...] = ()
    sentences: tuple[KeyPair, ...] = ()
    words: tuple[KeyWord, ...] = ()
    frames: tuple[Frame, ...] = ()
    domain: str = "software"

    def pairs(self) -> Iterator[KeyPair]:
        """Everything bilingual but the words, each pair once."""
        yield from dict.fromkeys((*self.references, *self.sentences))
        for frame in self.frames:
            for word in self.words:
                if frame.category in {"", word.category}:
                    yield frame.fill(word.source, word.target)


def read_key(path: Path) -> AnswerKey:
    """The key in a file."""
    with open_text(path, "rt") as file:
        table = json.load(file)
    return AnswerKey(
        source_lang=table["source_lang"],
        target_lang=table["target_lang"],
        references=tuple(KeyPair(**row) for row in table.get("references", ())),
        sentences=tuple(KeyPair(**row) for row in table.get("sentences", ())),
        words=tuple(_read_word(row) for row in table.get("words", ())),
        frames=tuple(Frame(**row) for row in table.get("frames", ())),
        domain=table.get("domain", "software"),
    )


def write_key(key: AnswerKey, path: Path) -> None:
    """The key as a file; fields that are empty are left out."""
    with open_text(path, "wt") as file:
        json.dump(_without_empty(dataclasses.asdict(key)), file, ensure_ascii=False)


def open_text(path: Path, mode: str) -> IO[Any]:
    """A text file, compressed where its name ends in .gz; `mode` is rt or wt."""
    opener: Any = gzip.open if path.suffix == ".gz" else open
    return opener(path, mode, encoding="utf-8")


def _read_word(row: dict[str, Any]) -> KeyWord:
    lists = {name: tuple(row.get(name, ())) for name in ("same_category", "related")}
    return KeyWord(**(row | lists))


def _fill(text: str, word: str) -> str:
    return text.replace(WORD, word[:1].upper() + word[1:] if text.startswith(WORD) else word)


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_empty(inner) for name, inner in value.items() if inner not in ("", (), [])}
    return [_without_empty(inner) for inner in value] if isinstance(value, (list, tuple)) else value
