"""The texts that must not be trained on: what of a pool a test set holds too is dropped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

from tutelage.core.records import Pair, Rejection, Segment
from tutelage.core.signatures import content_key
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

    def sift(self, items: Iterable[Item | Rejection], *, stage: str) -> Iterator[Item | Rejection]:
        """The items that none of them holds, and a rejection for each other; rejections pass."""
        index = self.index()
        for item in items:
            source = item.source if isinstance(item, Pair) else item
            if isinstance(source, Rejection) or index.find(item.id, source.text) is None:
                yield item
            else:
                yield Rejection(item.id, stage, LEAKED, raw=source.text, provenance=item.provenance)
