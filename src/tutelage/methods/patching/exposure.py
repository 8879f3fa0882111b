"""Exposure control: how many training examples may hold the same corrected word."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Protocol

from tutelage.labelling.error_words import contains_phrase, is_unspaced
from tutelage.labelling.roles.containment import holds_word

_RUN = re.compile(r"\w+")


class Phrases(Protocol):
    """A word or phrase with its translation, both in lower case."""

    @property
    def source(self) -> str:
        """What stands in the source."""
        ...

    @property
    def target(self) -> str:
        """What stands in the target."""
        ...


class Exposure:
    """Counts the examples that hold each word on both sides, and lets no word pass its limit.

    In the target the word may be inflected.
    """

    def __init__(self, words: Iterable[Phrases], *, most: int, target_lang: str) -> None:
        self._most, self._target_lang = most, target_lang
        self._counts: Counter[tuple[str, str]] = Counter()
        self._by_run: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for word in words:
            self._by_run[max(_RUN.findall(word.source), key=len, default="")].append((word.source, word.target))

    def admits(self, source: str, target: str) -> bool:
        """Whether an example of these texts would pass no limit; if so it is counted for every word that it holds."""
        held = set(self._held(source, target))
        if any(self._counts[word] >= self._most for word in held):
            return False
        self._counts.update(held)
        return True

    def _held(self, source: str, target: str) -> Iterator[tuple[str, str]]:
        for word in self._candidates(source):
            held = contains_phrase(source, word[0])
            if held and holds_word(target, word[1], lang=self._target_lang, inflected=True):
                yield word

    def _candidates(self, source: str) -> Iterator[tuple[str, str]]:
        """The words whose longest run of letters stands in the source; all of them where runs are not words."""
        runs = self._by_run.keys() if is_unspaced(source) else {"", *_RUN.findall(source.lower())}
        return chain.from_iterable(self._by_run.get(run, ()) for run in runs)
