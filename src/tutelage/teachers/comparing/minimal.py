"""The least that a hypothesis must change: a translation with the hypothesis's own words where both mean the same.

Ours. Two wordings of a place mean the same if their words are tied to the same words of the source by how often they
meet in the run's own translations: the teacher itself says so elsewhere. Forms of one word (`arquivo`, `arquivos`) are
no two wordings: there the teacher's stands, as it does wherever too little is known.
"""

from __future__ import annotations

from collections.abc import Sequence

from tutelage.teachers.comparing.error_spans import find_differences
from tutelage.teachers.comparing.word_alignment import MIN_DICE, WordAligner
from tutelage.teachers.comparing.words import Word, fold, split_words

MOST_WORDS = 3
"""Of either wording; of longer ones the ties say too little."""
SAME_STEM = 0.6
"""Share of the longer word that two forms of one word begin with alike."""


def minimal_target(
    hypothesis: str, translation: str, *, source: str, source_lang: str, target_lang: str, aligner: WordAligner
) -> str:
    """The translation, with the words of the hypothesis in all places where they mean the same as its own."""
    wrong_words, right_words = (split_words(text, lang=target_lang) for text in (hypothesis, translation))
    sources = [word.text for word in split_words(source, lang=source_lang) if not word.is_punctuation]
    text, end = "", 0
    for difference in find_differences(wrong_words, right_words):
        wrong = [wrong_words[place] for place in difference.wrong]
        right = [right_words[place] for place in difference.right]
        if wrong and right and _mean_the_same(wrong, right, sources, aligner):
            text += translation[end : right[0].start] + hypothesis[wrong[0].start : wrong[-1].end]
            end = right[-1].end
    return text + translation[end:]


def _mean_the_same(wrong: Sequence[Word], right: Sequence[Word], sources: Sequence[str], aligner: WordAligner) -> bool:
    if max(len(wrong), len(right)) > MOST_WORDS or any(word.is_punctuation for word in (*wrong, *right)):
        return False
    if len({word.text for word in wrong}) < len(wrong):  # a student that stutters
        return False
    if any(_are_forms_of_one_word(one.text, other.text) for one in wrong for other in right):
        return False
    ties = [[_tied_to(word.text, sources, aligner) for word in wording] for wording in (wrong, right)]
    if not all(tied for wording in ties for tied in wording):
        return False
    return set.union(*ties[0]) == set.union(*ties[1]) or all(
        any(tied & other for other in ties[1 - place]) for place, wording in enumerate(ties) for tied in wording
    )


def _tied_to(word: str, sources: Sequence[str], aligner: WordAligner) -> set[str]:
    """Words of the source that the word translates elsewhere, the best of them alone if one is far better."""
    strength = {source.casefold(): aligner.association(source, word) for source in sources}
    best = max(strength.values(), default=0.0)
    return {source for source, value in strength.items() if value >= max(MIN_DICE, best / 2)}


def _are_forms_of_one_word(one: str, other: str) -> bool:
    one, other = fold(one), fold(other)
    alike = next((place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    length = min(len(one), len(other)) if alike is None else alike
    return length >= SAME_STEM * max(len(one), len(other))
