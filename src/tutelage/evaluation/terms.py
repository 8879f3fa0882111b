"""Terms kept: the share of glossary terms in the sources whose translation is in the hypothesis."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tutelage.core.signatures import content_key
from tutelage.evaluation.significance import SegmentStatistics, score_share

_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff"
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
"""A word, or one character of a script written without spaces."""


@dataclass(frozen=True, slots=True)
class Term:
    """One glossary entry: a word or phrase and the translation it must get."""

    source: str
    target: str


class Glossary:
    """Terms, found by their first word so that a large glossary costs no more than the terms that occur."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self.terms = tuple(term for term in terms if split_term_words(term.source) and term.target.strip())
        self._by_first_word: dict[str, list[tuple[list[str], Term]]] = defaultdict(list)
        for term in self.terms:
            words = split_term_words(term.source)
            self._by_first_word[words[0]].append((words, term))

    def find(self, source: str) -> tuple[Term, ...]:
        """The terms that occur in the source as whole words, whatever their case, each once."""
        words = split_term_words(source)
        found: dict[Term, None] = {}
        for start, word in enumerate(words):
            for term_words, term in self._by_first_word.get(word, ()):
                if words[start : start + len(term_words)] == term_words:
                    found[term] = None
        return tuple(found)


def term_statistics(
    hypotheses: Sequence[str], *, sources: Sequence[str], glossary: Glossary
) -> SegmentStatistics | None:
    """Percent of the terms in the sources whose target is in the hypothesis; none if no term occurs.

    The target counts as a substring whatever its case (as in arXiv 2403.09522), which misses inflected forms. A source
    word with several translations in the glossary is one term, kept by any of them.
    """
    counted = {
        place: _count_kept(glossary.find(source), hypothesis=hypothesis)
        for place, (source, hypothesis) in enumerate(zip(sources, hypotheses, strict=True))
    }
    found = {place: row for place, row in counted.items() if row[1] > 0}
    if not found:
        return None
    return SegmentStatistics(
        name="terms",
        rows=np.array(list(found.values())),
        score_sums=score_share,
        higher_is_better=True,
        signature=f"terms|match:substring|case:lc|glossary:{content_key(glossary.terms)}",
        texts=tuple(sources[place] for place in found),
    )


def _count_kept(terms: Sequence[Term], *, hypothesis: str) -> tuple[float, float]:
    lowered = hypothesis.casefold()
    kept: dict[str, bool] = {}
    for term in terms:
        source = term.source.casefold()
        kept[source] = kept.get(source, False) or term.target.strip().casefold() in lowered
    return float(sum(kept.values())), float(len(kept))


def split_term_words(text: str) -> list[str]:
    """The words of the text in lower case, without punctuation."""
    return _TOKEN.findall(text.casefold())
