"""Metrics besides our own: what a recipe says of one, what it is asked about, and what an opened one can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from tutelage.core.settings import Count, Settings

Form = Literal["errors", "score"]


class MetricSettings(Settings):
    """A metric in an environment of its own, a program that speaks JSON Lines (docs/extending.md), or a teacher."""

    command: tuple[str, ...] = ()
    """The program and what comes before its arguments; without it, what `tutelage metrics add NAME` has installed."""
    model: str | None = None
    """Weights, by path or hub name; given to the program as `--model`. Without it, as the program chooses."""
    arguments: tuple[str, ...] = ()
    """More of what the program is given."""
    batch: Count = 64
    """Segments in one request to the program."""
    teacher: str | None = None
    """A chat teacher of the recipe that rates in place of a program, without references, within its budget."""
    asks: Form = "errors"
    """What that teacher is asked for: the `errors`, each of which takes off 1 (minor), 5 or 25 points (critical), 25 at
    most, as GEMBA-MQM; or a `score` from 0 to 100 as GEMBA-DA, which costs few tokens."""


@dataclass(frozen=True, slots=True)
class MetricSegment:
    """One translation to be scored."""

    source: str
    hypothesis: str
    reference: str
    source_language: str
    target_language: str


class SegmentMetric(Protocol):
    """A metric that gives each segment a score; a test set's is their mean."""

    @property
    def name(self) -> str:
        """As rules and tables call it."""

    @property
    def signature(self) -> str:
        """Name, model, version and licence of the weights."""

    @property
    def higher_is_better(self) -> bool:
        """Its direction."""

    @property
    def needs_reference(self) -> bool:
        """Whether a score depends on the reference."""

    def score(self, segments: Sequence[MetricSegment]) -> list[float]:
        """A score of each, in their order, not a number where it has none; MetricError if it fails as a whole."""
