"""How much text a recipe has, counted once for each text and only if somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from tutelage.core.languages import Direction
from tutelage.core.recipe import Recipe, TextSettings, TextsSettings
from tutelage.core.records import Segment
from tutelage.corpora.texts import Texts

BYTES_PER_TOKEN = 4
"""Of UTF-8: what large vocabularies average on English; other languages come to a little less, or, with three bytes a
letter, to more."""


@dataclass(frozen=True, slots=True)
class TextSize:
    """The source side of a text."""

    segments: int = 0
    words: int = 0
    tokens: int = 0
    """Of a large model, about."""

    @property
    def words_per_segment(self) -> float:
        """0 for no text."""
        return self.words / max(self.segments, 1)

    @property
    def tokens_per_segment(self) -> float:
        """0 for no text."""
        return self.tokens / max(self.segments, 1)

    def __add__(self, other: TextSize) -> TextSize:
        return TextSize(self.segments + other.segments, self.words + other.words, self.tokens + other.tokens)

    def part(self, share: float) -> TextSize:
        """So much of it."""
        return TextSize(round(share * self.segments), round(share * self.words), round(share * self.tokens))


MONOLINGUAL = ("pool", "sentences", "rehearsal")
"""Uses of which only the source side is read."""


class TextSizes:
    """The sizes of a recipe's texts; what cannot be read is a UserError."""

    def __init__(self, recipe: Recipe, *, known: Mapping[str, TextSize] | None = None) -> None:
        """`known` are sizes by use that are not counted again."""
        self._recipe, self._known = recipe, dict(known or {})
        self._named: dict[str, TextSize] = {}

    def with_pool(self, size: TextSize) -> TextSizes:
        """The same sizes, but for the pool's."""
        return TextSizes(self._recipe, known={**self._known, "pool": size})

    def of(self, use: str) -> TextSize:
        """Of a text by its use; nothing for one that the recipe does not name."""
        if use not in self._known:
            text: TextSettings | None = getattr(self._recipe.text, use)
            monolingual = use in MONOLINGUAL or self._recipe.direction.direction.is_paraphrase
            self._known[use] = self.named(text, self._recipe.direction.direction, monolingual=monolingual)
        return self._known[use]

    def named(self, text: TextSettings | None, direction: Direction, *, monolingual: bool = False) -> TextSize:
        """Of parallel text in a direction, or of its source side alone."""
        if text is None:
            return TextSize()
        key = f"{text!r} {direction} {monolingual}"
        if key not in self._named:
            whole = text.model_copy(update={"limit": None})
            texts = Texts(TextsSettings(parallel=whole), direction)
            segments = texts.segments("parallel") if monolingual else (p.source for p in texts.pairs("parallel"))
            # which segments a limit draws is not asked: so many of the first are as long
            self._named[key] = measure_text(islice(segments, text.limit))
        return self._named[key]


def measure_text(segments: Iterable[Segment]) -> TextSize:
    """Blank segments are not counted."""
    count = words = size = 0
    for segment in segments:
        found = len(segment.text.split())
        count, words, size = count + (found > 0), words + found, size + len(segment.text.encode(errors="replace"))
    return TextSize(count, words, round(size / BYTES_PER_TOKEN))
