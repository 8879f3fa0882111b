"""How well a teacher finds errors: precision, recall and F1 of its feedback on text with planted errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tutelage.core.errors import CorpusError
from tutelage.core.evidence import Score
from tutelage.core.records import ErrorSpan, Feedback
from tutelage.evaluation.planted_errors import PlantedText
from tutelage.evaluation.significance import Floats, SegmentStatistics, score_each

SEGMENT, SPAN_OVERLAP, SPAN_IOU = "segments", "spans, overlap", "spans, IoU ≥ 0.5"
MIN_IOU = 0.5
"""Shared characters for all characters of two spans."""

Touches = Callable[[range, range], bool]


@dataclass(frozen=True, slots=True)
class LevelScores:
    """Precision, recall and F1 on one level, in percent; a figure whose denominator is 0 is left out."""

    level: str
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class KindScores:
    """How many planted errors of one kind were found: their segments flagged, and their spans touched."""

    kind: str
    errors: int
    flagged: Score
    touched: Score


@dataclass(frozen=True, slots=True)
class Detection:
    """What a teacher's feedback found of planted errors."""

    texts: int
    """Texts with feedback."""
    damaged: int
    """Of them, those with planted errors."""
    errors: int
    unanswered: int
    """Texts without feedback, left out of every figure."""
    levels: tuple[LevelScores, ...]
    kinds: tuple[KindScores, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    text: PlantedText
    feedback: Feedback


def measure_detection(
    planted: Sequence[PlantedText], feedbacks: Mapping[str, Feedback], *, seed: int = 1, resamples: int = 1000
) -> Detection:
    """Every figure with its 95 % interval; feedback is by segment id. CorpusError if no text has feedback.

    Segments: flagged or not, against damaged or not. Spans: a teacher's span is right where it touches a planted one,
    a planted one found where a teacher's touches it; by one character, or by half of the characters that either
    covers. Nothing can touch an empty span, so it counts as reaching to the letters beside it.
    """
    judged = [_Judged(text, feedbacks[text.id]) for text in planted if text.id in feedbacks]
    if not judged:
        raise CorpusError("no text with planted errors has feedback.", fix="See the rejections for the reasons.")
    return Detection(
        texts=len(judged),
        damaged=sum(bool(one.text.errors) for one in judged),
        errors=sum(len(one.text.errors) for one in judged),
        unanswered=len(planted) - len(judged),
        levels=(
            LevelScores(SEGMENT, _segment_scores(judged, seed, resamples)),
            LevelScores(SPAN_OVERLAP, _span_scores(judged, _overlap, "overlap", seed, resamples)),
            LevelScores(SPAN_IOU, _span_scores(judged, _share_half, f"iou:{MIN_IOU:g}", seed, resamples)),
        ),
        kinds=tuple(_kind_scores(judged, kind, seed, resamples) for kind in _kinds(judged)),
    )


def reach(text: str, span: ErrorSpan) -> range:
    """The characters of the target span; an empty one reaches over the space to the characters on both sides."""
    start, end = span.target_start, span.target_end
    if start < end:
        return range(start, end)
    before, after = len(text[:start].rstrip()), len(text) - len(text[end:].lstrip())
    return range(max(0, before - 1), min(len(text), after + 1))


def _segment_scores(judged: Sequence[_Judged], seed: int, resamples: int) -> tuple[Score, ...]:
    """Rows of (true, false positives; false, true negatives)."""
    cells = {(True, True): 0, (False, True): 1, (True, False): 2, (False, False): 3}
    rows = np.eye(4)[[cells[bool(one.text.errors), one.feedback.flagged] for one in judged]]
    shares = {
        "precision": lambda s: _percent(s[:, 0], s[:, 0] + s[:, 1]),
        "recall": lambda s: _percent(s[:, 0], s[:, 0] + s[:, 2]),
        "f1": lambda s: _percent(2 * s[:, 0], 2 * s[:, 0] + s[:, 1] + s[:, 2]),
        "false_alarms": lambda s: _percent(s[:, 1], s[:, 1] + s[:, 3]),
    }
    return _scores(rows, shares, "detection|level:segment", seed, resamples)


def _span_scores(
    judged: Sequence[_Judged], touches: Touches, name: str, seed: int, resamples: int
) -> tuple[Score, ...]:
    """Rows of (right spans, given spans; found errors, planted errors)."""
    rows = np.array([_span_row(one, touches) for one in judged], dtype=np.float64)
    shares = {
        "precision": lambda s: _percent(s[:, 0], s[:, 1]),
        "recall": lambda s: _percent(s[:, 2], s[:, 3]),
        "f1": lambda s: _harmonic(_percent(s[:, 0], s[:, 1]), _percent(s[:, 2], s[:, 3])),
    }
    return _scores(rows, shares, f"detection|level:span|match:{name}", seed, resamples)


def _span_row(one: _Judged, touches: Touches) -> tuple[int, int, int, int]:
    planted = [reach(one.text.hypothesis.text, error.span) for error in one.text.errors]
    given = _given(one)
    right = sum(any(touches(span, truth) for truth in planted) for span in given)
    found = sum(any(touches(span, truth) for span in given) for truth in planted)
    return right, len(given), found, len(planted)


def _kind_scores(judged: Sequence[_Judged], kind: str, seed: int, resamples: int) -> KindScores:
    """Rows of (found, planted) in the texts with an error of the kind."""
    flagged, touched = [], []
    for one in judged:
        errors = [error for error in one.text.errors if error.kind == kind]
        if errors:
            spans = [reach(one.text.hypothesis.text, error.span) for error in errors]
            flagged.append((one.feedback.flagged * len(errors), len(errors)))
            touched.append((sum(any(_overlap(span, g) for g in _given(one)) for span in spans), len(errors)))
    recall = {"recall": lambda s: _percent(s[:, 0], s[:, 1])}
    (by_segment,), (by_span,) = (
        _scores(np.array(rows, dtype=np.float64), recall, f"detection|level:{level}|kind:{kind}", seed, resamples)
        for level, rows in (("segment", flagged), ("span|match:overlap", touched))
    )
    return KindScores(kind, sum(count for _, count in flagged), by_segment, by_span)


def _given(one: _Judged) -> list[range]:
    return [reach(one.text.hypothesis.text, span) for span in one.feedback.errors]


def _kinds(judged: Sequence[_Judged]) -> list[str]:
    return sorted({error.kind for one in judged for error in one.text.errors})


def _overlap(span: range, other: range) -> bool:
    return max(span.start, other.start) < min(span.stop, other.stop)


def _share_half(span: range, other: range) -> bool:
    shared = min(span.stop, other.stop) - max(span.start, other.start)
    return shared > 0 and shared / (len(span) + len(other) - shared) >= MIN_IOU


def _scores(
    rows: Floats, shares: Mapping[str, Callable[[Floats], Floats]], signature: str, seed: int, resamples: int
) -> tuple[Score, ...]:
    statistics = (
        SegmentStatistics(name, rows, _defined_elsewhere(share), name != "false_alarms", f"{signature}|{name}")
        for name, share in shares.items()
        if not np.isnan(share(rows.sum(axis=0, keepdims=True))[0])
    )
    return score_each(statistics, seed=seed, resamples=resamples)


def _defined_elsewhere(share: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    """The share with 0 in resamples that draw nothing to take it of."""
    return lambda sums: np.nan_to_num(share(sums), nan=0.0)


def _percent(part: Floats, whole: Floats) -> Floats:
    """NaN if there is nothing to take a share of."""
    shares: Floats = np.divide(100.0 * part, whole, out=np.full_like(part, np.nan), where=whole > 0)
    return shares


def _harmonic(precision: Floats, recall: Floats) -> Floats:
    means: Floats = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return means
