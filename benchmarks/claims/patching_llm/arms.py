"""The arms of the claim with a language model as teacher: what each sets in patching_llm.toml."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.claims.claim.arms import Arm

POST_EDITS, CONTEXTS, ANALOGIES = "post-edits", "post-edits + contexts", "post-edits + contexts + analogies"
ALL, RANDOM, SAME = "distil all", "distil random n", "distil the same sources"
REPEATED, CONTEXTS_REPEATED = "post-edits, repeated", "post-edits + contexts, repeated"
SENTENCES = "post-edits + random sentences"
NO_ANALYSIS = "post-edits + contexts without analysis"

_DISTIL = ("step.0.method=sequence_kd",)
_PATCH = ("step.0.method=patching", 'step.0.feedback.source="asked"')
# the limits are above what there is: they would cut among words that were wrong only once, as most were
_PAIRS = (*_PATCH, 'step.0.contexts.source="pairs"', "step.0.contexts.per_error=1", "step.0.contexts.max_errors=2000")
_WORDS = ("step.0.analogies.per_aspect=1", "step.0.analogies.max_words=2000")


def list_llm_arms(*, ablation: bool = False) -> Iterator[Arm]:
    """All arms but the base student, each after the arm it is held to.

    What is held (see `holding.py`): `segments`, `sources`, `updates`, or `sentences`, which trains on the sources of
    the post-edits and on as many random held-out sentences as `like` has contexts.
    """
    yield Arm(POST_EDITS, _PATCH)
    yield Arm(CONTEXTS, _PAIRS)
    yield Arm(REPEATED, _PATCH, CONTEXTS, "updates")
    yield Arm(ANALOGIES, (*_PAIRS, *_WORDS))
    yield Arm(CONTEXTS_REPEATED, _PAIRS, ANALOGIES, "updates")
    yield Arm(SAME, _DISTIL, POST_EDITS, "sources")
    yield Arm(ALL, _DISTIL)
    yield Arm(RANDOM, _DISTIL, POST_EDITS, "segments")
    yield Arm(SENTENCES, _DISTIL, CONTEXTS, "sentences")
    if ablation:
        yield Arm(NO_ANALYSIS, (*_PAIRS, "step.0.contexts.analysis=false"))
