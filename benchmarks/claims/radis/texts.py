"""The texts of the rationale claim: short pairs, drawn evenly by hash, and what is written for them once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.claims.radis.arms import Size
from tutelage.core.languages import Direction
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Pair
from tutelage.corpora.texts import Texts
from tutelage.methods.registry import step_types

DIRECTION = Direction("pt-BR", "en")
DEV = 40
"""Pairs on which rates are chosen and rationales are asked for; not tested on."""
MIN_WORDS = 6
"""Shorter ones are names of menus."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The pairs by use; no two uses share one."""

    train: list[Pair]
    test: list[Pair]
    dev: list[Pair]
    """What rates are chosen on and rationales are asked for."""


def draw(text: str, size: Size) -> Drawn:
    """The claim's texts, out of those that its recipe names."""
    recipe = parse_recipe(text, step_types=step_types())
    texts = Texts(recipe.text, recipe.direction.direction)
    return draw_texts(texts, train=size.pairs, test=size.test, dev=DEV, max_words=size.max_words)


def draw_texts(texts: Texts, *, train: int, test: int, dev: int, max_words: int) -> Drawn:
    """Pairs of full sentences: the training text from `text.parallel`, the others from `text.test`."""
    trained = choose_short(texts.pairs("parallel"), max_words=max_words)[:train]
    held_out = choose_short(texts.pairs("test"), max_words=max_words)
    # the dev pairs come first, so that they stay the same whatever the size
    return Drawn(trained, held_out[dev : dev + test], held_out[:dev])


def choose_short(pairs: Iterable[Pair], *, max_words: int) -> list[Pair]:
    """Sentences of 6 to `max_words` words on both sides, in an order that has nothing to do with the text's."""
    found = [pair for pair in pairs if _is_short(pair, max_words)]
    return sorted(found, key=lambda pair: hashlib.sha256(pair.id.encode()).hexdigest())


def _is_short(pair: Pair, max_words: int) -> bool:
    sides = (pair.source.text, pair.target.text)
    return all(MIN_WORDS <= len(text.split()) <= max_words and text.rstrip().endswith(".") for text in sides)
