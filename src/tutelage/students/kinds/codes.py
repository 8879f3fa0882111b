"""Which of a student's own codes stands for a language, and what to tell if none says it exactly."""

from __future__ import annotations

import logging
from functools import lru_cache

from tutelage.core.errors import UsageError
from tutelage.core.languages import base_language, normalise_language, same_language

_log = logging.getLogger("tutelage.students")
_MEMBERS = {"pbt": "ps", "quy": "qu", "fuv": "ff", "zlm": "ms"}
"""Members that models have in place of their macrolanguage, besides those that a standard puts in its place."""
_MIXED = {"Kore": "Hang", "Jpan": "Hira"}
"""Scripts that are several, and the one of them that models name."""


@lru_cache(maxsize=4096)
def choose_code(codes: tuple[str, ...], lang: str) -> str | None:
    """The student's code for a language, `None` if it has none or one in another script only.

    One that says the language less exactly (`pt` for `pt-PT`) is told as a warning, once.
    """
    if lang in codes:
        return lang
    wanted = _general(lang)
    meanings = {code: tag for code in codes if (tag := _meaning(code)) is not None and same_language(tag, wanted)}
    sound = [code for code in meanings if not _contradicts(meanings[code], wanted)]
    if not sound:
        return None
    chosen = min(sound, key=lambda code: _distance(meanings[code], wanted))
    if not _says_exactly(meanings[chosen], wanted):
        others = ", ".join(code for code in sound if code != chosen)
        rest = f" It also has: {others}; to take one of them, give it in place of '{lang}'." if others else ""
        _log.warning("this student has no code for '%s' and is asked for '%s'.%s", lang, chosen, rest)
    return chosen


def _meaning(code: str) -> str | None:
    try:
        return _general(normalise_language(code))
    except UsageError:
        return None


def _general(tag: str) -> str:
    base, hyphen, rest = tag.partition("-")
    return _MEMBERS.get(base, base) + hyphen + rest


def _contradicts(tag: str, lang: str) -> bool:
    """Whether both say their scripts, be it by a region, and these are not the same."""
    return _says_script(tag) and _says_script(lang) and _script(tag) != _script(lang)


def _says_script(tag: str) -> bool:
    return _script(tag) != _script(base_language(tag)) or _has_script(tag)


def _has_script(tag: str) -> bool:
    from langcodes import Language

    return Language.get(tag).script is not None


def _script(tag: str) -> str:
    from langcodes import Language

    script = Language.get(tag).maximize().script or ""
    return _MIXED.get(script, script)


def _says_exactly(tag: str, lang: str) -> bool:
    """Whether all that is wanted is said once what is likely is filled in: `zh-TW` by `zh-Hant`, `pt-BR` by `pt`."""
    from langcodes import Language

    if base_language(tag) != base_language(lang) or _script(tag) != _script(lang):
        return False
    wanted = Language.get(lang).territory
    return wanted is None or Language.get(tag).maximize().territory == wanted


def _distance(tag: str, lang: str) -> tuple[bool, bool, bool, int]:
    """How far a code is from what is wanted: less is nearer."""
    from langcodes import tag_distance

    return tag != lang, not _says_exactly(tag, lang), _script(tag) != _script(lang), tag_distance(lang, tag)
