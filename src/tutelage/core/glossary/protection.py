"""What of a glossary is protected: its words that are not translated."""

from __future__ import annotations

from dataclasses import replace
from typing import overload

from tutelage.core.glossary.glossary import Glossary
from tutelage.core.protection.spans import Protection


@overload
def with_kept_terms(protection: Protection, glossary: Glossary | None) -> Protection: ...
@overload
def with_kept_terms(protection: Protection | None, glossary: Glossary | None) -> Protection | None: ...
def with_kept_terms(protection: Protection | None, glossary: Glossary | None) -> Protection | None:
    """The protection with the words of the glossary that are not translated; `None` stays without any."""
    if protection is None or glossary is None or not glossary.kept_words:
        return protection
    return replace(
        protection,
        terms=frozenset(term.source for term in glossary.kept_words if term.match_case),
        terms_in_any_case=frozenset(term.source for term in glossary.kept_words if not term.match_case),
    )
