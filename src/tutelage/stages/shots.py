"""Demonstrations for a chat student: drawn by seed from text to train on, and never from a test set."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from tutelage.core.errors import CorpusError
from tutelage.core.languages import Direction
from tutelage.core.recipe import Recipe, ShotsSettings, TextSettings, TextsSettings
from tutelage.core.records import Pair
from tutelage.core.signatures import content_key
from tutelage.corpora.filters import count_tokens
from tutelage.corpora.leakage import LeakageIndex
from tutelage.corpora.normalising import short_hash
from tutelage.corpora.texts import Texts
from tutelage.stages.pool import HELD_BACK
from tutelage.students.shots import Shot, Shots

SPARE = 1
"""Drawn besides, for a text that is itself among the demonstrations."""


def draw_shots(recipe: Recipe, settings: ShotsSettings) -> Shots:
    """Demonstrations of every direction that the recipe asks for; CorpusError where a text has too few pairs for it."""
    held_back = _index_tests(recipe)
    drawn = {direction: _draw(recipe, settings, direction, held_back) for direction in asked_directions(recipe)}
    return Shots(settings.count, drawn, settings.in_training)


def shots_key(recipe: Recipe, settings: ShotsSettings) -> str:
    """Content key of what is drawn."""
    texts = [_source_texts(recipe, settings, direction) for direction in asked_directions(recipe)]
    return content_key(
        "shots", 1, settings, asked_directions(recipe), [each.key("parallel") for each in texts if each],
        [each.key("test") for each in _test_texts(recipe)], recipe.seed,
    )  # fmt: skip


def asked_directions(recipe: Recipe) -> tuple[Direction, ...]:
    """The recipe's own direction, where it has any text, and those of its steps, each once."""
    own = () if recipe.text == TextsSettings() else (recipe.direction.direction,)
    others = (direction for step in recipe.step for direction, _ in step.own_directions)
    return tuple(dict.fromkeys((*own, *others)))


def source_of_shots(recipe: Recipe, settings: ShotsSettings, direction: Direction) -> TextSettings | None:
    """The text that a direction's demonstrations come from: its own to train on, else the one that is named."""
    supervised = {direction: text for step in recipe.step for direction, text in step.own_parallel}
    if recipe.text.parallel is not None:
        supervised[recipe.direction.direction] = recipe.text.parallel
    return supervised.get(direction, settings.path)


def _source_texts(recipe: Recipe, settings: ShotsSettings, direction: Direction) -> Texts | None:
    text = source_of_shots(recipe, settings, direction)
    return None if text is None else Texts(TextsSettings(parallel=text), direction)


def _draw(recipe: Recipe, settings: ShotsSettings, direction: Direction, held_back: LeakageIndex) -> tuple[Shot, ...]:
    texts, drawn = _source_texts(recipe, settings, direction), list[Shot]()
    for pair in _shuffled(texts, seed=recipe.seed) if texts else ():
        shot = Shot(pair.source.text.strip(), pair.target.text.strip())
        known = any(shot.source == other.source for other in drawn)
        if not known and _is_short(pair, settings.max_words) and not _leaks(pair, held_back):
            drawn.append(shot)
        if len(drawn) == settings.count + SPARE:
            break
    if len(drawn) < settings.count:
        raise CorpusError(
            f"{len(drawn)} pairs of {direction} can be shown as demonstrations, and {settings.count} are asked for.",
            where="shots",
            fix="Give more text, or raise max_words; pairs that a test set holds are never shown.",
        )
    return tuple(drawn)


def _shuffled(texts: Texts, *, seed: int) -> Iterator[Pair]:
    """In an order that depends on the seed and the pairs' ids alone."""
    yield from sorted(texts.pairs("parallel"), key=lambda pair: short_hash(str(seed), pair.id))


def _is_short(pair: Pair, max_words: int) -> bool:
    lengths = [count_tokens(side.text, lang=side.lang) for side in (pair.source, pair.target)]
    return min(lengths) > 0 and max(lengths) <= max_words


def _leaks(pair: Pair, held_back: LeakageIndex) -> bool:
    return any(held_back.find(pair.id, side.text) is not None for side in (pair.source, pair.target))


def _index_tests(recipe: Recipe) -> LeakageIndex:
    """Both sides of every test set, whatever its direction."""
    pairs = chain.from_iterable(each.pairs("test") for each in _test_texts(recipe))
    return LeakageIndex.of((pair.id, side.text) for pair in pairs for side in (pair.source, pair.target))


def _test_texts(recipe: Recipe) -> Iterator[Texts]:
    for use in HELD_BACK:
        text = getattr(recipe.text, use)
        if text is not None:
            yield Texts(TextsSettings(test=text), recipe.direction.direction)
    for step in recipe.step:
        for direction, text in step.own_directions:
            if text is not None:
                yield Texts(TextsSettings(test=text), direction)
