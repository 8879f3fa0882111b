"""Filled sheets, checked against the key and turned into figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tutelage.core.errors import CorpusError, UsageError, did_you_mean
from tutelage.corpora.files import read_text
from tutelage.evaluation.rating.blinding import BlindSet
from tutelage.evaluation.rating.ratings import Rating, Sheet, find_conflicts, find_gaps, parse_sheet
from tutelage.evaluation.rating.summary import RatingSummary, summarise_ratings
from tutelage.tasks.judge.folders import read_key
from tutelage.tasks.judge.outputs import require_none

DEFAULT_BASELINE = "teacher"
MAX_SHEET_BYTES = 16_000_000
"""A rater fills in hundreds of lines, of some kilobytes at the very most."""


def import_ratings(
    folder: Path,
    sheets: Sequence[Path],
    *,
    baseline: str | None = None,
    allow_missing: float = 0.0,
    seed: int = 1,
    resamples: int = 1000,
) -> RatingSummary:
    """Means, drops behind the baseline, and agreement of the raters of an exported folder.

    The baseline is `teacher` if a system is called so, else none. `allow_missing` is the share of ratings that each
    rater may have left out. CorpusError with all problems and their lines.
    """
    blind = read_key(folder)
    chosen = _baseline(baseline, blind)
    ratings = read_ratings(sheets, blind=blind, allow_missing=allow_missing)
    return summarise_ratings(ratings, blind=blind, baseline=chosen, seed=seed, resamples=resamples)


def read_ratings(sheets: Sequence[Path], *, blind: BlindSet, allow_missing: float = 0.0) -> list[Rating]:
    """All ratings of the sheets; CorpusError with all problems and their lines."""
    if not sheets:
        raise UsageError("there are no ratings to import.", fix="Name the files that the raters sent.")
    read = [_read(path, blind) for path in sheets]
    ratings = [rating for sheet in read for rating in sheet.ratings]
    problems = [problem for sheet in read for problem in sheet.problems] + find_conflicts(read)
    if not problems:
        gaps = find_gaps(ratings, blind=blind, allowed=allow_missing)
        problems = [f"{gap}. Have them filled in, or allow a share with --allow-missing." for gap in gaps]
    require_none(problems, where=", ".join(map(str, sheets)))
    return ratings


def _read(path: Path, blind: BlindSet) -> Sheet:
    try:
        text = read_text(path, limit=MAX_SHEET_BYTES)
    except CorpusError as error:
        return Sheet((), (f"{error} A sheet is saved as CSV in UTF-8.",))
    sheet = parse_sheet(text, name=str(path), blind=blind)
    if not sheet.ratings and not sheet.problems:
        return Sheet((), (f"{path}: it has no line of ratings.",))
    return sheet


def _baseline(name: str | None, blind: BlindSet) -> str | None:
    if name is None:
        return DEFAULT_BASELINE if DEFAULT_BASELINE in blind.systems else None
    if name not in blind.systems:
        raise UsageError(f"no system is called '{name}'.", where="--baseline", fix=did_you_mean(name, blind.systems))
    return name
