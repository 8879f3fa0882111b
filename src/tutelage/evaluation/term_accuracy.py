"""Term accuracy: the share of a word list's items whose hypothesis has the word's translation.

Items of one word are not independent of one another, so the bootstrap draws words, each with all of its items.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tutelage.core.counts import counted
from tutelage.core.errors import CorpusError
from tutelage.core.evidence import Comparison, Score, SystemScores
from tutelage.core.signatures import content_key
from tutelage.evaluation.significance import SegmentStatistics, compare_paired, score_share, score_with_interval
from tutelage.evaluation.term_matching import TermMatcher
from tutelage.evaluation.word_lists import WordItem, group_items

Marks = Mapping[str, bool | None]
"""By item id: right, wrong, or `None` if it could not be decided."""
Judge = Callable[[WordItem, str], bool | None]
"""Whether the word is translated rightly in the hypothesis; `None` if that could not be decided."""


@dataclass(frozen=True, slots=True)
class Marking:
    """How items are marked: by matching text, or by a judge."""

    name: str
    """substring, word, lemma or judge."""
    signature: str
    judge: Judge


def mark_by_text(matcher: TermMatcher) -> Marking:
    """Right if the hypothesis has one of the item's translations."""

    def judge(item: WordItem, text: str) -> bool | None:
        return any(matcher.contains(text, term) for term in item.translations)

    return Marking(matcher.name, matcher.signature, judge)


def mark_by_judge(judge: Judge, *, signature: str) -> Marking:
    """Right if `judge` says so; undecided items are left out of the share. `signature` names the judge."""
    return Marking("judge", f"match:judge|judge:{signature}", judge)


def mark_items(items: Sequence[WordItem], outputs: Mapping[str, str], *, marking: Marking) -> dict[str, bool | None]:
    """The mark of each item's output; every output is judged once. CorpusError if an item has no output."""
    _require_outputs(items, outputs)
    return {item.id: marking.judge(item, outputs[item.id]) for item in items}


def score_words(
    items: Sequence[WordItem],
    outputs: Mapping[str, str],
    *,
    markings: Sequence[Marking],
    system: str,
    system_signature: str,
    seed: int = 1,
    resamples: int = 1000,
) -> tuple[SystemScores, ...]:
    """Term accuracy in percent, by group of items (the `test` of each) and by marking; `outputs` are by item id."""
    marked = [(marking, mark_items(items, outputs, marking=marking)) for marking in markings]
    scored = []
    for group, members in group_items(items).items():
        found = (score_marks(members, marks, marking=one, seed=seed, resamples=resamples) for one, marks in marked)
        scores = tuple(score for score in found if score is not None)
        scored.append(SystemScores(system=system, test=group, signature=system_signature, scores=scores))
    return tuple(scored)


def compare_words(
    items: Sequence[WordItem],
    before: Mapping[str, str],
    *,
    after: Mapping[str, str],
    markings: Sequence[Marking],
    seed: int = 1,
    resamples: int = 1000,
) -> tuple[Comparison, ...]:
    """The paired comparison by group and marking, on the items that are decided in both."""
    comparisons = []
    for marking in markings:
        old, new = (mark_items(items, outputs, marking=marking) for outputs in (before, after))
        for group, members in group_items(items).items():
            found = compare_marks(members, old, after=new, marking=marking, test=group, seed=seed, resamples=resamples)
            comparisons += [found] if found else []
    return tuple(comparisons)


def score_marks(
    items: Sequence[WordItem], marks: Marks, *, marking: Marking, seed: int = 1, resamples: int = 1000
) -> Score | None:
    """The share with its 95 % interval, `None` if nothing is decided; `n` counts items, the bootstrap draws words."""
    decided = [item for item in items if marks[item.id] is not None]
    if not decided:
        return None
    statistics = _statistics(decided, marks, marking)
    return replace(score_with_interval(statistics, seed=seed, resamples=resamples), n=len(decided))


def compare_marks(
    items: Sequence[WordItem],
    before: Marks,
    *,
    after: Marks,
    marking: Marking,
    test: str,
    seed: int = 1,
    resamples: int = 1000,
) -> Comparison | None:
    """The paired comparison on the items decided in both; `None` if there is no such item."""
    decided = [item for item in items if before[item.id] is not None and after[item.id] is not None]
    if not decided:
        return None
    old, new = (_statistics(decided, marks, marking) for marks in (before, after))
    return replace(compare_paired(old, after=new, test=test, seed=seed, resamples=resamples), n=len(decided))


def _statistics(decided: Sequence[WordItem], marks: Marks, marking: Marking) -> SegmentStatistics:
    """A row of (right, items) for each word."""
    words: defaultdict[str, list[float]] = defaultdict(list)
    for item in decided:
        words[item.word.casefold()].append(float(bool(marks[item.id])))
    asked = sorted((item.id, *item.translations) for item in decided)
    return SegmentStatistics(
        name=f"term_accuracy_{marking.name}",
        rows=np.array([(sum(row), len(row)) for row in words.values()], dtype=np.float64),
        score_sums=score_share,
        higher_is_better=True,
        signature=f"term_accuracy|{marking.signature}|unit:word|items:{content_key(asked)}",
    )


def _require_outputs(items: Sequence[WordItem], outputs: Mapping[str, str]) -> None:
    if not items:
        raise CorpusError("there is no word to score.", where="word list")
    missing = [item.id for item in items if item.id not in outputs]
    if missing:
        shown = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
        raise CorpusError(
            f"no output for {len(missing):,} of {counted(len(items), 'item')}: {shown}.",
            where="word list",
            fix="Translate every item; an output may be empty but not missing.",
        )
