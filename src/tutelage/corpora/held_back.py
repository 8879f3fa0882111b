"""The texts that must not be trained on: what of a pool a test set holds too is dropped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

from tutelage.core.records import Pair, Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.corpora.faults import Side, sides_of
from tutelage.corpora.leakage import LeakageIndex
from tutelage.corpora.texts import Text, Texts

USES = ("test", "general", "dev", "general_dev")
LEAKED = "in_test_set"

Item = TypeVar("Item", Pair, Segment)


@dataclass(frozen=True, slots=True)
class HeldBack:
    """The texts of a recipe that are measured on, as a stage reads them."""

    texts: tuple[Text, ...]

    @classmethod
    def of(cls, texts: Texts) -> HeldBack:
        """Those that the recipe names."""
        return cls(tuple(texts.text(use) for use in USES if texts.has(use)))

    @property
    def key(self) -> str:
        """Of all of them."""
        return content_key([(text.use, text.key) for text in self.texts])

    def index(self) -> LeakageIndex:
        """Finds text that one of them holds too."""
        segments = chain.from_iterable(text.sources() for text in self.texts)
        return LeakageIndex.of((segment.id, segment.text) for segment in segments)

    def read(self, *, stage: str) -> HeldText:
        """What they hold, for a stage that sifts by it."""
        return HeldText(self.index(), stage)

    def read_both_sides(self, *, stage: str) -> HeldText:
        """What they and their references hold: one may be another direction's source."""
        pairs = chain.from_iterable(text.pairs() for text in self.texts)
        both = ((pair.id, side.text) for pair in pairs for side in (pair.source, pair.target))
        return HeldText(LeakageIndex.of(both), stage, both_sides=True)


@dataclass(frozen=True, slots=True)
class HeldText:
    """What must not be trained on, as it is looked for; it can be pickled."""

    index: LeakageIndex
    stage: str
    """Whose rejections tell what it holds."""
    both_sides: bool = False
    """Whether the target of a pair is looked for too."""

    def holds(self, sides: Sequence[Side]) -> bool:
        """Whether it has the source of a row, or also its target, exactly or nearly."""
        return any(self.index.find("", text) is not None for text, _ in self._looked_at(sides))

    def sift(self, items: Iterable[Item | Rejection]) -> Iterator[Item | Rejection]:
        """The items that it does not hold, and a rejection for each other; rejections pass."""
        for item in items:
            yield self.rejection(item) if not isinstance(item, Rejection) and self.holds(sides_of(item)) else item

    def rejection(self, item: Pair | Segment) -> Rejection:
        """Of an item that it holds."""
        raw = "\t".join([text for text, _ in self._looked_at(sides_of(item))])
        return Rejection(item.id, self.stage, LEAKED, raw=raw, provenance=item.provenance)

    def _looked_at(self, sides: Sequence[Side]) -> Sequence[Side]:
        return sides if self.both_sides else sides[:1]
