"""Language identifiers by the names that a recipe gives them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tutelage.core.errors import UsageError, did_you_mean
from tutelage.core.protocols import LanguageIdentifier
from tutelage.corpora.fasttext_id import FastTextIdentifier
from tutelage.corpora.language_ensemble import MIN_WORDS_AGREED, EnsembleIdentifier
from tutelage.corpora.language_id import MIN_WORDS, LangidIdentifier, ScriptAwareIdentifier

LANGID = "py3langid"
_FIX = "Give 'py3langid', the path of a fastText model, or a list of them."


def open_identifier(names: str | Sequence[str] = LANGID) -> LanguageIdentifier:
    """The identifier of one name or path, an ensemble of several; UsageError for what is none."""
    several = identifier_names(names)
    for problem in identifier_problems(several):
        raise UsageError(problem, fix=_FIX)
    return _open(several)


def identifier_problems(names: str | Sequence[str]) -> list[str]:
    """What is wrong with the names, told without loading a model."""
    several = identifier_names(names)
    if not several:
        return ["there is no language identifier in the list."]
    twice = sorted({name for name in several if several.count(name) > 1})
    missing = [name for name in several if name != LANGID and not Path(name).is_file()]
    return [
        *(f"'{name}' is named twice." for name in twice),
        *(f"there is no file '{name}'. {did_you_mean(name, [LANGID])}".strip() for name in missing),
    ]


def identifier_names(names: str | Sequence[str]) -> tuple[str, ...]:
    """The names as a list, of one too."""
    return (names,) if isinstance(names, str) else tuple(names)


@cache
def _open(names: tuple[str, ...]) -> LanguageIdentifier:
    if len(names) == 1:
        return _open_one(names[0], min_words=MIN_WORDS)
    return EnsembleIdentifier([_open_one(name, min_words=MIN_WORDS_AGREED) for name in names])


def _open_one(name: str, *, min_words: int) -> ScriptAwareIdentifier:
    return LangidIdentifier(min_words=min_words) if name == LANGID else FastTextIdentifier(name, min_words=min_words)
