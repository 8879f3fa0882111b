"""Whether a post-edit can be one: near the hypothesis, of the right length and language, not dictated by the source.

Ours, not the paper's. A teacher that obeys an order in its source writes something else than a corrected hypothesis.
What can be seen without another call: an order in the source (`orders`); a post-edit that is empty, a copy, too long
or short, without the source's placeholders, in another language, a fragment of the source, unrelated to the
hypothesis, or mostly made of words that no error accounts for. What cannot be seen: an order in words that `orders`
does not know whose answer is a sentence of the right length near the hypothesis.
"""

from __future__ import annotations

from collections.abc import Iterable

from tutelage.core.languages import UNSPACED, Direction, base_language
from tutelage.core.protection.spans import find_placeholders
from tutelage.labelling.roles.languages import is_wrong_language
from tutelage.labelling.roles.orders import find_order
from tutelage.labelling.roles.translation_faults import bare_words, find_fault, find_translation_doubt
from tutelage.teachers.comparing.agreement import measure_agreement
from tutelage.teachers.quotes import contains_quote

UNRELATED_TO_HYPOTHESIS = "unrelated_to_hypothesis"
UNRELATED = 0.2
"""Agreement (chrF) below which a post-edit has nothing to do with its hypothesis. Of 700 hypotheses of the shipped
student, 0.7 % agree less with their human translation; of the same, paired with others' translations, 87 % do."""
UNRELATED_UNSPACED = 0.1
"""The same for scripts without spaces, whose character n-grams agree less; not measured."""
UNEXPLAINED = 0.5
"""Share of a post-edit's words that stand neither in the hypothesis nor in a correction."""
EVERYTHING = 0.8
"""Share of a hypothesis's words in one error, from which on it names no particular error."""
MIN_EVERYTHING_WORDS = 6
REWRITTEN = 0.35
"""Agreement with the hypothesis below which such an error is not believed; of real post-edits 5 % agree less."""
MIN_DICTATED_LETTERS = 4
"""Shorter words are spelled alike in two languages by chance (`no`, `a`, `come`)."""


def find_doubt(source: str, post_edit: str, *, hypothesis: str, direction: Direction) -> str | None:
    """Why the post-edit cannot be a corrected hypothesis, or none."""
    doubt = find_translation_doubt(source, post_edit, direction=direction, hypothesis=hypothesis)
    if doubt is not None:
        return doubt
    if _is_comparable(source, hypothesis, direction=direction) and _is_unrelated(post_edit, hypothesis, direction):
        return UNRELATED_TO_HYPOTHESIS
    return None


def find_false_praise(source: str, hypothesis: str, *, direction: Direction) -> str | None:
    """Why a hypothesis that the teacher finds right cannot be, or none."""
    if find_order(source) is not None:
        return "source_gives_orders"
    fault = find_fault(source, hypothesis, direction=direction)
    if fault is None and is_wrong_language(hypothesis, lang=direction.target, direction=direction):
        fault = "wrong_language"
    return None if fault is None else f"praised_but_{fault}"


def is_unexplained(post_edit: str, *, hypothesis: str, corrections: Iterable[str], lang: str) -> bool:
    """Whether most words of the post-edit come neither from the hypothesis nor from a correction."""
    words = bare_words(post_edit, lang=lang)
    known = set(bare_words(hypothesis, lang=lang)).union(*(bare_words(text, lang=lang) for text in corrections))
    return bool(words) and sum(word not in known for word in words) > UNEXPLAINED * len(words)


def is_dictated(text: str, *, quote: str, source: str) -> bool:
    """Whether the text stands letter by letter in the source, outside the words it is said to translate."""
    letters = sum(map(str.isalpha, text))
    placeholder = any(span.text == text.strip() for span in find_placeholders(text))
    if letters < MIN_DICTATED_LETTERS or placeholder or contains_quote(quote, text):
        return False
    return contains_quote(source, text)


def is_everything(quote: str, *, hypothesis: str, post_edit: str, lang: str) -> bool:
    """Whether an error is all of a hypothesis that the post-edit has little in common with."""
    quoted, words = len(bare_words(quote, lang=lang)), len(bare_words(hypothesis, lang=lang))
    if words < MIN_EVERYTHING_WORDS or quoted < EVERYTHING * words:
        return False
    return measure_agreement(hypothesis, post_edit) < REWRITTEN


def is_out_of_proportion(correction: str, *, quote: str, direction: Direction) -> bool:
    """Whether the correction is too long or too short for the words that it is said to translate."""
    both = bool(correction.strip() and quote.strip())
    return both and _sane_fault(quote, correction, direction=direction) == "length_ratio"


def _sane_fault(source: str, target: str, *, direction: Direction) -> str | None:
    """The fault of a pair whose placeholders stand elsewhere in the segment."""
    bare = [_without_placeholders(text) for text in (source, target)]
    return find_fault(*bare, direction=direction)


def _without_placeholders(text: str) -> str:
    spans = find_placeholders(text)
    starts, ends = [0, *(span.end for span in spans)], [*(span.start for span in spans), len(text)]
    return "".join(text[start:end] for start, end in zip(starts, ends, strict=True))


def _is_comparable(source: str, hypothesis: str, *, direction: Direction) -> bool:
    """Whether the hypothesis is a translation at all: of an echo or an empty one nothing is left after correction."""
    fault = find_fault(source, hypothesis, direction=direction)
    return fault not in {"empty", "copied", "length_ratio"} and not is_wrong_language(
        hypothesis, lang=direction.target, direction=direction
    )


def _is_unrelated(post_edit: str, hypothesis: str, direction: Direction) -> bool:
    unspaced = base_language(direction.target) in UNSPACED
    return measure_agreement(hypothesis, post_edit) < (UNRELATED_UNSPACED if unspaced else UNRELATED)
