"""The differences between a hypothesis and a correct translation as MQM error spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tutelage.core.records import NOWHERE, ErrorSpan
from tutelage.teachers.comparing.word_alignment import WordAligner
from tutelage.teachers.comparing.words import Word, fold, split_words

MISTRANSLATION, OMISSION, ADDITION = "accuracy/mistranslation", "accuracy/omission", "accuracy/addition"
SPELLING, PUNCTUATION = "fluency/spelling", "fluency/punctuation"
MINOR, MAJOR, CRITICAL = "minor", "major", "critical"
MAX_SPAN_WORDS = 20
"""Words (characters in unspaced scripts) of a span; longer ones name no particular error and are dropped."""
CRITICAL_SHARE = 0.8
"""From this share of words wrong on, nothing of the hypothesis can be trusted."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Word ranges that differ: of the hypothesis, and of the translation."""

    wrong: range
    right: range


def find_error_spans(
    hypothesis: str, translation: str, *, source: str, source_lang: str, target_lang: str, aligner: WordAligner | None
) -> tuple[ErrorSpan, ...]:
    """The spans of `hypothesis` that differ from `translation`, each with its correction and its place in the source.

    An omission has an empty target span where the words are missing; an addition has an empty correction. Without
    an aligner, or where it does not know, the source offsets are -1.
    """
    wrong_words = split_words(hypothesis, lang=target_lang)
    right_words = split_words(translation, lang=target_lang)
    differences = find_differences(wrong_words, right_words)
    changed = sum(len(difference.wrong) for difference in differences)
    hopeless = not wrong_words or changed / len(wrong_words) >= CRITICAL_SHARE
    spans = []
    for difference in differences:
        if max(len(difference.wrong), len(difference.right)) > MAX_SPAN_WORDS:
            continue
        start, end = _place(wrong_words, difference.wrong, length=len(hypothesis))
        correction = _text(translation, right_words, difference.right)
        category = _categorise(wrong_words, right_words, difference)
        source_start, source_end = NOWHERE
        if aligner is not None:
            words = [right_words[index].text for index in difference.right]
            position = difference.right.start / max(1, len(right_words) - 1)
            source_start, source_end = aligner.locate(source, words, lang=source_lang, position=position)
        severity = MINOR if category in {SPELLING, PUNCTUATION} else CRITICAL if hopeless else MAJOR
        spans.append(ErrorSpan(source_start, source_end, start, end, category, severity, correction))
    return tuple(spans)


def find_differences(wrong: Sequence[Word], right: Sequence[Word]) -> list[Difference]:
    """The ranges outside a least-edits alignment of the two word sequences, neighbours merged."""
    from rapidfuzz.distance import Levenshtein

    differences: list[Difference] = []
    for code in Levenshtein.opcodes([word.text for word in wrong], [word.text for word in right]):
        if code.tag == "equal":
            continue
        start, right_start = code.src_start, code.dest_start
        if differences and differences[-1].wrong.stop == start and differences[-1].right.stop == right_start:
            last = differences.pop()
            start, right_start = last.wrong.start, last.right.start
        differences.append(Difference(range(start, code.src_end), range(right_start, code.dest_end)))
    return differences


def _categorise(wrong: Sequence[Word], right: Sequence[Word], difference: Difference) -> str:
    wrong_part = [wrong[index] for index in difference.wrong]
    right_part = [right[index] for index in difference.right]
    if all(word.is_punctuation for word in wrong_part + right_part):
        return PUNCTUATION
    if not wrong_part:
        return OMISSION
    if not right_part:
        return ADDITION
    same = fold("".join(word.text for word in wrong_part)) == fold("".join(word.text for word in right_part))
    return SPELLING if same else MISTRANSLATION


def _place(words: Sequence[Word], part: range, *, length: int) -> tuple[int, int]:
    """Character offsets of a word range; of an empty one, the point where it would stand."""
    if part:
        return words[part.start].start, words[part.stop - 1].end
    point = words[part.start].start if part.start < len(words) else length
    return point, point


def _text(text: str, words: Sequence[Word], part: range) -> str:
    return text[words[part.start].start : words[part.stop - 1].end] if part else ""
