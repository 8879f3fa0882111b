"""The stage `selected`: which of the flagged segments are trained on, in the order of their choice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tutelage.core.records import Feedback
from tutelage.core.signatures import content_key
from tutelage.methods.patching.rounds import Round
from tutelage.methods.patching.selection import Selected, make_candidate, select
from tutelage.storage.stages import StageTable


def selected_stage(work: Round, feedback: StageTable[Feedback], *, pool_segments: int) -> StageTable[Selected]:
    """The segments that the recipe's strategy takes within its budget."""
    settings, seed = work.settings.select, work.context.recipe.seed
    key = content_key("selected", 1, feedback.key, settings, pool_segments, seed)

    def produce() -> Iterator[Selected]:
        candidates = [make_candidate(item) for item in feedback if item.flagged]
        return select(candidates, settings, pool_segments=pool_segments, generator=np.random.default_rng(seed))

    return work.folder.table("selected", Selected, key=key, produce=produce)
