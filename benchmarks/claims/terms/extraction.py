"""A glossary made from parallel text: nouns that human translators render by one and the same noun.

A source word and a target word belong together by Dice's coefficient of the segments that have them (Smadja et al.
1996), both by their base forms. A Portuguese word counts as a noun if an article stands before it often enough. What is
as frequent in other text is left out, since it says nothing of the domain.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tutelage.core.glossary.terms import Term
from tutelage.core.glossary.words import Word, WordForms
from tutelage.core.languages import Direction
from tutelage.core.records import Pair

LEAST_SEGMENTS = 15
"""Training segments that have both words."""
LEAST_DICE = 0.55
LEAST_LETTERS = 4
LEAST_RATIO = 2.0
"""How much more frequent a term is in the domain than in other text."""
LEAST_ARTICLES = 0.2
"""Share of a target word's occurrences that have an article before them."""
MOST_TERMS = 150
ARTICLES = frozenset({
    "o", "a", "os", "as", "um", "uma", "do", "da", "dos", "das", "no", "na", "nos", "nas", "ao", "pelo", "pela",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Counts:
    """How many segments have a word on either side, or both."""

    segments: int
    source: Counter[str]
    target: Counter[str]
    both: defaultdict[str, Counter[str]]
    """How often each source word's segments have a target word."""
    articles: Counter[str]
    """Occurrences of a target word behind an article."""
    forms: defaultdict[str, Counter[str]]
    """How often a target word is written in which form."""


def extract_terms(domain: Iterable[Pair], other: Iterable[Pair], *, direction: Direction) -> list[Term]:
    """At most `MOST_TERMS` terms of the domain, the most frequent first; translations alike to the source are none."""
    source, target = WordForms(direction.source), WordForms(direction.target)
    counts, background = _count(domain, source, target), _count_sources(other, source)
    found = []
    for word, times in counts.source.most_common():
        if times < LEAST_SEGMENTS:
            break
        usual = background[1][word] / max(1, background[0])
        if times / counts.segments >= LEAST_RATIO * usual and (term := _best(word, counts)) is not None:
            found.append(term)
    return found[:MOST_TERMS]


def write_terms(terms: Iterable[Term]) -> str:
    """A glossary as a table."""
    return "source\ttarget\n" + "".join(f"{term.source}\t{term.target}\n" for term in terms)


def _best(word: str, counts: _Counts) -> Term | None:
    """The noun that most belongs to the word, if any belongs to it enough."""
    rated = [
        (2 * both / (counts.source[word] + counts.target[other]), other)
        for other, both in counts.both[word].items()
        if both >= LEAST_SEGMENTS
    ]
    dice, translation = max(rated, default=(0.0, ""))
    forms = counts.forms[translation]
    if dice < LEAST_DICE or translation == word or counts.articles[translation] < LEAST_ARTICLES * forms.total():
        return None
    return Term(word, forms.most_common(1)[0][0])


def _count(pairs: Iterable[Pair], source: WordForms, target: WordForms) -> _Counts:
    counts, segments = _Counts(0, Counter(), Counter(), defaultdict(Counter), Counter(), defaultdict(Counter)), 0
    for pair in pairs:
        segments += 1
        left, right = set(_words(pair.source.text, source)), set(_words(pair.target.text, target))
        counts.source.update(left)
        counts.target.update(right)
        for word in left:
            counts.both[word].update(right)
        _count_articles(target.split(pair.target.text), counts)
    return replace(counts, segments=segments)


def _count_articles(words: Sequence[Word], counts: _Counts) -> None:
    for before, word in zip([None, *words], words, strict=False):
        counts.forms[word.lemma][word.plain] += 1
        counts.articles[word.lemma] += before is not None and before.plain in ARTICLES


def _count_sources(pairs: Iterable[Pair], forms: WordForms) -> tuple[int, Counter[str]]:
    segments, found = 0, Counter[str]()
    for pair in pairs:
        segments += 1
        found.update(set(_words(pair.source.text, forms)))
    return segments, found


def _words(text: str, forms: WordForms) -> Iterator[str]:
    return (word.lemma for word in forms.split(text) if len(word.text) >= LEAST_LETTERS and word.text.isalpha())
