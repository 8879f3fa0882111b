"""Word-list test sets: which words of a glossary a student saw in training, and segments that test them.

After Li et al. (2024, arXiv 2403.09522): unseen words (UW) stand in no training example; seen words are tested in
unseen contexts (UC), reported by the number of training contexts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tutelage.core.glossary.glossary import Glossary
from tutelage.core.glossary.terms import Term
from tutelage.core.records import Pair
from tutelage.core.signatures import content_key
from tutelage.evaluation.term_matching import TermMatcher

UNSEEN_WORD, UNSEEN_CONTEXT = "unseen word", "unseen context"
ALL = "all"
_BINS = ((0, "0"), (1, "1"), (4, "2–4"))
"""Largest number of contexts in a bin, and its name; more is `5+`."""


@dataclass(frozen=True, slots=True)
class WordItem:
    """One question of a word list: whether a word is translated rightly in a segment."""

    id: str
    word: str
    """As the glossary has it."""
    translations: tuple[str, ...]
    """Those of the glossary that the reference has; any of them is right."""
    pair: Pair
    sightings: int
    """Training segments whose source has the word."""
    contexts: int
    """Of them, those whose target has one of the translations."""

    @property
    def group(self) -> str:
        """`unseen word`, or `unseen context` if training has seen the word."""
        return UNSEEN_CONTEXT if self.sightings else UNSEEN_WORD


class Exposure:
    """How often each word of a glossary, and each of its translations, was met in training."""

    def __init__(self, glossary: Glossary, *, matcher: TermMatcher) -> None:
        self._glossary, self._matcher = glossary, matcher
        self._met: defaultdict[str, Counter[frozenset[str]]] = defaultdict(Counter)

    def add(self, source: str, target: str) -> None:
        """Count one training segment; the same segment twice is for the caller to leave out."""
        for word, terms in group_terms(self._glossary.find(source)).items():
            met = (term.target for term in terms if self._matcher.contains(target, term.target))
            self._met[word][frozenset(met)] += 1

    def sightings(self, word: str) -> int:
        """Training segments whose source has the word."""
        return self._met[word.casefold()].total() if word.casefold() in self._met else 0

    def contexts(self, word: str, translations: Sequence[str]) -> int:
        """Of them, those whose target has one of the translations."""
        met = self._met.get(word.casefold(), Counter())
        return sum(count for found, count in met.items() if not found.isdisjoint(translations))


def find_items(
    pairs: Iterable[Pair], *, glossary: Glossary, matcher: TermMatcher, exposure: Exposure
) -> Iterator[WordItem]:
    """An item for each word of the glossary in a source whose translation is in the reference, streaming."""
    for pair in pairs:
        for terms in group_terms(glossary.find(pair.source.text)).values():
            found = [term.target for term in terms if matcher.contains(pair.target.text, term.target)]
            if found:
                yield _item(pair, terms[0].source, tuple(dict.fromkeys(found)), exposure)


def choose_items(items: Iterable[WordItem], *, per_word: int, seed: int = 0) -> list[WordItem]:
    """At most `per_word` items of each word, drawn by hash, in their own order: the same choice everywhere."""
    by_word: defaultdict[str, list[tuple[str, int, WordItem]]] = defaultdict(list)
    for place, item in enumerate(items):
        by_word[item.word.casefold()].append((content_key(seed, item.id), place, item))
    chosen = [entry for ranked in by_word.values() for entry in sorted(ranked)[:per_word]]
    return [item for _, _, item in sorted(chosen, key=lambda entry: entry[1])]


def group_items(items: Sequence[WordItem]) -> dict[str, list[WordItem]]:
    """All items, those of unseen words, those of unseen contexts, and the latter by contexts; without empty groups."""
    bins = [f"{UNSEEN_CONTEXT}, {name}" for name in (*(name for _, name in _BINS), "5+")]
    groups: dict[str, list[WordItem]] = {name: [] for name in (ALL, UNSEEN_WORD, UNSEEN_CONTEXT, *bins)}
    for item in items:
        groups[ALL].append(item)
        groups[item.group].append(item)
        if item.group == UNSEEN_CONTEXT:
            groups[f"{UNSEEN_CONTEXT}, {_bin(item.contexts)}"].append(item)
    return {name: members for name, members in groups.items() if members}


def group_terms(terms: Iterable[Term]) -> dict[str, list[Term]]:
    """Terms by their source word in lower case."""
    grouped: dict[str, list[Term]] = {}
    for term in terms:
        grouped.setdefault(term.source.casefold(), []).append(term)
    return grouped


def _item(pair: Pair, word: str, translations: tuple[str, ...], exposure: Exposure) -> WordItem:
    return WordItem(
        id=f"{pair.id}#{word.casefold()}",
        word=word,
        translations=translations,
        pair=pair,
        sightings=exposure.sightings(word),
        contexts=exposure.contexts(word, translations),
    )


def _bin(contexts: int) -> str:
    return next((name for most, name in _BINS if contexts <= most), "5+")
