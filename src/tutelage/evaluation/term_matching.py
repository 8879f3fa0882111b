"""Whether a text has a term: as a substring, as whole words, or by the stems of its words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from tutelage.core.errors import MissingExtraError, UsageError, did_you_mean
from tutelage.core.glossary.words import split_term_words
from tutelage.core.languages import base_language
from tutelage.core.unicode_forms import normalised

STEMMERS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "hi": "hindi", "hu": "hungarian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "nl": "dutch", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil",
    "tr": "turkish",
}  # fmt: skip
"""Snowball's stemmers (Porter 2001) by base language."""


class TermMatcher(Protocol):
    """One way to look for a term in a text; case never counts."""

    @property
    def name(self) -> str:
        """`substring`, `word` or `lemma`."""
        ...

    @property
    def signature(self) -> str:
        """What decides the outcome, for score signatures."""
        ...

    def contains(self, text: str, term: str) -> bool:
        """Whether the term is in the text."""
        ...


class SubstringMatcher:
    """The paper's way (arXiv 2403.09522): `arquivo` is in `arquivos`, and `ata` in `batata`."""

    name = "substring"
    signature = "match:substring|case:lc"

    def contains(self, text: str, term: str) -> bool:
        """Whether the letters of the term stand in the text; an empty term never does."""
        wanted = _lowered(term).strip()
        return bool(wanted) and wanted in _lowered(text)


class WordMatcher:
    """Whole words: `arquivo` is not in `arquivos`."""

    name = "word"
    signature = "match:word|case:lc"

    def contains(self, text: str, term: str) -> bool:
        """Whether the words of the term follow one another in the text."""
        return _follow_one_another(split_term_words(_lowered(term)), within=split_term_words(_lowered(text)))


class LemmaMatcher:
    """Whole words without their endings: `abra` is in `abrir`.

    Ours: suffix stripping by Snowball, which needs no model. It knows no irregular forms (`foi`, `ser`) and now and
    then joins words of different meaning (`universo`, `universidade`).
    """

    name = "lemma"

    def __init__(self, lang: str) -> None:
        """MissingExtraError without `snowballstemmer`; UsageError for a language that has no stemmer."""
        language = STEMMERS.get(base_language(lang))
        if language is None:
            fix = f"There are stemmers for {', '.join(STEMMERS)}. Match by substring or word."
            raise UsageError(f"no stemmer for '{lang}' is known, so terms cannot be matched by lemma.", fix=fix)
        self.signature = f"match:lemma|case:lc|stemmer:snowball-{language}"
        self._stemmer = _load_stemmer(language)

    def contains(self, text: str, term: str) -> bool:
        """Whether words with the stems of the term's words follow one another in the text."""
        return _follow_one_another(self._stems(term), within=self._stems(text))

    def _stems(self, text: str) -> list[str]:
        stems: list[str] = self._stemmer.stemWords(split_term_words(_lowered(text)))
        return stems


MATCHERS = ("substring", "word", "lemma")


def make_matcher(name: str, *, lang: str) -> TermMatcher:
    """The matcher called `name` for text in `lang`; UsageError for an unknown name."""
    if name == "substring":
        return SubstringMatcher()
    if name == "word":
        return WordMatcher()
    if name == "lemma":
        return LemmaMatcher(lang)
    raise UsageError(f"there is no way to match terms called '{name}'.", fix=did_you_mean(name, MATCHERS))


def _follow_one_another(wanted: Sequence[str], *, within: Sequence[str]) -> bool:
    size = len(wanted)
    return size > 0 and any(within[at : at + size] == wanted for at in range(len(within) - size + 1))


def _lowered(text: str) -> str:
    return normalised(text, "NFC").casefold()


def _load_stemmer(language: str) -> Any:
    import importlib

    try:
        return importlib.import_module("snowballstemmer").stemmer(language)
    except ModuleNotFoundError as error:
        raise MissingExtraError("snowballstemmer", extra="metrics") from error
