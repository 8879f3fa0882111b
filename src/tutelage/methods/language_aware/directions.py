"""The direction registry of a step: every direction with its texts, supervised where one of them is to train on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tutelage.core.languages import Direction
from tutelage.core.recipe import Recipe, TextsSettings
from tutelage.corpora.texts import Texts
from tutelage.methods.language_aware.settings import LanguageAwareSettings, RegisteredDirection


@dataclass(frozen=True, slots=True)
class KnownDirection:
    """One direction: `texts` has a `parallel` text where it is supervised, and a `test` where it is measured."""

    direction: Direction
    test: str
    """Name of its test set: `domain` for the recipe's own direction, else such as `en-de`."""
    texts: Texts
    place: str
    """The table of the recipe that names it."""

    @property
    def name(self) -> str:
        """`en-de`."""
        return f"{self.direction.source}-{self.direction.target}"

    @property
    def is_supervised(self) -> bool:
        """Whether there is text to train on."""
        return self.texts.has("parallel")

    @property
    def is_measured(self) -> bool:
        """Whether there is text to measure on."""
        return self.texts.has("test")

    @property
    def group(self) -> str:
        """The average that its scores count into."""
        return "supervised" if self.is_supervised else "zero_shot"


def list_directions(settings: LanguageAwareSettings, recipe: Recipe) -> tuple[KnownDirection, ...]:
    """The recipe's own direction, if it has a text to train or to measure on, and then the step's."""
    own = recipe.direction.direction
    texts = TextsSettings(parallel=recipe.text.parallel, test=recipe.text.test)
    first = (KnownDirection(own, "domain", Texts(texts, own), "direction"),) if texts != TextsSettings() else ()
    registered = (_known(one, f"directions.{number}") for number, one in enumerate(settings.directions))
    return (*first, *registered)


def zero_shot_directions(directions: Sequence[KnownDirection]) -> tuple[Direction, ...]:
    """Those without text to train on."""
    return tuple(one.direction for one in directions if not one.is_supervised)


def supervised_directions(directions: Sequence[KnownDirection]) -> tuple[Direction, ...]:
    """Those with text to train on."""
    return tuple(one.direction for one in directions if one.is_supervised)


def languages_of(directions: Sequence[KnownDirection]) -> tuple[str, ...]:
    """Every language of the registry, each once, sorted."""
    return tuple(sorted({lang for one in directions for lang in (one.direction.source, one.direction.target)}))


def _known(registered: RegisteredDirection, place: str) -> KnownDirection:
    texts = TextsSettings(parallel=registered.limited, test=registered.test)
    return KnownDirection(registered.direction, registered.name, Texts(texts, registered.direction), place)
