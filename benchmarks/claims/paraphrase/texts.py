"""The texts of the claim with a language model as teacher: short sentences, as many of each kind of text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.claims.claim.texts import use_text
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Segment
from tutelage.corpora.texts import Texts
from tutelage.methods.registry import step_types

KINDS = ("libreoffice-help", "debian-handbook", "gnome-user-docs", "ddtp")
"""Help, a handbook, guides, and descriptions of packages: the origins of the rows."""
WORDS = range(8, 15)
SENTENCE = re.compile(r"[A-Z][^%<>&{}\\`|_]*[a-z]\.")
"""A whole one, in which nothing is markup."""


def draw_sentences(recipe: str, use: str, *, count: int, work: Path) -> str:
    """The override that gives a use so many sentences, drawn once: evenly over the text, as many of each kind."""
    each = count // len(KINDS)
    drawn = (one for kind in KINDS for one in _spread(_sentences(recipe, use, kind), each))
    return use_text(use, drawn, work / f"text-{use}-{count}.jsonl")


def draw_between(recipe: str, use: str, *, count: int) -> list[Segment]:
    """As many other sentences of the same text, which lie between those that `draw_sentences` draws."""
    each = count // len(KINDS)
    return [one for kind in KINDS for one in _spread(_sentences(recipe, use, kind), each, between=True)]


def _spread(segments: Sequence[Segment], count: int, *, between: bool = False) -> Sequence[Segment]:
    """So many at equal distances, from the first one on or half a distance behind it.

    SystemExit if all are drawn, so that none lies between.
    """
    distance = max(1, len(segments) // count)
    if between and distance == 1:
        raise SystemExit(f"All of the {len(segments)} sentences are in the test; lower --tested.")
    return segments[distance // 2 if between else 0 :: distance][:count]


def _sentences(recipe: str, use: str, kind: str) -> list[Segment]:
    """All of a kind, each text once."""
    only = f'text.{use}.only={{ origin = ["{kind}"] }}'
    parsed = parse_recipe(recipe, step_types=step_types(), overrides=[only])
    found = Texts(parsed.text, parsed.direction.direction).sources(use)
    kept = {one.text: one for one in found if len(one.text.split()) in WORDS and SENTENCE.fullmatch(one.text)}
    return list(kept.values())
