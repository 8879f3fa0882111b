"""Blind ratings as lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tutelage.cli.output import align
from tutelage.core.counts import counted
from tutelage.evaluation.rating.rubric import CRITERIA, OVERALL

if TYPE_CHECKING:
    from tutelage.core.evidence import Score
    from tutelage.evaluation.rating.agreement import Alpha
    from tutelage.evaluation.rating.summary import Drop, RatingSummary
    from tutelage.tasks.judge.folders import ExportedRating
    from tutelage.tasks.judge.questions import Judging

_LABELS = {**{criterion.name: criterion.label for criterion in CRITERIA}, OVERALL: OVERALL}


def render_exported(exported: ExportedRating) -> Iterator[str]:
    """What was written, and who gets it."""
    yield f"{counted(exported.items, 'item')}, {counted(exported.texts, 'text')} to rate"
    if exported.incomplete:
        yield f"{counted(exported.incomplete, 'source')} left out, for which some system has no output"
    yield from (str(file) for file in exported.files)
    yield f"{exported.key}: keep it from the raters"


def render_ratings(summary: RatingSummary) -> Iterator[str]:
    """Means, drops and agreement."""
    yield f"{counted(summary.items, 'item')}, 95 % intervals over items, scale 1 to 5"
    yield from (_rater(one.rater, one.given, one.missing) for one in summary.raters)
    yield ""
    yield from align([("system", *_LABELS.values()), *_means(summary)], right=range(1, len(_LABELS) + 1))
    yield ""
    yield from _drops(summary)
    yield ""
    yield from _agreement(summary)
    yield ""
    yield from dict.fromkeys(f"signature: {score.signature}" for one in summary.systems for score in one.scores)


def render_judging(judging: Judging) -> Iterator[str]:
    """How much the judge could be used, who won against whom, and where the ratings lie."""
    rated = f"{judging.rated:,} of {counted(judging.texts, 'text')}"
    yield f"judge {judging.rater}, {counted(judging.items, 'item')}: ratings of {rated}"
    yield from (f"  unusable: {one.stage} {one.reason}: {one.count:,}" for one in judging.rejections)
    if judging.pairs:
        yield f"usable verdicts on pairs: {judging.usable_verdicts:,} of {judging.verdicts:,}"
        yield ""
        yield from align(list(_pair_rows(judging)), right=range(2, 8))
        yield ""
        yield from dict.fromkeys(f"signature: {one.share_won.signature}" for one in judging.pairs if one.share_won)
    yield judging.sheet


def _rater(rater: str, given: int, missing: int) -> str:
    return f"rater {rater}: {counted(given, 'rating')}" + (f", {missing:,} missing" if missing else "")


def _means(summary: RatingSummary) -> Iterator[tuple[str, ...]]:
    for system in summary.systems:
        found = {score.name: score for score in system.scores}
        yield (system.system, *(_mean(found.get(name)) for name in _LABELS))


def _mean(score: Score | None) -> str:
    if score is None:
        return "–"
    return f"{score.value:.2f}" + _interval(score.low, score.high, decimals=2)


def _drops(summary: RatingSummary) -> Iterator[str]:
    if summary.baseline is None:
        yield "no drops: no system is called teacher; name another with --baseline"
        return
    yield f"drop behind {summary.baseline}, percent (paired; below 0: rated higher)"
    found: dict[str, dict[str, Drop]] = {}
    for drop in summary.drops:
        found.setdefault(drop.system, {})[drop.name] = drop
    rows = [
        (system, *(_drop(drops[name]) if name in drops else "–" for name in _LABELS)) for system, drops in found.items()
    ]
    yield from align([("system", *_LABELS.values()), *rows], right=range(1, len(_LABELS) + 1))


def _drop(drop: Drop) -> str:
    return _minus(f"{drop.value:+.1f}") + _interval(drop.low, drop.high, decimals=1)


def _agreement(summary: RatingSummary) -> Iterator[str]:
    if not summary.agreement:
        yield "no agreement: one rater alone"
        return
    rows = [(_LABELS[one.name], _alpha(one.ordinal), _alpha(one.interval)) for one in summary.agreement]
    yield from align([("Krippendorff's alpha", "ordinal", "interval"), *rows], right=range(1, 3))


def _alpha(alpha: Alpha) -> str:
    if alpha.value is None:
        return "undefined"
    return _minus(f"{alpha.value:.3f}") + _interval(alpha.low, alpha.high, decimals=3)


def _interval(low: float | None, high: float | None, *, decimals: int) -> str:
    return "" if low is None or high is None else _minus(f" [{low:.{decimals}f}, {high:.{decimals}f}]")


def _minus(text: str) -> str:
    return text.replace("-", "−")


def _pair_rows(judging: Judging) -> Iterator[tuple[str, ...]]:
    yield ("system", "against", "won, %", "better", "even", "worse", "by place", "unjudged")
    for pair in judging.pairs:
        counts = (pair.wins, pair.ties, pair.losses, pair.inconsistent, pair.unjudged)
        share = pair.share_won
        won = "–" if share is None else f"{share.value:.1f}" + _interval(share.low, share.high, decimals=1)
        yield (pair.first, pair.second, won, *(f"{count:,}" for count in counts))
