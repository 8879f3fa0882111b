"""The arms of the claim of economy: how the text is chosen that the teacher is asked about, and how much of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.claims.claim.arms import Arm
from benchmarks.claims.claim.run import step_folder
from tutelage.core.records import Segment
from tutelage.stages.selection.scores import count_tokens
from tutelage.storage.tables import read_table

FULL, CONTROL, PATCHING = "distil all", "distil random", "patching"
POINTS = (5, 10, 20, 40)
"""Per cent of what translating the whole pool costs; 100 is distilling all."""
STRATEGIES: Mapping[str, Mapping[str, Any]] = {
    "random": {"strategy": "random"},
    "confidence": {"strategy": "confidence"},
    "agreement": {"strategy": "agreement"},
    "coverage": {"strategy": "coverage"},
    "diversity": {"strategy": "diversity"},
    "confidence and coverage": {"strategy": ["confidence", "coverage"]},
    "pilot": {"strategy": ["confidence", "rarity", "length", "density", "coverage"], "pilot": 0.2},
}
SMALL_POINTS, SMALL_STRATEGIES = (20,), ("random", "confidence", "coverage")


def list_arms(*, small: bool = False) -> Iterator[Arm]:
    """All arms; what distilling all has read tells the others how many tokens they may ask about."""
    yield Arm(FULL, ())
    for point in SMALL_POINTS if small else POINTS:
        for name in SMALL_STRATEGIES if small else STRATEGIES:
            asked = (f"step.0.ask.{key}={json.dumps(value)}" for key, value in STRATEGIES[name].items())
            yield Arm(f"distil {name} {point}%", tuple(asked), FULL, str(point))
        yield Arm(f"{PATCHING} {point}%", (*_patching(), 'step.0.ask.strategy="random"'), FULL, str(point))
    yield Arm(f"{PATCHING} 100%", _patching())


def hold_tokens(arm: Arm, done: Mapping[str, Path]) -> Sequence[str]:
    """So many source tokens as the arm's per cent of the pool has."""
    pool = read_table(step_folder(done[arm.like]) / "pool.parquet", Segment)
    return [f"step.0.ask.tokens={max(1, round(int(arm.held) / 100 * sum(map(count_tokens, pool))))}"]


def _patching() -> tuple[str, ...]:
    return "step.0.method=patching", 'step.0.feedback={source="translated"}'
