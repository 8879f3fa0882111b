"""Why a paraphrase is not trained on, as far as the two texts tell it; each check is a setting.

The paper (arXiv 2404.12596) filters by moderation, language and noise; all else here is ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tutelage.core.languages import base_language
from tutelage.core.protection.comparison import placeholders_kept
from tutelage.core.protocols import LanguageIdentifier
from tutelage.corpora.files import read_text
from tutelage.corpora.normalising import bare
from tutelage.methods.paraphrase.kept import names_changed, numbers_changed
from tutelage.methods.paraphrase.negation import negation_changed
from tutelage.methods.paraphrase.settings import ParaphraseFilterSettings
from tutelage.storage.limits import MAX_LINE_BYTES
from tutelage.teachers.comparing.words import split_words

OTHERS = ("ar", "de", "en", "es", "fr", "it", "ja", "pt", "ru", "zh")
"""Languages that a teacher may fall into."""
MIN_CONFIDENCE = 0.9
"""A refusal needs more than an estimate."""


def find_fault(source: str, paraphrase: str, *, lang: str, settings: ParaphraseFilterSettings) -> str | None:
    """The first reason to drop the paraphrase, or none; what needs a model is not looked at."""
    if not paraphrase.strip():
        return "empty"
    if bare(source) == bare(paraphrase):
        return "copied"
    return (
        _fault_of_length(source, paraphrase, settings)
        or _fault_of_content(source, paraphrase, lang=lang, settings=settings)
        or _fault_of_overlap(source, paraphrase, lang=lang, settings=settings)
    )


def word_overlap(source: str, paraphrase: str, *, lang: str) -> float:
    """Words that both have, for one that either has (Jaccard), 0 to 1; punctuation and case do not count."""
    first, second = (
        {word.text.casefold() for word in split_words(text, lang=lang) if not word.is_punctuation}
        for text in (source, paraphrase)
    )
    return len(first & second) / len(first | second) if first or second else 1.0


def is_wrong_language(text: str, *, lang: str, identifier: LanguageIdentifier) -> bool:
    """Whether the text is surely in another language than `lang`; short Latin text is never sure."""
    wanted = base_language(lang)
    found = identifier.identify(text, among=tuple(sorted({wanted, *OTHERS})))
    return found is not None and found.lang != wanted and found.confidence >= MIN_CONFIDENCE


def read_forbidden(path: str | None) -> re.Pattern[str] | None:
    """What finds a forbidden word or phrase in small letters, whole words only; `None` if none is named.

    Blank lines and those that begin with `#` are left out. CorpusError for a file that cannot be read.
    """
    if path is None:
        return None
    lines = read_text(path, limit=MAX_LINE_BYTES).splitlines()
    return compile_words(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def compile_words(words: Iterable[str]) -> re.Pattern[str] | None:
    """What finds any of the words in a casefolded text; none for no words."""
    escaped = [re.escape(word.casefold()) for word in words]
    return re.compile(rf"(?<!\w)(?:{'|'.join(escaped)})(?!\w)") if escaped else None


def is_forbidden(forbidden: re.Pattern[str] | None, *texts: str) -> bool:
    """Whether a forbidden word stands in one of the texts."""
    return forbidden is not None and any(forbidden.search(text.casefold()) for text in texts)


def _fault_of_length(source: str, paraphrase: str, settings: ParaphraseFilterSettings) -> str | None:
    ratio = len(paraphrase.strip()) / max(len(source.strip()), 1)
    if settings.min_length is not None and ratio < settings.min_length:
        return "too_short"
    return "too_long" if settings.max_length is not None and ratio > settings.max_length else None


def _fault_of_content(source: str, paraphrase: str, *, lang: str, settings: ParaphraseFilterSettings) -> str | None:
    if settings.placeholders and not placeholders_kept(source, paraphrase):
        return "placeholders_changed"
    if settings.numbers and numbers_changed(source, paraphrase):
        return "numbers_changed"
    if settings.names and names_changed(source, paraphrase, lang=lang):
        return "names_changed"
    return "negation_changed" if settings.negation and negation_changed(source, paraphrase, lang=lang) else None


def _fault_of_overlap(source: str, paraphrase: str, *, lang: str, settings: ParaphraseFilterSettings) -> str | None:
    if settings.max_overlap is None or word_overlap(source, paraphrase, lang=lang) < settings.max_overlap:
        return None
    return "near_copy"
