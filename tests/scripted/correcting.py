"""Feedback by comparison: what a teacher who knows the reference says about a hypothesis."""

from __future__ import annotations

from dataclasses import dataclass

from tutelage.core.records import ErrorSpan
from tutelage.teachers.comparing.agreement import measure_agreement, normalise
from tutelage.teachers.comparing.error_spans import find_error_spans
from tutelage.teachers.comparing.word_alignment import WordAligner
from tutelage.teachers.comparing.words import split_words

MAX_ERRORS = 12
"""Named of one hypothesis, those with the longest corrections first."""
MAX_CHARACTERS = 300
"""Of a quote."""
QUOTED_WORDS = 12
"""Of the source, where it is not known which words an error comes from."""
MIN_LETTERS = 4
"""Shorter words are mostly function words, which no one looks up."""
UNEXPLAINED = "This is wrong."
EXPLANATIONS = {
    "accuracy/mistranslation": "The words mean something else.",
    "accuracy/omission": "Part of the source is not translated.",
    "accuracy/addition": "The source does not say this.",
    "fluency/spelling": "The word is not spelt so.",
    "fluency/punctuation": "The punctuation is wrong.",
}


@dataclass(frozen=True, slots=True)
class Quote:
    """One error as a teacher names it: by quoting, not by counting characters."""

    source_quote: str
    target_quote: str
    explanation: str
    category: str
    severity: str
    correction: str


@dataclass(frozen=True, slots=True)
class Correction:
    """The verdict; no errors and no post-edit where the hypothesis is right."""

    errors: tuple[Quote, ...] = ()
    post_edit: str | None = None


def correct(
    hypothesis: str,
    reference: str,
    *,
    source: str,
    source_lang: str,
    target_lang: str,
    aligner: WordAligner,
    right_from: float = 1.0,
) -> Correction:
    """The errors of the hypothesis by word differences from the reference, which is the post-edit.

    A hypothesis that agrees with the reference by `right_from` (chrF, 0 to 1) or more is right.
    """
    if normalise(hypothesis) == normalise(reference) or measure_agreement(hypothesis, reference) >= right_from:
        return Correction()
    spans = find_error_spans(
        hypothesis, reference, source=source, source_lang=source_lang, target_lang=target_lang, aligner=aligner
    )
    quotes: list[Quote] = []
    for span in spans:
        words = _word_by_word(span, hypothesis, source=source, langs=(source_lang, target_lang), aligner=aligner)
        quotes += words or [_quote(span, hypothesis, source=source, lang=source_lang)]
    errors = _choose([quote for quote in quotes if _is_short(quote)])
    return Correction(errors or (_whole(hypothesis, reference, source=source),), reference)


def _choose(quotes: list[Quote]) -> tuple[Quote, ...]:
    """As many as may be named, in the order of the text."""
    longest = sorted(range(len(quotes)), key=lambda number: -len(quotes[number].correction))[:MAX_ERRORS]
    return tuple(quotes[number] for number in sorted(longest))


def _is_short(quote: Quote) -> bool:
    return max(len(quote.source_quote), len(quote.target_quote), len(quote.correction)) <= MAX_CHARACTERS


def _word_by_word(
    span: ErrorSpan, hypothesis: str, *, source: str, langs: tuple[str, str], aligner: WordAligner
) -> list[Quote]:
    """The wrong words of a longer span one by one, as a teacher names them; empty where they do not stand in pairs.

    Articles and the like beside them are left to the post-edit.
    """
    wrong = split_words(hypothesis[span.target_start : span.target_end], lang=langs[1])
    right = split_words(span.correction, lang=langs[1])
    if len(wrong) < 2 or len(wrong) != len(right):
        return []
    quotes, place = [], span.target_start / max(1, len(hypothesis))
    for bad, good in zip(wrong, right, strict=True):
        if bad.text == good.text or min(len(bad.text), len(good.text)) < MIN_LETTERS:
            continue
        start, end = aligner.locate(source, [good.text], lang=langs[0], position=place)
        if start < 0:
            return []
        explanation = EXPLANATIONS.get(span.category, UNEXPLAINED)
        quotes.append(Quote(source[start:end], bad.text, explanation, span.category, span.severity, good.text))
    return quotes


def _quote(span: ErrorSpan, hypothesis: str, *, source: str, lang: str) -> Quote:
    target_quote = hypothesis[span.target_start : span.target_end]
    if not span.correction:
        source_quote = ""
    elif span.source_start >= 0:
        source_quote = source[span.source_start : span.source_end]
    else:
        source_quote = _near(source, span.target_start / max(1, len(hypothesis)), lang=lang)
    explanation = EXPLANATIONS.get(span.category, UNEXPLAINED)
    return Quote(source_quote, target_quote, explanation, span.category, span.severity, span.correction)


def _near(source: str, place: float, *, lang: str) -> str:
    """The words around a place, 0 to 1: long enough to be taken for no word's translation."""
    words = split_words(source, lang=lang)
    if not words:
        return source
    middle = round(place * (len(words) - 1))
    first = max(0, min(middle - QUOTED_WORDS // 2, len(words) - QUOTED_WORDS))
    last = min(len(words), first + QUOTED_WORDS) - 1
    return source[words[first].start : words[last].end]


def _whole(hypothesis: str, reference: str, *, source: str) -> Quote:
    """Nothing of the hypothesis can stay."""
    says = "The translation is wrong."
    return Quote(source, hypothesis, says, "accuracy/mistranslation", "critical", reference)
