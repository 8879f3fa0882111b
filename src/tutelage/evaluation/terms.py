"""Terms kept: the share of glossary terms in the sources whose translation is in the hypothesis, in any form."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tutelage.core.glossary.glossary import Glossary, Use
from tutelage.evaluation.significance import SegmentStatistics, score_share


def term_statistics(
    hypotheses: Sequence[str], *, sources: Sequence[str], glossary: Glossary
) -> tuple[SegmentStatistics, ...]:
    """Percent of the terms in the sources that are kept, and of those with a forbidden translation that has it.

    A source word with several translations is one term, kept by any of them; one that occurs twice in a segment counts
    once. Rows are (kept, terms) and (forbidden, terms) of the segments that have such a term; without any, no measure.
    """
    uses = [glossary.uses(source, hypothesis) for source, hypothesis in zip(sources, hypotheses, strict=True)]
    kept = [_count(row, lambda use: bool(use.occurrence.allowed), lambda use: use.is_kept) for row in uses]
    wrong = [_count(row, _may_be_forbidden, lambda use: bool(use.forbidden)) for row in uses]
    found = (
        _share("terms", kept, sources, glossary, higher_is_better=True),
        _share("forbidden_terms", wrong, sources, glossary, higher_is_better=False),
    )
    return tuple(one for one in found if one is not None)


def _may_be_forbidden(use: Use) -> bool:
    return any(term.forbidden for term in use.occurrence.terms)


def _count(uses: Sequence[Use], counts: Callable[[Use], bool], holds: Callable[[Use], bool]) -> tuple[float, float]:
    counted = [use for use in uses if counts(use)]
    return float(sum(map(holds, counted))), float(len(counted))


def _share(
    name: str,
    rows: Sequence[tuple[float, float]],
    sources: Sequence[str],
    glossary: Glossary,
    *,
    higher_is_better: bool,
) -> SegmentStatistics | None:
    found = {place: row for place, row in enumerate(rows) if row[1] > 0}
    if not found:
        return None
    return SegmentStatistics(
        name=name,
        rows=np.array(list(found.values())),
        score_sums=score_share,
        higher_is_better=higher_is_better,
        signature=f"{name}|{glossary.matching}|glossary:{glossary.key}",
        texts=tuple(sources[place] for place in found),
    )
