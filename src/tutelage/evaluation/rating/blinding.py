"""Which texts are rated, and under which letter: drawn and shuffled by a seed, so that the systems stay hidden."""

from __future__ import annotations

import random
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tutelage.core.errors import CorpusError, UsageError
from tutelage.core.signatures import content_key

MAX_SYSTEMS = len(string.ascii_uppercase)


@dataclass(frozen=True, slots=True)
class SystemOutputs:
    """What several systems made of one source, by the systems' names."""

    id: str
    source: str
    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BlindText:
    """One text of an item; equal texts of several systems are one, rated once for all of them."""

    letter: str
    text: str
    systems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BlindItem:
    """A source and its texts, in the order of their letters."""

    number: int
    """From 1; what raters see instead of the id, which might tell something."""
    id: str
    source: str
    texts: tuple[BlindText, ...]

    def find_text(self, system: str) -> BlindText:
        """The text of a system."""
        return next(text for text in self.texts if system in text.systems)


@dataclass(frozen=True, slots=True)
class BlindSet:
    """All that is rated, and the key to it."""

    seed: int
    systems: tuple[str, ...]
    items: tuple[BlindItem, ...]
    incomplete: int = 0
    """Sources left out because some system has no output for them."""

    @property
    def fingerprint(self) -> str:
        """Equal if texts and letters are; tells nothing of the systems."""
        return content_key([(item.source, [(text.letter, text.text) for text in item.texts]) for item in self.items])

    @property
    def texts(self) -> int:
        """How many texts a rater reads."""
        return sum(len(item.texts) for item in self.items)


def blind_outputs(outputs: Sequence[SystemOutputs], *, items: int | None = None, seed: int = 1) -> BlindSet:
    """So many of the sources that every system has an output for (`None`: all), drawn and lettered by the seed.

    CorpusError if no source has an output of every system, UsageError for fewer than two or too many systems.
    """
    systems = tuple(sorted({name for one in outputs for name in one.outputs}))
    _check_systems(systems)
    complete = [one for one in outputs if len(one.outputs) == len(systems)]
    if not complete:
        raise CorpusError(
            f"no source has an output of every system ({', '.join(systems)}).",
            fix="Only such sources can be rated; check that the names are spelt alike on every line.",
        )
    ranked = sorted(complete, key=lambda one: content_key(seed, one.id))[:items]
    blinded = tuple(_letter(one, number, seed) for number, one in enumerate(ranked, start=1))
    return BlindSet(seed, systems, blinded, len(outputs) - len(complete))


def order_for_rater(blind: BlindSet, *, rater: str) -> list[tuple[BlindItem, list[BlindText]]]:
    """Items and their texts in an order of the rater's own, so that no place favours a system; letters stay."""
    generator = random.Random(f"{blind.seed}|{rater}")
    ordered = [(item, generator.sample(item.texts, len(item.texts))) for item in blind.items]
    generator.shuffle(ordered)
    return ordered


def fold(text: str) -> str:
    """The text by which two count as equal: white space does not matter."""
    return " ".join(text.split())


def _check_systems(systems: Sequence[str]) -> None:
    if len(systems) < 2:
        named = f"only one system ('{systems[0]}') has" if systems else "no system has"
        raise UsageError(f"{named} outputs.", fix="Blind rating compares two systems or more.")
    if len(systems) > MAX_SYSTEMS:
        raise UsageError(f"{len(systems)} systems are too many to be rated at once; {MAX_SYSTEMS} is the most.")


def _letter(one: SystemOutputs, number: int, seed: int) -> BlindItem:
    by_text: dict[str, list[str]] = {}
    for system in sorted(one.outputs):
        by_text.setdefault(fold(one.outputs[system]), []).append(system)
    shuffled = random.Random(f"{seed}|{one.id}").sample(list(by_text.values()), len(by_text))
    texts = (
        BlindText(letter, one.outputs[systems[0]], tuple(systems))
        for letter, systems in zip(string.ascii_uppercase, shuffled, strict=False)
    )
    return BlindItem(number, one.id, one.source, tuple(texts))
