"""The arms of the patching claim: what each sets in the recipe that all share."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.claims.claim.arms import Arm

STRATEGIES = ("random", "threshold", "worst", "coverage")
SHARES = (0.1, 0.3)
POOL = 2000
"""Segments in the pool, as patching.toml limits it."""
MANY_CONTEXTS_SHARE = 0.3
"""Errors with contexts in the arm with many, as a share of the pool: about as many examples as distilling all."""
QUALITY_BELOW = 0.5
"""For the strategy `threshold`: a random choice among hypotheses that agree less than this with the teacher."""


def list_arms() -> Iterator[Arm]:
    """All arms but the base student, in an order in which held arms come after those they are held to."""
    yield Arm("distil all", ("step.0.method=sequence_kd",))
    for share in SHARES:
        percent = f"{share:.0%}"
        yield Arm(f"distil random {percent}", ("step.0.method=sequence_kd", f"step.0.share={share}"))
        for strategy in STRATEGIES:
            yield Arm(f"post-edits, {strategy} {percent}", _select(strategy, share))
        coverage = f"post-edits, coverage {percent}"
        yield Arm(f"post-edits, random, words of coverage {percent}", _select("random", None), coverage, "words")
        yield Arm(f"coverage {percent} + rehearsal", (*_select("coverage", share), "step.0.rehearsal.ratio=0.5"))
        contexts = f"coverage {percent} + contexts"
        yield Arm(contexts, (*_select("coverage", share), *_contexts(share, per_error=2)))
        yield Arm(f"coverage {percent}, repeated as often", _select("coverage", share), contexts, "updates")
    many = (*_select("coverage", SHARES[0]), *_contexts(MANY_CONTEXTS_SHARE, per_error=8))
    yield Arm(f"coverage {SHARES[0]:.0%} + many contexts", many)


def _select(strategy: str, share: float | None) -> tuple[str, ...]:
    chosen = [f"step.0.select.strategy={strategy}"]
    if share is not None:
        chosen.append(f"step.0.select.share={share}")
    if strategy == "threshold":
        chosen.append(f"step.0.select.quality_below={QUALITY_BELOW}")
    return tuple(chosen)


def _contexts(share: float, *, per_error: int) -> tuple[str, ...]:
    """Retrieved contexts around the most frequent errors, as many errors as `share` of the pool has segments."""
    return (
        'step.0.contexts.source="retrieved"',
        f"step.0.contexts.per_error={per_error}",
        f"step.0.contexts.max_errors={round(POOL * share)}",
    )
