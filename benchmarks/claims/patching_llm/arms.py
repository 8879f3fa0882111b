"""The arms of the claim with a language model as teacher: what each sets in patching_llm.toml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.claims.claim.arms import Arm

POST_EDITS, CONTEXTS, ANALOGIES = "post-edits", "post-edits + contexts", "post-edits + contexts + analogies"
ALL, RANDOM, SAME = "distil all", "distil random n", "distil the same sources"
REPEATED, CONTEXTS_REPEATED = "post-edits, repeated", "post-edits + contexts, repeated"
SENTENCES = "post-edits + random sentences"
NO_ANALYSIS = "post-edits + contexts without analysis"

_DISTIL = ("step.0.method=sequence_kd",)
_PATCH = ("step.0.method=patching", 'step.0.feedback.source="asked"')


@dataclass(frozen=True, slots=True)
class Dose:
    """How much is asked for: sentence pairs for each error word, and words for each of its aspects (paper: 4 and 2)."""

    contexts: int = 1
    analogies: int = 1

    @property
    def folder(self) -> str:
        """Where the arms are that take it; empty for the smallest."""
        return "" if self == SMALLEST else f"dose-{self.contexts}-{self.analogies}"


SMALLEST = Dose()


def list_llm_arms(*, dose: Dose = SMALLEST, ablation: bool = False) -> Iterator[Arm]:
    """All arms but the base student, each after the arm it is held to.

    What is held (see `holding.py`): `segments`, `sources`, `updates`, or `sentences`, which trains on the sources of
    the post-edits and on as many random held-out sentences as `like` has contexts.
    """
    # the limits are above what there is: they would cut among words that were wrong only once, as most were
    many = f"step.0.contexts.per_error={dose.contexts}", "step.0.contexts.max_errors=2000"
    pairs = (*_PATCH, 'step.0.contexts.source="pairs"', *many)
    words = (f"step.0.analogies.per_aspect={dose.analogies}", "step.0.analogies.max_words=2000")
    yield Arm(POST_EDITS, _PATCH)
    yield Arm(CONTEXTS, pairs)
    yield Arm(REPEATED, _PATCH, CONTEXTS, "updates")
    yield Arm(ANALOGIES, (*pairs, *words))
    yield Arm(CONTEXTS_REPEATED, pairs, ANALOGIES, "updates")
    yield Arm(SAME, _DISTIL, POST_EDITS, "sources")
    yield Arm(ALL, _DISTIL)
    yield Arm(RANDOM, _DISTIL, POST_EDITS, "segments")
    yield Arm(SENTENCES, _DISTIL, CONTEXTS, "sentences")
    if ablation:
        yield Arm(NO_ANALYSIS, (*pairs, "step.0.contexts.analysis=false"))
