"""A glossary: which of its terms occur in a source, and whether a translation keeps to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from tutelage.core.glossary.terms import Phrase, Place, Term
from tutelage.core.glossary.words import WRITTEN, Word, WordForms
from tutelage.core.languages import Direction
from tutelage.core.signatures import content_key


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A term in a source, with all that the glossary says of it."""

    place: Place
    text: str
    """As the source has it."""
    terms: tuple[Term, ...]

    @property
    def allowed(self) -> tuple[str, ...]:
        """Its translations, the first of the file first; none if the glossary only forbids some."""
        targets = (self.text if term.is_kept else term.target for term in self.terms if not term.forbidden)
        return tuple(dict.fromkeys(targets))

    @property
    def name(self) -> str:
        """The term as the glossary has it."""
        return self.terms[0].source


@dataclass(frozen=True, slots=True)
class Use:
    """What a translation made of a term of its source."""

    occurrence: Occurrence
    is_kept: bool
    """Whether one of the translations stands there; true if the glossary only forbids some."""
    forbidden: tuple[str, ...]
    """Which it has of those that it must not have."""

    @property
    def is_broken(self) -> bool:
        """Whether the glossary is broken in this term."""
        return not self.is_kept or bool(self.forbidden)


class Glossary:
    """Terms, found by their first word so that a large glossary costs no more than the terms that occur."""

    def __init__(self, terms: Iterable[Term], *, source: WordForms = WRITTEN, target: WordForms = WRITTEN) -> None:
        """`source` and `target` tell how words are compared; terms without a word on a side are left out."""
        found = (term for term in terms if source.split(term.source) and (target.split(term.target) or term.is_kept))
        self.terms = tuple(dict.fromkeys(found))
        self._source, self._target = source, target
        self._groups: dict[tuple[tuple[str, ...], bool], list[Term]] = defaultdict(list)
        for term in self.terms:
            words = tuple(word.plain for word in source.split(term.source))
            self._groups[words, term.match_case].append(term)
        self._by_first_word: dict[str, list[tuple[Phrase, tuple[Term, ...]]]] = defaultdict(list)
        for group in self._groups.values():
            self._index(tuple(group))
        self._key: str | None = None

    @classmethod
    def of(cls, terms: Iterable[Term], direction: Direction) -> Glossary:
        """A glossary whose words are compared as those of the two languages are."""
        return cls(terms, source=WordForms(direction.source), target=WordForms(direction.target))

    @property
    def key(self) -> str:
        """Of its terms and of how they are compared, for content keys."""
        if self._key is None:
            self._key = content_key(self.terms, self._source.signature, self._target.signature)
        return self._key

    @property
    def matching(self) -> str:
        """How words are compared, for score signatures."""
        return f"source:{self._source.signature}|target:{self._target.signature}"

    @property
    def kept_words(self) -> tuple[Term, ...]:
        """What is not translated."""
        return tuple(term for term in self.terms if term.is_kept)

    def occurrences(self, source: str) -> tuple[Occurrence, ...]:
        """The terms in a source from left to right, the longest first where several begin; none overlap."""
        words, found, place = self._source.split(source), list[Occurrence](), 0
        while place < len(words):
            best = max(self._at(place, words, source), key=lambda one: one[0], default=None)
            if best is None:
                place += 1
                continue
            (length, _), where, terms = best
            found.append(Occurrence(where, source[where.start : where.end], terms))
            place += length
        return tuple(found)

    def find(self, source: str) -> tuple[Term, ...]:
        """The terms that occur in a source, each once."""
        return tuple(dict.fromkeys(term for one in self.occurrences(source) for term in one.terms))

    def uses(self, source: str, translation: str) -> tuple[Use, ...]:
        """What a translation made of each term of its source; one that occurs twice counts once."""
        by_name = {occurrence.terms: occurrence for occurrence in reversed(self.occurrences(source))}
        if not by_name:
            return ()
        words = self._target.split(translation)
        return tuple(self._use(one, words, translation) for one in sorted(by_name.values(), key=_start))

    def missing(self, source: str, translation: str) -> tuple[Occurrence, ...]:
        """The terms of a source that a translation lacks, or says as it must not."""
        return tuple(use.occurrence for use in self.uses(source, translation) if use.is_broken)

    def place_of(self, occurrence: Occurrence, translation: str) -> Place | None:
        """Where a translation has the term; `None` if it lacks it."""
        words = self._target.split(translation)
        allowed = (term for term in occurrence.terms if not term.forbidden)
        found = (
            place for term in allowed for place in self._target_phrase(term, occurrence).places(words, translation)
        )
        return next(found, None)

    def __str__(self) -> str:
        """What it is told by in signatures of what holds it."""
        return f"glossary:{self.key}"

    def _index(self, group: tuple[Term, ...]) -> None:
        phrase = Phrase(group[0].source, self._source, match_case=group[0].match_case, is_exact=group[0].is_kept)
        first = phrase.words[0]
        for name in {first.plain, first.lemma}:
            self._by_first_word[name].append((phrase, group))

    def _at(
        self, place: int, words: list[Word], source: str
    ) -> Iterator[tuple[tuple[int, int], Place, tuple[Term, ...]]]:
        seen = set[int]()
        for name in (words[place].plain, words[place].lemma):
            for phrase, group in self._by_first_word.get(name, ()):
                where = None if id(phrase) in seen else phrase.at(place, words, source)
                seen.add(id(phrase))
                if where is not None:
                    yield (len(phrase.words), phrase.closeness(place, words)), where, group

    def _use(self, occurrence: Occurrence, words: list[Word], translation: str) -> Use:
        allowed = [
            place
            for term in occurrence.terms
            if not term.forbidden
            for place in self._target_phrase(term, occurrence).places(words, translation)
        ]
        forbidden = [
            term.target
            for term in occurrence.terms
            if term.forbidden
            and any(
                not any(better.covers(place) and better != place for better in allowed)
                for place in self._target_phrase(term, occurrence).places(words, translation)
            )
        ]
        return Use(occurrence, bool(allowed) or not occurrence.allowed, tuple(dict.fromkeys(forbidden)))

    def _target_phrase(self, term: Term, occurrence: Occurrence) -> Phrase:
        if term.is_kept:
            return _phrase(occurrence.text, WRITTEN, match_case=True, is_exact=True)
        return _phrase(term.target, self._target, match_case=term.match_case, is_exact=False)


@lru_cache(maxsize=65_536)
def _phrase(text: str, forms: WordForms, *, match_case: bool, is_exact: bool) -> Phrase:
    return Phrase(text, forms, match_case=match_case, is_exact=is_exact)


def _start(occurrence: Occurrence) -> int:
    return occurrence.place.start
