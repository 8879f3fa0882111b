"""Shares of outputs that are off-target, not to be told, echoes of their sources, or empty; of all lower is better."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from tutelage.core.languages import Direction
from tutelage.core.protocols import LanguageIdentifier
from tutelage.evaluation.off_target.failures import ECHO_WORDS, is_echo, is_empty, is_translation
from tutelage.evaluation.off_target.judging import JudgedOutput, Mode
from tutelage.evaluation.significance import Floats, SegmentStatistics, score_share


def off_target_statistics(
    judged: Sequence[JudgedOutput], *, identifier: LanguageIdentifier, mode: Mode = "strict"
) -> SegmentStatistics:
    """Percent of the outputs that are off-target."""
    found = (output.is_off_target for output in judged)
    return _share("off_target", found, signature=f"off-target|mode:{mode}|lid:{identifier.signature}")


def told_statistics(
    judged: Sequence[JudgedOutput], *, identifier: LanguageIdentifier, mode: Mode = "strict"
) -> tuple[SegmentStatistics, ...]:
    """What the off-target ratio hides: the percent off-target of the outputs that could be told, and that could not.

    None in `paper` mode, in which everything is told. The ratio of the told is 0 if nothing could be told.
    """
    if mode == "paper":
        return ()
    unknown = [output.judgement == "unknown" for output in judged]
    told = np.array([(float(one.is_off_target), float(not out)) for one, out in zip(judged, unknown, strict=True)])
    signature = f"mode:{mode}|lid:{identifier.signature}"
    return (
        SegmentStatistics("off_target_told", told, _share_of_told, False, f"off-target|of:told|{signature}"),
        _share("unknown", unknown, signature=f"unknown|{signature}"),
    )


def echo_statistics(
    hypotheses: Sequence[str], *, sources: Sequence[str], references: Sequence[str], directions: Sequence[Direction]
) -> SegmentStatistics | None:
    """Percent of the translations that copy the source and should not; `None` if nothing is translated."""
    rows = zip(hypotheses, sources, references, directions, strict=True)
    measured = [row for row in rows if is_translation(row[3])]
    if not measured:
        return None
    found = (is_echo(text, source=source, reference=ref, direction=way) for text, source, ref, way in measured)
    share = _share("echo", found, signature=f"echo|words:{ECHO_WORDS + 1}+")
    return replace(share, texts=tuple(source for _, source, _, _ in measured))


def empty_statistics(hypotheses: Sequence[str]) -> SegmentStatistics:
    """Percent of the outputs that are empty."""
    return _share("empty", map(is_empty, hypotheses), signature="empty")


def _share(name: str, found: Iterable[bool], *, signature: str) -> SegmentStatistics:
    rows = np.array([(float(one), 1.0) for one in found])
    return SegmentStatistics(name, rows, score_share, higher_is_better=False, signature=signature)


def _share_of_told(sums: Floats) -> Floats:
    shares: Floats = np.divide(100.0 * sums[:, 0], sums[:, 1], out=np.zeros(len(sums)), where=sums[:, 1] > 0)
    return shares
