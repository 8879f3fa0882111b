"""Parsers by name."""

from __future__ import annotations

from tutelage.core.errors import UsageError, did_you_mean
from tutelage.core.protocols import Parser

LINK_GRAMMAR = "link-grammar"
_FORMS = ("spacy:MODEL", "stanza:LANG", LINK_GRAMMAR)


def open_parser(name: str) -> Parser:
    """The parser of that name: `spacy:MODEL`, `stanza:LANG` or `link-grammar` (English).

    UsageError for another name or a missing model or program, MissingExtraError for a missing package; both say what to
    install.
    """
    kind, _, model = name.partition(":")
    if kind == "spacy" and model:
        from tutelage.parsers.spacy_parser import SpacyParser

        return SpacyParser(model)
    if kind == "stanza" and model:
        from tutelage.parsers.stanza_parser import StanzaParser

        return StanzaParser(model)
    if name == LINK_GRAMMAR:
        from tutelage.parsers.link_grammar import LinkGrammarParser

        return LinkGrammarParser()
    raise UsageError(f"no parser is called '{name}'.", where="parser", fix=did_you_mean(name, _FORMS))
