"""Plural forms of languages: gettext's rule for a catalogue, and CLDR's categories for keyed formats."""

from __future__ import annotations

import gettext
import re
from dataclasses import dataclass

from tutelage.core.languages import base_language

MAX_FORMS = 9
"""Plural forms of one message: Arabic has six, and polib numbers them by one digit."""
CATEGORIES = ("zero", "one", "two", "few", "many", "other")
"""CLDR's, in its order."""
_TWO_FORMS = {
    **dict.fromkeys(("ca", "es", "it", "pt-PT"), "nplurals=2; plural=(n != 1);"),
    **dict.fromkeys(("fr", "pt", "pt-BR"), "nplurals=2; plural=(n > 1);"),
}
"""Languages for which CLDR has a form of its own for whole millions, which no catalogue of gettext has."""


@dataclass(frozen=True, slots=True)
class PluralForms:
    """The plural forms of a catalogue."""

    count: int
    singular: int | None = None
    """The form of one thing; `None` if there is a single form for all numbers."""
    is_of_one: bool = True
    """Whether that form is of no other number, but perhaps 0; in Russian it is of 21 and 31 too."""


def read_plural_forms(header: str) -> PluralForms:
    """What a `Plural-Forms` header declares; two forms if it says nothing. ValueError for too many."""
    match = re.search(r"nplurals\s*=\s*(\d+)", header)
    if match is None:
        return PluralForms(2, 0)
    digits = match.group(1).lstrip("0")
    if len(digits) > 1:
        raise ValueError(f"it declares more than {MAX_FORMS} plural forms ({match.group(1)[:20]})")
    count = int(digits or 0)
    if count < 2:
        return PluralForms(count)
    forms = _forms_of_numbers(header)
    if not forms:
        return PluralForms(count, 0)
    return PluralForms(count, forms[1], forms[1] not in forms[2:])


def _forms_of_numbers(header: str) -> list[int]:
    """The form of each number from 0; empty if the rule cannot be read."""
    rule = re.search(r"plural\s*=\s*([^;]{1,500})", header)
    try:
        form_of = gettext.c2py(rule.group(1) if rule else "")
        return [int(form_of(number)) for number in range(120)]
    except (ValueError, ZeroDivisionError, RecursionError):
        return []


def plural_forms(lang: str) -> str:
    """The value of `Plural-Forms` for a language; two forms for one that is not known."""
    from babel.messages.plurals import PLURALS, get_plural

    usual = _TWO_FORMS.get(lang) or _TWO_FORMS.get(base_language(lang))
    if usual is not None:
        return usual
    for code in (lang.replace("-", "_"), base_language(lang)):
        if code in PLURALS:
            return str(get_plural(code).plural_forms)
    return "nplurals=2; plural=(n != 1);"


def plural_categories(lang: str) -> tuple[str, ...]:
    """CLDR's categories of a language in their order, `other` always the last; one and other if it is not known."""
    from babel import Locale, UnknownLocaleError

    for code in (lang, base_language(lang)):
        try:
            known = Locale.parse(code, sep="-").plural_form.tags
        except (UnknownLocaleError, ValueError):
            continue
        return tuple(category for category in CATEGORIES if category in known or category == "other")
    return ("one", "other")
