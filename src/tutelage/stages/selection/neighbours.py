"""Where a segment lies among the others by its meaning: in which group, how typical of it, and how densely.

Memory does not grow with the pool: centres (spherical k-means, Dhillon and Modha 2001) and points are those of a
sample, and vectors are kept only while their segment is looked at.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, tee

import numpy as np
from numpy.typing import NDArray

from tutelage.core.records import Segment
from tutelage.core.stage import Stage, Work
from tutelage.corpora.normalising import short_hash
from tutelage.embeddings.opening import NamedEmbedder
from tutelage.storage.stages import StageTable

Vectors = NDArray[np.float32]

SAMPLE = 20_000
"""Segments, about, that the groups are found among."""
MOST_GROUPS = 256
"""In a smaller pool the square root of its segments."""
POINTS = 2_048
"""Of the sample, against which density is measured."""
NEAREST = 10
"""Points whose mean cosine is the density."""
_ITERATIONS = 10
_CHUNK = 512
"""Segments embedded at once."""


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Where a segment lies."""

    id: str
    group: int
    typical: float
    """Cosine with the centre of its group."""
    density: float
    """Mean cosine with the nearest points, itself not among them."""


@dataclass(frozen=True, slots=True)
class NeighboursInputs:
    """What is embedded, and by which model."""

    pool: StageTable[Segment]
    embedder: str
    seed: int


def measure_neighbours(inputs: NeighboursInputs, work: Work) -> Iterator[Neighbourhood]:
    """Every segment of the pool, in its order."""
    work.progress.start("embeds", total=inputs.pool.rows)
    work.progress.advance(len(work.done))
    embedder = NamedEmbedder(inputs.embedder)
    sample = list(draw_sample(inputs.pool, rows=inputs.pool.rows, seed=inputs.seed))
    began = time.monotonic()
    vectors = _embed([one.text for one in sample], embedder)
    row_seconds = (time.monotonic() - began) / max(1, len(sample))
    groups = max(1, min(MOST_GROUPS, math.isqrt(inputs.pool.rows)))
    centres = find_centres(vectors, groups=groups, seed=inputs.seed)
    points = {one.id: place for place, one in enumerate(sample[:POINTS])}
    todo, read = tee(one for one in inputs.pool if one.id not in work.done)
    with work.runner.open(Location(embedder, centres, vectors[:POINTS]), row_seconds=row_seconds) as locate:
        for segment, place in zip(todo, locate((one.text, points.get(one.id)) for one in read), strict=True):
            yield Neighbourhood(segment.id, *place)
            work.progress.advance()
    work.progress.finish()


@dataclass(frozen=True, slots=True)
class Location:
    """The place of texts among the others, as work on rows."""

    embedder: NamedEmbedder
    centres: Vectors
    points: Vectors

    @contextmanager
    def open(self) -> Iterator[OpenLocation]:
        """The embedder is loaded with the first text."""
        yield OpenLocation(self)


@dataclass(frozen=True, slots=True)
class OpenLocation:
    """Texts are embedded a window at a time, and the vectors let go."""

    location: Location

    @property
    def figures(self) -> Mapping[str, float]:
        """An embedder costs nothing."""
        return {}

    def __call__(self, rows: Iterable[tuple[str, int | None]]) -> Iterator[tuple[int, float, float]]:
        """Group, cosine with its centre and density of each text; with it comes which of the points it is itself."""
        remaining = iter(rows)
        while chunk := list(islice(remaining, _CHUNK)):
            found = self.location.embedder.embed([text for text, _ in chunk])
            near = found @ self.location.centres.T
            dense = measure_density(found, self.location.points, own=[place for _, place in chunk])
            for cosines, density in zip(near, dense, strict=True):
                yield int(cosines.argmax()), float(cosines.max()), float(density)


def draw_sample(pool: Iterable[Segment], *, rows: int, seed: int, most: int = SAMPLE) -> Iterator[Segment]:
    """About `most` of the segments, by a hash of their ids; all of them if there are no more."""
    return (one for one in pool if rows <= most or short_hash(f"sample-{seed}", one.id) / 2**64 < most / rows)


def find_centres(vectors: Vectors, *, groups: int, seed: int) -> Vectors:
    """Unit vectors [G, D] of the groups of unit vectors [N, D], G at most `groups`: each vector is near one of them."""
    generator = np.random.default_rng(seed)
    centres = _spread(vectors, groups=groups, generator=generator)
    for _ in range(_ITERATIONS):
        nearest = (vectors @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, vectors)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(lengths > 0, sums / np.maximum(lengths, 1e-12), centres)
    return centres


def _spread(vectors: Vectors, *, groups: int, generator: np.random.Generator) -> Vectors:
    """Vectors to begin with, far from one another (k-means++, Arthur and Vassilvitskii 2007)."""
    chosen = [int(generator.integers(len(vectors)))]
    far = np.full(len(vectors), np.inf)
    while len(chosen) < groups:
        far = np.minimum(far, np.maximum(1 - vectors @ vectors[chosen[-1]], 0))
        far[chosen] = 0
        if not far.sum():
            break  # the rest are copies
        chosen.append(int(generator.choice(len(vectors), p=far / far.sum())))
    return vectors[chosen].copy()


def measure_density(vectors: Vectors, points: Vectors, *, own: Sequence[int | None]) -> NDArray[np.float64]:
    """Of each vector [N] the mean cosine with its nearest points; `own` is which of the points it is itself."""
    cosines = (vectors @ points.T).astype(np.float64)
    for row, place in enumerate(own):
        if place is not None:
            cosines[row, place] = -np.inf
    nearest = min(NEAREST, max(1, len(points) - 1))
    found = np.partition(cosines, -nearest, axis=1)[:, -nearest:].mean(axis=1)
    return np.where(np.isfinite(found), found, 0.0)


def turns(places: Iterable[Neighbourhood]) -> Iterator[float]:
    """So that groups take turns, the most typical of each first: minus how many of its group come before a segment."""
    found = np.fromiter(
        ((one.group, one.typical) for one in places), dtype=[("group", np.int32), ("typical", np.float64)]
    )
    order = np.lexsort((-found["typical"], found["group"]))
    sorted_groups = found["group"][order]
    begins = np.searchsorted(sorted_groups, sorted_groups)
    scores = np.empty(len(order))
    scores[order] = begins - np.arange(len(order))
    return (float(one) for one in scores)


def _embed(texts: Sequence[str], embedder: NamedEmbedder) -> Vectors:
    parts = [embedder.embed(texts[at : at + _CHUNK]) for at in range(0, len(texts), _CHUNK)]
    return np.concatenate(parts) if parts else np.zeros((0, 1), dtype=np.float32)


NEIGHBOURS = Stage("neighbours", 1, Neighbourhood, measure_neighbours, resumes=True)
