"""Checks of [glossary]: whether its files can be read, and whether a gate names what is measured by it."""

from __future__ import annotations

from collections.abc import Sequence

from tutelage.core.counts import counted
from tutelage.core.errors import CorpusError
from tutelage.core.recipe import Recipe
from tutelage.corpora.glossary.reading import read_terms
from tutelage.evaluation.rules import Rule

MEASURES = ("terms", "forbidden_terms")


def glossary_problems(recipe: Recipe) -> list[str]:
    """Why the glossary cannot be read."""
    if recipe.glossary is None:
        return []
    try:
        read_terms(recipe.glossary.path, direction=recipe.direction.direction)
    except CorpusError as error:
        return [f"glossary: {error}"]
    return []


def glossary_notes(recipe: Recipe) -> list[str]:
    """How many of its entries are repeated, if it can be read."""
    if recipe.glossary is None or glossary_problems(recipe):
        return []
    repeated = read_terms(recipe.glossary.path, direction=recipe.direction.direction).repeated
    entries = counted(repeated, "entry was there before and counts", "entries were there before and count")
    return [f"glossary: {entries} once."] if repeated else []


def glossary_rule_problems(rules: Sequence[Rule], recipe: Recipe) -> list[str]:
    """Rules on terms in a recipe that names no glossary."""
    if recipe.glossary is not None:
        return []
    return [
        f"'{rule.text}': {rule.measure} is measured by a glossary. Name one in [glossary], with path = 'terms.csv'."
        for rule in rules
        if rule.measure in MEASURES
    ]
