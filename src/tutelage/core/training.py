"""What students, objectives and training agree on, and what a training run tells of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

IGNORED = -100
"""Label of positions that give no loss: prompt and padding."""

Normalisation = Literal["token", "sequence"]
"""What the loss of an update is a mean over: all its tokens, or its sequences, each the mean of its own tokens."""
Numerics = Literal["stable", "paper"]
"""How log(1 − p) is computed: from the logits, or from a probability with 1 − p held above 1e-9."""
Separator = Literal["trained", "spared", "apart"]
"""What is learned where a blank line leads from a target to its rationale: that line, nothing, or that the answer ends
there, by a sample of the target alone beside one of the rationale."""
Neutral = Literal["spared", "pushed"]
"""What becomes of tokens that are right in every language: they are not made unlikely, or (paper) they are."""


MOST_LOSS = 0.5
"""What chrF on `text.general_dev` may fall by how far a student goes, where that is measured."""


@dataclass(frozen=True, slots=True)
class Unlikelihood:
    """Training against samples that are asked under a wrong direction: the loss is CE + `alpha`·UL."""

    alpha: float = 0.5
    numerics: Numerics = "stable"
    neutral: Neutral = "spared"
    first_tokens: int | None = None
    """How many tokens of a target are made unlikely at most, from its beginning; `None`: all."""


@dataclass(frozen=True, slots=True)
class EncodedSample:
    """Token ids of what a student reads, and of what it writes; some of the latter count otherwise than the rest."""

    source: list[int]
    """Of causal students the prompt."""
    target: list[int]
    """Of causal students the response."""
    rationale_tokens: int = 0
    """How many tokens at the end of the target are its rationale, with the end of the turn behind it."""
    unsupervised_first: int = 0
    """How many tokens at the beginning of the target give no loss: they are given when the student decodes."""
    unsupervised_last: int = 0
    """The same at its end."""
    spared: tuple[bool, ...] = ()
    """For each token of the target whether it gives no loss besides; empty: none."""
    corrected: tuple[bool, ...] = ()
    """For each token of the target whether the student had not written it; empty: nothing is known of that."""
    separator: range = range(0)
    """The tokens of the blank line between the target and its rationale, with what is one token with it."""
    alone: tuple[int, ...] = ()
    """Of a target with a rationale: the target without one, up to its end."""


@dataclass(frozen=True, slots=True)
class EncodedExample:
    """An example as token ids: its true sample, and what must not be written, if there is such a thing.

    That is the same target asked under a wrong direction, or another target. In self-distillation the second one is no
    conflict: it asks the same question with the target shown.
    """

    true: EncodedSample
    conflict: EncodedSample | None = None


@dataclass(frozen=True, slots=True)
class LossPoint:
    """The losses after `update` updates, in nats per target token; lower is better.

    `loss` is what was trained on, unlikelihood included; `dev_loss` is likelihood alone.
    """

    update: int
    loss: float | None
    dev_loss: float | None
    dev_score: float | None = None
    """chrF of greedy translations of the dev text, 0 to 100; higher is better."""


@dataclass(frozen=True, slots=True)
class TrainingSummary:
    """What was trained: how much, how long, and the curve."""

    examples: int
    updates: int
    target_tokens: int
    """Target tokens that gave a loss, over all epochs."""
    seconds: float
    losses: tuple[LossPoint, ...]
    best_dev_loss: float | None
    best_dev_score: float | None = None
    blend: float | None = None
    """The share of the way from the old weights to the new that was kept; `None`: all of it."""
    wanted_blend: float | None = None
    """The share that the dev text would have kept, where general text keeps less."""
