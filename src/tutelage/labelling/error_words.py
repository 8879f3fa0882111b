"""The words that the student gets wrong, with the teacher's word for them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from tutelage.core.glossary.glossary import Glossary
from tutelage.core.records import ErrorSpan, Feedback
from tutelage.core.stage import Stage, Work
from tutelage.corpora.normalising import short_hash
from tutelage.labelling.roles.error_spans import Mode
from tutelage.storage.stages import StageTable

MAX_PHRASE_WORDS = 3
"""Longer stretches are sentence parts, for which no other context is found or written."""
MIN_LETTERS = 4
"""A phrase without a word of so many letters is made of function words."""
MAX_UNSPACED, MIN_UNSPACED = 8, 2
"""The same for scripts without spaces, in characters."""
WORD_CATEGORIES = ("accuracy", "terminology")
"""Errors in what a word means; grammar, spelling, punctuation and style say nothing of other sentences."""
_WORD = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class ErrorWord:
    """A source phrase and its correction, and the feedback that shows the error."""

    source: str
    """In lower case."""
    target: str
    """In lower case."""
    feedback_ids: tuple[str, ...]
    example: str
    """A source segment in which the student got it wrong."""
    causes: tuple[str, ...] = ()
    """Of a word named by analogy: the analogy's id and that of the error; empty for the error itself."""
    source_form: str = ""
    """The source as it is mostly written, for writers: German nouns and acronyms have capitals."""
    target_form: str = ""
    """The same of the target."""

    @property
    def id(self) -> str:
        """Name of the error in tables and calls."""
        return f"{self.source}→{self.target}"

    def parents(self, *made_from: str) -> tuple[str, ...]:
        """What an example for the word was made from: the feedback first, the error last."""
        return (self.feedback_ids[0], *made_from, *(self.causes or (self.id,)))


@dataclass(slots=True)
class _Seen:
    """Where a phrase pair was seen, and in which forms."""

    feedbacks: list[Feedback] = field(default_factory=list)
    forms: tuple[Counter[str], Counter[str]] = field(default_factory=lambda: (Counter(), Counter()))


def collect_error_words(
    feedbacks: Iterable[Feedback], *, most: int | None = None, mode: Mode = "strict", glossary: Glossary | None = None
) -> list[ErrorWord]:
    """The error words of flagged feedback, terms of the glossary first, then the most frequent.

    Ties are in an order without meaning, always the same.

    `paper` takes every error that has a place in the source and a correction; `strict` only short phrases with a word
    in them, of errors in what a word means.

    Most words are wrong only once: in the order of the alphabet, `most` would leave out its end.
    """
    found: dict[tuple[str, str], _Seen] = defaultdict(_Seen)
    for feedback in feedbacks:
        for error in feedback.errors:
            forms = _phrase(feedback, error, mode=mode)
            if forms is not None:
                seen = found[forms[0].lower(), forms[1].lower()]
                seen.feedbacks.append(feedback)
                for counter, form in zip(seen.forms, forms, strict=True):
                    counter[form] += 1
    ordered = sorted(found.items(), key=lambda item: _rank(*item, glossary=glossary))[:most]
    return [_error_word(source, target, seen) for (source, target), seen in ordered]


def _rank(pair: tuple[str, str], seen: _Seen, *, glossary: Glossary | None) -> tuple[bool, int, int]:
    is_term = glossary is not None and bool(glossary.find(seen.forms[0].most_common(1)[0][0]))
    return not is_term, -len(seen.feedbacks), short_hash(*pair)


def _error_word(source: str, target: str, seen: _Seen) -> ErrorWord:
    ids, example = tuple(item.id for item in seen.feedbacks), seen.feedbacks[0].hypothesis.segment.text
    # on a tie the form in lower case: a capital may come from the beginning of the sentence
    source_form, target_form = (max(forms, key=lambda form: (forms[form], form.islower())) for forms in seen.forms)
    return ErrorWord(source, target, ids, example, (), source_form, target_form)


def contains_phrase(text: str, phrase: str) -> bool:
    """Whether the phrase, given in lower case, stands in the text as whole words, in any case."""
    before = "" if _UNSPACED.match(phrase) else r"(?<!\w)"
    after = "" if _UNSPACED.match(phrase[-1:]) else r"(?!\w)"
    return re.search(f"{before}{re.escape(phrase)}{after}", text.lower()) is not None


def is_unspaced(text: str) -> bool:
    """Whether the text has characters of a script without spaces."""
    return _UNSPACED.search(text) is not None


def _phrase(feedback: Feedback, error: ErrorSpan, *, mode: Mode) -> tuple[str, str] | None:
    if error.source_start < 0:
        return None
    source = feedback.hypothesis.segment.text[error.source_start : error.source_end].strip()
    target = error.correction.strip()
    if mode == "paper":
        return (source, target) if source and target else None
    told = error.category.startswith(WORD_CATEGORIES) and _is_word_like(source) and _is_word_like(target)
    return (source, target) if told else None


def _is_word_like(phrase: str) -> bool:
    if is_unspaced(phrase):
        return len(_UNSPACED.findall(phrase)) >= MIN_UNSPACED and len(phrase) <= MAX_UNSPACED
    words = _WORD.findall(phrase)
    return 0 < len(phrase.split()) <= MAX_PHRASE_WORDS and any(len(word) >= MIN_LETTERS for word in words)


@dataclass(frozen=True, slots=True)
class ErrorsInputs:
    """The feedback that shows the errors, and how many words are taken at most."""

    feedback: StageTable[Feedback]
    most: int | None
    mode: Mode
    glossary: Glossary | None = None
    """Whose terms come first."""


def list_errors(inputs: ErrorsInputs, _: Work) -> Iterable[ErrorWord]:
    """The most frequent error words; they come from all flagged segments, not only from the selected ones."""
    return collect_error_words(inputs.feedback, most=inputs.most, mode=inputs.mode, glossary=inputs.glossary)


ERRORS = Stage("errors", 4, ErrorWord, list_errors)


def first_feedback(errors: Iterable[ErrorWord], feedback: Iterable[Feedback]) -> dict[str, Feedback]:
    """The feedback in which each error first stood, by its id."""
    wanted = {error.feedback_ids[0] for error in errors}
    return {item.id: item for item in feedback if item.id in wanted}
