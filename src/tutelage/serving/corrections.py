"""What people correct: looked at for what would poison a student, and kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tutelage.core.languages import Direction
from tutelage.core.protection.comparison import missing_spans, spans_kept
from tutelage.core.protection.spans import ALL, PLACEHOLDERS, Protection
from tutelage.corpora.paths import CorpusPath
from tutelage.corpora.reading import Reading, read_pairs
from tutelage.labelling.roles.orders import find_order
from tutelage.labelling.roles.plausibility import UNRELATED_TO_HYPOTHESIS, find_doubt
from tutelage.serving.likelihood import Likelihood
from tutelage.storage.feedback.store import Correction, FeedbackStore, Kept
from tutelage.teachers.comparing.agreement import normalise

ORDER = "carries_an_order"
CHANGED = "changes_protected_spans"
DISORDERED = "words_in_disorder"
FROM_FILE = "file"
"""The student of a draft that came in a file."""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the corrections of a file."""

    accepted: int
    held: int
    known: int


def find_correction_doubt(
    source: str,
    correction: str,
    *,
    output: str,
    direction: Direction,
    protection: Protection = ALL,
    likelihood: Likelihood | None = None,
) -> str:
    """Why a person should look at the correction first; empty if nothing speaks against it.

    An order to a model in either text, placeholders, markup, addresses or numbers that are not the source's, another
    language, and what cannot be a translation: empty, a copy, far too long or short, its words in disorder, unrelated
    to the student's output by its letters and, if its `likelihood` is known, to its source by that too.
    """
    if find_order(correction) is not None or find_order(source) is not None:
        return ORDER
    if _changes_spans(source, correction, protection):
        return CHANGED
    doubt = find_doubt(source, correction, hypothesis=output, direction=direction) or ""
    if likelihood is None or doubt not in ("", UNRELATED_TO_HYPOTHESIS):
        return doubt
    if likelihood.is_disordered and normalise(correction) not in (normalise(output), normalise(source)):
        return DISORDERED
    return doubt if likelihood.is_unrelated else ""


def _changes_spans(source: str, correction: str, protection: Protection) -> bool:
    return bool(
        not spans_kept(source, correction, PLACEHOLDERS)
        or missing_spans(source, correction, protection)
        or missing_spans(correction, source, protection)
    )


def keep_correction(
    store: FeedbackStore,
    correction: Correction,
    *,
    protection: Protection = ALL,
    likelihood: Likelihood | None = None,
) -> Kept:
    """Look at a correction and keep it; on the disk when this returns."""
    doubt = find_correction_doubt(
        correction.source,
        correction.correction,
        output=correction.output,
        direction=correction.direction,
        protection=protection,
        likelihood=likelihood,
    )
    return store.add(correction, doubt=doubt)


def add_file(store: FeedbackStore, path: CorpusPath, *, direction: Direction, reading: Reading, who: str = "") -> Added:
    """Keep every pair of a file as a correction of its draft, or of nothing; CorpusError if it does not parse."""
    found: Counter[str] = Counter()
    for pair in read_pairs(path, direction=direction, reading=reading):
        correction = Correction(
            direction, pair.source.text, pair.draft or "", pair.target.text, FROM_FILE if pair.draft else "", who
        )
        kept = keep_correction(store, correction)
        found[kept.state if kept.new else "known"] += 1
    return Added(found["accepted"], found["held"], found["known"])
