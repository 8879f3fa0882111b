"""The arms of the claim of learning: the same answers of the teacher, learned in different ways."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.claims.claim.arms import Arm

PLAIN = "plain"
"""Likelihood of the post-edits alone, which every other arm is compared with."""
CORRECTIONS = {
    "corrected tokens twice": ("corrected_weight=2.0",),
    "unlikely wrong tokens": ('contrast="unlikelihood"',),
    "cpo": ('contrast="cpo"',),
    "simpo": ('contrast="simpo"', "margin=1.0"),
}
FORGETTING = {
    "rehearsal": ("rehearsal={ratio=0.5}",),
    "blend": ('train.blend="measured"',),
    "rehearsal + blend": ("rehearsal={ratio=0.5}", 'train.blend="measured"'),
}
OTHERS = {"minimal targets": ("feedback.minimal=true",)}


def list_arms() -> Iterator[Arm]:
    """The plain arm first."""
    yield Arm(PLAIN, ())
    for name, changes in (FORGETTING | OTHERS).items():
        yield Arm(name, tuple(f"step.0.{change}" for change in changes))
    for name, changes in CORRECTIONS.items():
        yield Arm(name, tuple(f"step.0.corrections.{change}" for change in changes))
