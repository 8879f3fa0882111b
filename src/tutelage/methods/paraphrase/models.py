"""What tells meaning and syntax, opened by the names that a recipe gives them."""

from __future__ import annotations

from tutelage.core.protocols import Embedder, Parser
from tutelage.methods.paraphrase.settings import ParaphraseSettings

NO_PARSER = "none"


def open_meaning(settings: ParaphraseSettings) -> Embedder | None:
    """The embedder of the filter's meaning floor; none where there is no floor."""
    return None if settings.filters.meaning_floor is None else open_embedder_of(settings)


def open_embedder_of(settings: ParaphraseSettings) -> Embedder:
    """The embedder by which meaning is measured; MissingExtraError where its library is not installed."""
    from tutelage.embeddings.opening import open_embedder

    return open_embedder(settings.embedder)


def open_syntax(settings: ParaphraseSettings) -> Parser | None:
    """The parser, or none where the recipe wants none; UserError that says what to install where it is missing."""
    if settings.parser == NO_PARSER:
        return None
    from tutelage.parsers.opening import open_parser

    return open_parser(settings.parser)
