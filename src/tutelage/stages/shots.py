"""Demonstrations for a chat student: drawn by seed from text to train on, and never from a test set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from tutelage.core.counts import counted
from tutelage.core.errors import CorpusError
from tutelage.core.languages import Direction
from tutelage.core.recipe import Recipe, ShotsSettings, TextSettings, TextsSettings
from tutelage.core.records import Pair
from tutelage.corpora.faults import count_tokens
from tutelage.corpora.held_back import USES
from tutelage.corpora.leakage import LeakageIndex
from tutelage.corpora.normalising import short_hash
from tutelage.corpora.texts import Text
from tutelage.students.shots import Shot, Shots

SPARE = 1
"""Drawn besides, for a text that is itself among the demonstrations."""


@dataclass(frozen=True, slots=True)
class ShotSource:
    """What demonstrations are drawn from, as a stage reads it."""

    texts: tuple[Text, ...]
    """One of each direction; the recipe may name none for it."""
    tests: tuple[Text, ...]
    """Their pairs are never shown."""
    count: int
    max_words: int
    in_training: bool
    seed: int

    def draw(self) -> Shots:
        """Demonstrations of every direction; CorpusError if a text has too few pairs for it."""
        pairs = chain.from_iterable(text.pairs() for text in self.tests)
        held_back = LeakageIndex.of((pair.id, side.text) for pair in pairs for side in (pair.source, pair.target))
        drawn = {text.direction: self._draw(text, held_back) for text in self.texts}
        return Shots(self.count, drawn, self.in_training)

    def _draw(self, text: Text, held_back: LeakageIndex) -> tuple[Shot, ...]:
        drawn = list[Shot]()
        for pair in self._shuffled(text):
            shot = Shot(pair.source.text.strip(), pair.target.text.strip())
            known = any(shot.source == other.source for other in drawn)
            if not known and _is_short(pair, self.max_words) and not _leaks(pair, held_back):
                drawn.append(shot)
            if len(drawn) == self.count + SPARE:
                break
        if len(drawn) < self.count:
            raise CorpusError(
                f"{counted(len(drawn), 'pair')} of {text.direction} can be shown as demonstrations, and "
                f"{counted(self.count, 'is', 'are')} asked for.",
                where="shots",
                fix="Give more text, or raise max_words; pairs that a test set holds are never shown.",
            )
        return tuple(drawn)

    def _shuffled(self, text: Text) -> list[Pair]:
        """In an order that depends on the seed and the pairs' ids alone."""
        pairs = text.pairs() if text.is_named else ()
        return sorted(pairs, key=lambda pair: short_hash(str(self.seed), pair.id))


def shot_source(recipe: Recipe, settings: ShotsSettings) -> ShotSource:
    """What the demonstrations of every direction are drawn from that the recipe asks for."""
    directions = asked_directions(recipe)
    return ShotSource(
        texts=tuple(Text("parallel", source_of_shots(recipe, settings, one), one) for one in directions),
        tests=tuple(_test_texts(recipe)),
        count=settings.count,
        max_words=settings.max_words,
        in_training=settings.in_training,
        seed=recipe.seed,
    )


def asked_directions(recipe: Recipe) -> tuple[Direction, ...]:
    """The recipe's own direction, if it has any text, and those of its steps, each once."""
    own = () if recipe.text == TextsSettings() else (recipe.direction.direction,)
    others = (direction for step in recipe.step for direction, _ in step.own_directions)
    return tuple(dict.fromkeys((*own, *others)))


def source_of_shots(recipe: Recipe, settings: ShotsSettings, direction: Direction) -> TextSettings | None:
    """The text that a direction's demonstrations come from: its own to train on, else the one that is named."""
    supervised = {direction: text for step in recipe.step for direction, text in step.own_parallel}
    if recipe.text.parallel is not None:
        supervised[recipe.direction.direction] = recipe.text.parallel
    return supervised.get(direction, settings.path)


def _is_short(pair: Pair, max_words: int) -> bool:
    lengths = [count_tokens(side.text, lang=side.lang) for side in (pair.source, pair.target)]
    return min(lengths) > 0 and max(lengths) <= max_words


def _leaks(pair: Pair, held_back: LeakageIndex) -> bool:
    return any(held_back.find(pair.id, side.text) is not None for side in (pair.source, pair.target))


def _test_texts(recipe: Recipe) -> Iterator[Text]:
    """Every test set, whatever its direction."""
    for use in USES:
        text = getattr(recipe.text, use)
        if text is not None:
            yield Text("test", text, recipe.direction.direction)
    for step in recipe.step:
        for direction, text in step.own_directions:
            if text is not None:
                yield Text("test", text, direction)
