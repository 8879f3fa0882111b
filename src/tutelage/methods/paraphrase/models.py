"""What tells meaning, syntax and fluency, opened by the names that a recipe gives them."""

from __future__ import annotations

from tutelage.core.protocols import Embedder, LanguageModel, Parser

NO_PARSER = NO_FLUENCY = "none"


def open_embedder(name: str) -> Embedder:
    """The embedder by which meaning is measured; MissingExtraError if its library is not installed."""
    from tutelage.embeddings import opening

    return opening.open_embedder(name)


def open_syntax(name: str) -> Parser | None:
    """The parser, or `None` if the recipe wants none; UserError that says what to install if it is missing."""
    if name == NO_PARSER:
        return None
    from tutelage.parsers.opening import open_parser

    return open_parser(name)


def open_fluency(name: str) -> LanguageModel | None:
    """The language model, or `None` if the recipe wants none; UserError that says what to install if it is missing."""
    if name == NO_FLUENCY:
        return None
    from tutelage.students.language_model import open_language_model

    return open_language_model(name)
