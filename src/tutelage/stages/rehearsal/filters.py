"""Filters that drop rationales not worth rehearsing, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from tutelage.core.languages import UNSPACED, base_language
from tutelage.core.protocols import LanguageIdentifier
from tutelage.core.records import Example
from tutelage.corpora.faults import count_tokens
from tutelage.corpora.normalising import bare
from tutelage.stages.rehearsal.settings import RationaleFilterSettings

STOPPED = "stopped_at_once"
LOOP_WORDS = 4
"""Runs of so many words are seldom written twice; runs of two or three are in any longer text."""
WIDESPREAD = ("ar", "de", "en", "es", "fr", "it", "ja", "pt", "ru", "zh")
"""Languages that a rationale may turn out to be in, besides those that are wanted."""


def find_rationale_fault(
    text: str, example: Example, settings: RationaleFilterSettings, *, identifier: LanguageIdentifier | None
) -> str | None:
    """Why the rationale of this example is not trained on, or none."""
    if not text:
        return STOPPED
    if settings.min_words and count_tokens(text, lang=example.target_lang) < settings.min_words:
        return "too_short"
    if settings.max_copied is not None and measure_copied(text, example) > settings.max_copied:
        return "copied"
    if settings.max_repeated is not None and measure_repeated(text, lang=example.target_lang) > settings.max_repeated:
        return "repeats_itself"
    if settings.languages is not None and identifier and _is_in_another(text, settings.languages, identifier):
        return "wrong_language"
    return None


def measure_copied(text: str, example: Example) -> float:
    """Share of the text's word pairs that the example's source or target has too, 0 to 1."""
    pairs = _runs(_words(text, lang=example.target_lang), 2)
    source = set(_runs(_words(example.source, lang=example.source_lang), 2))
    known = source | set(_runs(_words(example.target, lang=example.target_lang), 2))
    return sum(pair in known for pair in pairs) / len(pairs) if pairs else 0.0


def measure_repeated(text: str, *, lang: str) -> float:
    """Share of the text's runs of four words that stood in it before, 0 to 1."""
    runs = _runs(_words(text, lang=lang), LOOP_WORDS)
    return 1 - len(set(runs)) / len(runs) if runs else 0.0


def _is_in_another(text: str, wanted: Sequence[str], identifier: LanguageIdentifier) -> bool:
    bases = {base_language(code) for code in wanted}
    found = identifier.identify(text, among=sorted({*bases, *WIDESPREAD}))
    return found is not None and found.lang not in bases


def _words(text: str, *, lang: str) -> list[str]:
    """Words without case and punctuation; letters in languages written without spaces."""
    plain = bare(text)
    return list(plain.replace(" ", "")) if base_language(lang) in UNSPACED else plain.split()


def _runs(words: Sequence[str], length: int) -> list[tuple[str, ...]]:
    return [tuple(words[start : start + length]) for start in range(len(words) - length + 1)]
