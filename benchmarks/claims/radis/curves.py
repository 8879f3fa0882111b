"""Translation against drift over several rates: a lower rate alone forgets less, so arms are held curve to curve.

Where an arm has moved as far from the backbone as plain fine-tuning would at some rate between those that were tried,
plain fine-tuning's chrF there is read off the line between its two nearest points; the backbone is its first one, at
drift 0. What an arm translates better than that line is its own doing.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet

from benchmarks.claims.claim.plot import Family, Point
from benchmarks.claims.claim.run import step_folder
from benchmarks.claims.claim.scores import RESAMPLES, Resampled
from tutelage.evaluation.retention.drift import AnswerDrift

LEAST = 3
"""Places that make a curve."""
Nats = Mapping[str, AnswerDrift]
"""By the question's id."""


@dataclass(frozen=True, slots=True)
class Place:
    """An arm on the plane of the two."""

    name: str
    chrf: Resampled
    drift: Resampled


def read_drift(folder: Path) -> Nats:
    """What a run's student has moved on each answer."""
    table = step_folder(folder) / "tests" / "drift.parquet"
    rows = pyarrow.parquet.read_table(table).to_pylist()  # of older runs, which did not tell ends apart, too
    return {row["id"]: AnswerDrift(**row) for row in rows}


def resample_ends(seeds: Sequence[Nats]) -> Resampled | None:
    """Nats at each end of an answer, a mean over the seeds; None where no run told ends apart."""
    ended = [{name: one for name, one in seed.items() if one.end_nats is not None} for seed in seeds]
    if not all(ended):
        return None
    at_ends = [{name: AnswerDrift(name, one.end_nats or 0.0, 1) for name, one in seed.items()} for seed in ended]
    return resample_drift(at_ends)


def resample_elsewhere(seeds: Sequence[Nats]) -> Resampled | None:
    """Nats a token apart from the ends of answers; None where no run told them apart."""
    if resample_ends(seeds) is None:
        return None
    return resample_drift([{name: _without_end(one) for name, one in seed.items()} for seed in seeds])


def _without_end(one: AnswerDrift) -> AnswerDrift:
    if one.end_nats is None:
        return one
    return AnswerDrift(one.id, one.nats - one.end_nats, one.tokens - 1)


def resample_drift(seeds: Sequence[Nats]) -> Resampled:
    """Nats a token, a mean over the seeds; the same questions make the same draws in every arm."""
    order = list(seeds[0])
    generator = np.random.default_rng(zlib.crc32("\n".join(order).encode()))
    counts = generator.multinomial(len(order), [1 / len(order)] * len(order), size=RESAMPLES)
    each = [_nats_a_token(one, order, counts) for one in seeds]
    means = np.mean(each, axis=0)
    return Resampled(float(means[0]), means[1:])


def no_drift() -> Resampled:
    """Of the backbone itself."""
    return Resampled(0.0, np.zeros(RESAMPLES))


def above_curve(place: Place, curve: Sequence[Place]) -> Resampled | None:
    """ChrF of a place less that of the curve at the same drift; None where that cannot be told.

    A curve has the backbone and two rates at least: one rate makes a straight line, and plain fine-tuning at those
    between may be far above it. It must reach as far as the place.
    In each resample all have the drift and the chrF that they have there; a place beyond the curve in it is held to the
    curve's nearer end.
    """
    drifts, scores = (np.array([one.value for one in some]) for some in _ordinates(curve))
    if not (len(curve) >= LEAST and drifts.min() <= place.drift.value <= drifts.max()):
        return None
    rows = [np.stack([one.resamples for one in some], axis=1) for some in _ordinates(curve)]
    read = [_read_off(*row) for row in zip(place.drift.resamples, *rows, strict=True)]
    return place.chrf.minus(Resampled(_read_off(place.drift.value, drifts, scores), np.array(read)))


def _ordinates(curve: Sequence[Place]) -> tuple[list[Resampled], list[Resampled]]:
    return [one.drift for one in curve], [one.chrf for one in curve]


def _read_off(drift: float, drifts: np.ndarray[Any, Any], scores: np.ndarray[Any, Any]) -> float:
    order = np.argsort(drifts)
    return float(np.interp(drift, drifts[order], scores[order]))


def draw_curves(families: Mapping[str, Sequence[Place]]) -> Iterator[Family]:
    """What a plot joins: the places of each family from the least drift to the most."""
    for name, places in families.items():
        yield Family(name, [_point(one) for one in sorted(places, key=lambda one: one.drift.value)])


def _nats_a_token(nats: Nats, order: Sequence[str], counts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Of the questions as they are, then in each resample of them."""
    rows = np.array([[nats[one].nats, nats[one].tokens] for one in order])
    sums = np.concatenate([rows.sum(axis=0, keepdims=True), counts @ rows])
    means: np.ndarray[Any, Any] = sums[:, 0] / sums[:, 1]
    return means


def _point(place: Place) -> Point:
    return Point(place.drift.value, place.chrf.value, place.drift.ends, place.chrf.ends)
