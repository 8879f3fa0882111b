"""The words of a text with their places and base forms, so that `arquivos` is found where `arquivo` is wanted.

Base forms come from the word lists of `simplemma` (MIT; Barbaresi), which need no model; a language that it does not
have is matched by its words as they are written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tutelage.core.errors import MissingExtraError
from tutelage.core.languages import base_language
from tutelage.core.unicode_forms import normalised

LEMMATISED = frozenset({
    "ar", "ast", "bg", "ca", "cs", "cy", "da", "de", "el", "en", "enm", "eo", "es", "et", "fa", "fi", "fr", "ga", "gd",
    "gl", "grc", "gv", "hbs", "he", "hi", "hu", "hy", "id", "is", "it", "ka", "la", "lb", "lt", "lv", "mk", "ml", "ms",
    "nb", "nl", "nn", "pl", "pt", "ro", "ru", "se", "sk", "sl", "sq", "sv", "sw", "tl", "tr", "uk",
})  # fmt: skip
"""What `simplemma` 2.0 has word lists of."""
_CODES = {"no": "nb", "sr": "hbs", "hr": "hbs", "bs": "hbs", "sh": "hbs", "fil": "tl"}
_JOINED = {"de", "nl", "af", "sv", "da", "nb", "nn", "no", "is", "fi", "et", "hu"}
"""Languages whose compounds are one word: `Dateisystem` has `Datei`."""
LEAST_JOINED = 4
"""Letters of a word that is looked for within a compound."""
LEAST_HANGUL = 2
"""The same of a Korean word before its particles: `파일을` has `파일`."""

UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff"
_MARKS = "\u0300-\u036f"
_WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}](?:[^\W{UNSPACED}]|[{_MARKS}])*")
_HANGUL = re.compile("[\uac00-\ud7a3]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, or one character of a script written without spaces."""

    text: str
    start: int
    end: int
    plain: str
    """In lower case and one normal form."""
    lemma: str
    """Its base form in lower case; the word itself if none is known."""


@dataclass(frozen=True, slots=True)
class WordForms:
    """How the words of a language are told from one another; without a language, as they are written."""

    lang: str = ""

    @property
    def signature(self) -> str:
        """What decides the outcome, for score signatures."""
        code = self._code
        return "words" if code is None else f"lemma:simplemma-{_version()}-{code}"

    @property
    def _code(self) -> str | None:
        base = base_language(self.lang) if self.lang else ""
        code = _CODES.get(base, base)
        return code if code in LEMMATISED else None

    def split(self, text: str) -> list[Word]:
        """The words of a text, from left to right; MissingExtraError if base forms cannot be looked up."""
        return [self._word(match) for match in _WORD.finditer(text)]

    def contains(self, word: Word, wanted: Word) -> bool:
        """Whether a longer word has the wanted one in it: a compound, or a Korean word with particles."""
        if _HANGUL.fullmatch(wanted.plain):
            return len(wanted.plain) >= LEAST_HANGUL and word.plain.startswith(wanted.plain)
        joins = base_language(self.lang) in _JOINED if self.lang else False
        return joins and len(wanted.plain) >= LEAST_JOINED and word.plain.startswith(wanted.plain)

    def _word(self, match: re.Match[str]) -> Word:
        text = match.group()
        plain = plain_word(text)
        code = self._code
        lemma = plain if code is None or not plain.isalpha() else _lemma(normalised(text, "NFC"), code)
        return Word(text, match.start(), match.end(), plain, lemma)


WRITTEN = WordForms()
"""Words as they are written."""


def plain_word(text: str) -> str:
    """The word in lower case and one normal form."""
    return normalised(normalised(text, "NFC").casefold(), "NFC")


def split_term_words(text: str) -> list[str]:
    """The words of the text in lower case, without punctuation."""
    return [word.plain for word in WRITTEN.split(text)]


@lru_cache(maxsize=65_536)
def _lemma(word: str, code: str) -> str:
    """The base form in lower case; capitals at the beginning of a sentence do not count."""
    lemma: str = _simplemma().lemmatize(word, lang=code)
    return lemma.casefold()


@lru_cache(maxsize=1)
def _simplemma() -> Any:
    import importlib

    try:
        return importlib.import_module("simplemma")
    except ModuleNotFoundError as error:
        raise MissingExtraError("simplemma", extra="terms") from error


def _version() -> str:
    return str(_simplemma().__version__)
