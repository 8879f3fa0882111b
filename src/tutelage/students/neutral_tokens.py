"""Tokens of a target that are right in whatever language was asked for, and so are not made unlikely in a wrong one.

They are the end of the sequence, digits, punctuation, protected spans (placeholders, markup, addresses), and words that
the source has too: names, commands, code. Pushed down, they would be missing where the right language is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, cached_property
from itertools import accumulate
from typing import Any

from tutelage.core.protection.spans import find_protected
from tutelage.core.training import EncodedSample, Neutral

_WORD = re.compile(r"[^\W_]+")
_BYTE = re.compile(r"<0x([0-9A-F]{2})>")


class NeutralTokens:
    """Finds them by a student's tokenizer."""

    def __init__(self, tokenizer: Any, *, neutral: Neutral = "spared", first_tokens: int | None = None) -> None:
        """`pushed` spares none; of those that are left at most `first_tokens` are pushed (`None`: all)."""
        self._tokenizer, self._neutral, self._first = tokenizer, neutral, first_tokens
        self._known: dict[int, bytes] = {}

    def spare(self, sample: EncodedSample, *, source: str) -> EncodedSample | None:
        """The conflicting sample with its spared tokens marked; `None` if no token of it is left to push."""
        end = len(sample.target) - sample.unsupervised_last
        own = range(sample.unsupervised_first, end - sample.rationale_tokens)
        spared = [False] * len(sample.target)
        if self._neutral == "spared":
            pieces = [self._bytes(token) for token in sample.target[own.start : own.stop]]
            spared[own.start : own.stop] = are_neutral(pieces, source=source)
        if self._first is not None:
            spared = _spared_behind(spared, own, first=self._first)
        if all(spared[place] for place in own):
            return None
        return replace(sample, spared=tuple(spared)) if any(spared) else sample

    def _bytes(self, token: int) -> bytes:
        """What the token adds to the text, which may be part of a letter; nothing for control tokens."""
        if token not in self._known:
            self._known[token] = b"" if token in self._control else self._read(token)
        return self._known[token]

    def _read(self, token: int) -> bytes:
        (piece,) = self._tokenizer.convert_ids_to_tokens([token])
        if self._is_byte_level and all(letter in _byte_letters() for letter in piece):
            return bytes(_byte_letters()[letter] for letter in piece)
        if byte := _BYTE.fullmatch(piece):
            return bytes([int(byte.group(1), 16)])
        return str(piece).replace("▁", " ").encode()

    @cached_property
    def _control(self) -> frozenset[int]:
        return frozenset(self._tokenizer.all_special_ids)

    @cached_property
    def _is_byte_level(self) -> bool:
        return any("Ġ" in piece for piece in self._tokenizer.get_vocab())


@cache
def _byte_letters() -> dict[str, int]:
    """The byte that each letter stands for in a byte-level vocabulary, as that of GPT-2."""
    printed = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printed]
    return {chr(byte): byte for byte in printed} | {chr(256 + place): byte for place, byte in enumerate(others)}


def are_neutral(pieces: Sequence[bytes], *, source: str) -> list[bool]:
    """For the pieces of a target, a token each, whether each has nothing that tells one language from another.

    A token is neutral if every letter of it stands in a protected span or in a word of the source, in either case.
    """
    text = b"".join(pieces).decode("utf-8", "surrogateescape")
    right = [not _tells(character) for character in text]
    for start, end in _right_anywhere(text, source):
        right[start:end] = [True] * (end - start)
    sizes = (len(character.encode("utf-8", "surrogateescape")) for character in text)
    of_bytes = [neutral for neutral, size in zip(right, sizes, strict=True) for _ in range(size)]
    ends = accumulate(map(len, pieces))
    return [all(of_bytes[end - len(piece) : end]) for piece, end in zip(pieces, ends, strict=True)]


def _right_anywhere(text: str, source: str) -> Iterator[tuple[int, int]]:
    for span in find_protected(text):
        yield span.start, span.end
    words = {word.casefold() for word in _WORD.findall(source)}
    for found in _WORD.finditer(text):
        if found.group().casefold() in words:
            yield found.span()


def _tells(character: str) -> bool:
    """Whether it is a letter, or part of one that was cut off."""
    return character.isalpha() or "\udc80" <= character <= "\udcff"


def _spared_behind(spared: Sequence[bool], own: range, *, first: int) -> list[bool]:
    """The same, with all spared behind the first that are pushed."""
    pushed, found = 0, list(spared)
    for place in own:
        found[place] = spared[place] or pushed >= first
        pushed += not found[place]
    return found
