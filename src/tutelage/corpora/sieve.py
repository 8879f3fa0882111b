"""What can be said of a pair or a segment without the others, as work on rows: faults, language, test text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tutelage.core.languages import base_language, languages_to_ask
from tutelage.core.protocols import LanguageIdentifier
from tutelage.core.recipe import FilterSettings
from tutelage.corpora.faults import Side, find_fault
from tutelage.corpora.hashes import HashSet
from tutelage.corpora.held_back import LEAKED, HeldText
from tutelage.corpora.normalising import folded, short_hash

DUPLICATE = "duplicate"
ROW_SECONDS = 5e-5
"""What a row takes, about: 30 µs of a segment, 100 of a pair, most of it to tell the language."""


class Verdict(NamedTuple):
    """What was found of a row."""

    reason: str
    """Why it is dropped; empty if it is not."""
    text_hash: int | None = None
    """Of a row of which it is still to be seen whether it came before, which would be its reason then."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """The checks of one row, in the order of their reasons."""

    settings: FilterSettings
    identifier: LanguageIdentifier | None
    """`None` if languages are not looked at."""
    languages: tuple[str, ...]
    """Further ones that a text may turn out to be in, besides its own and that of its other side."""
    without: HeldText | None
    """`None` if test text is not looked for."""
    seen: HashSet | None
    """What came before. A worker has none: it sees a part of the rows, and tells their hashes instead."""

    @contextmanager
    def open(self) -> Iterator[OpenSieve]:
        """The checks; a model that tells languages is loaded with the first text."""
        yield OpenSieve(self)

    def __reduce__(self) -> tuple[type[Sieve], tuple[Any, ...]]:
        return Sieve, (self.settings, self.identifier, self.languages, self.without, None)


@dataclass(frozen=True, slots=True)
class OpenSieve:
    """Checks that look at rows."""

    sieve: Sieve
    _among: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)

    @property
    def figures(self) -> Mapping[str, float]:
        """A sieve costs nothing."""
        return {}

    def __call__(self, rows: Iterable[tuple[Side, ...]]) -> Iterator[Verdict]:
        """A verdict on each row, in their order, streaming."""
        return map(self._judge, rows)

    def _judge(self, sides: tuple[Side, ...]) -> Verdict:
        sieve = self.sieve
        fault = find_fault(sides, sieve.settings)
        if fault:
            return Verdict(fault)
        text_hash = short_hash(*[folded(text) for text, _ in sides]) if sieve.settings.duplicates else None
        if text_hash is not None and sieve.seen is not None:
            if not sieve.seen.add(text_hash):
                return Verdict(DUPLICATE)
            text_hash = None
        if self._is_in_other_language(sides):
            return Verdict("wrong_language", text_hash)
        is_held_back = sieve.without is not None and sieve.without.holds(sides)
        return Verdict(LEAKED if is_held_back else "", text_hash)

    def _is_in_other_language(self, sides: tuple[Side, ...]) -> bool:
        identifier = self.sieve.identifier
        if identifier is None:
            return False
        among = self._languages_of(tuple([lang for _, lang in sides]), identifier)
        for text, lang in sides:
            identified = identifier.identify(text, among=among)
            if identified is not None and identified.lang != base_language(lang):
                return True
        return False

    def _languages_of(self, langs: tuple[str, ...], identifier: LanguageIdentifier) -> tuple[str, ...]:
        """Those that texts in these languages may turn out to be in."""
        if langs not in self._among:
            others = self.sieve.languages
            self._among[langs] = languages_to_ask(langs, others=others, knows=identifier.knows)
        return self._among[langs]
