"""Aligned text as the packages have it, and its cleaning and splitting into sentences."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """One paragraph, heading or message in English with its translations."""

    origin: str
    document: str
    id: str
    license: str
    kind: str
    """short, h, li, msg or sent."""
    english: str
    translations: Mapping[str, str]


_SPACE = re.compile(r"[\s\u00a0\u202f\u2009]+")
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_END = re.compile(r"[.!?][)\"'”»]?$")
_BREAK = re.compile(r"(?<=[.!?])([\"'”»)\]]*)\s+(?=[\"'“«(¿¡\[]?\s?[A-ZÀ-ÖØ-Þ0-9])")
_ABBREVIATIONS = frozenset({
    "e.g", "i.e", "vs", "cf", "dr", "mr", "mrs", "ms", "st", "fig", "approx", "resp", "incl", "p.ex", "ex", "z.b",
    "d.h", "u.a", "bzw", "ca", "es", "pág", "núm", "sr", "sra", "no", "nº", "vol", "ed", "al", "jr", "inc", "ltd",
    "co", "p.e", "o.ä", "u.ä", "z", "d", "v", "ver", "usw", "evtl", "ggf", "inkl", "max", "min", "c.f", "p", "pp",
    "op",
})  # fmt: skip


def cleaned(text: str) -> str:
    """One line in composed Unicode, without invisible characters."""
    return _SPACE.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFC", text))).strip()


def count_words(text: str) -> int:
    """Words, hyphenated ones counted once."""
    return len(_WORD.findall(text))


def is_sentence(english: str, translation: str | None = None) -> bool:
    """Whether it reads as a full sentence of 5 to 60 words: a capital, and an end mark on both sides."""
    ends = bool(_END.search(english)) and (translation is None or bool(_END.search(translation)))
    return ends and 5 <= count_words(english) <= 60 and re.match(r"[\"'“(]?[A-Z0-9]", english) is not None


def split_sentences(text: str) -> list[str]:
    """The sentences of a paragraph in a language of Latin letters; abbreviations do not end one."""
    sentences, start = [], 0
    for match in _BREAK.finditer(text):
        head = text[start : match.start()]
        if head.endswith(".") and _is_abbreviated(head):
            continue
        sentences.append((head + match.group(1)).strip())
        start = match.end()
    sentences.append(text[start:].strip())
    return [sentence for sentence in sentences if sentence]


def align_by_position(
    origin: str,
    document: str,
    license_name: str,
    english: Sequence[tuple[str, str]],
    translated: Mapping[str, Sequence[tuple[str, str]]],
) -> list[Unit]:
    """Units of a page whose translations have the same blocks, as (tag, text), in the same order."""
    tags = [tag for tag, _ in english]
    same = {lang: blocks for lang, blocks in translated.items() if [tag for tag, _ in blocks] == tags}
    return [
        Unit(
            origin=origin,
            document=document,
            id=f"{document}#{place}",
            license=license_name,
            kind="h" if tag.startswith(("h", "t")) else "sent",
            english=text,
            translations={lang: blocks[place][1] for lang, blocks in same.items()},
        )
        for place, (tag, text) in enumerate(english)
    ]


def _is_abbreviated(head: str) -> bool:
    last = head[:-1].rsplit(" ", 1)[-1].lstrip("(\"'«“[").lower()
    return last in _ABBREVIATIONS or len(last) == 1 or (last.isdigit() and len(head) < 5)
