"""Settings that several folders share, as a recipe writes them; every key is checked, none is ignored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tutelage.core.signatures import content_key
from tutelage.core.training import Separator

LARGEST = 1e12
"""No number of a recipe is meant to be larger: a slip of the pen, which would fail long after the check."""
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Count = Annotated[int, Field(ge=1)]
Threads = Annotated[int, Field(ge=1, le=1024)]
Beams = Annotated[int, Field(ge=1, le=1000)]
"""Of a search, or outputs of one."""
Seed = Annotated[int, Field(ge=0, le=2_000_000_000)]
"""What every generator of random numbers takes, and room for those that are counted from it."""


@dataclass(frozen=True, slots=True)
class Heeded:
    """Beside a setting: it counts only if another one of its table has one of these values, or none of those."""

    name: str
    of: tuple[Any, ...] = ()
    unless: tuple[Any, ...] = ()

    def by(self, table: BaseModel) -> bool:
        """Whether the setting counts in this table."""
        value = getattr(table, self.name)
        return value not in self.unless and (not self.of or value in self.of)


class Settings(BaseModel):
    """Base of every recipe table: unknown keys fail, numbers are finite, values do not change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=(), allow_inf_nan=False)

    @field_validator("*")
    @classmethod
    def _bounded(cls, value: Any) -> Any:
        """Every number of every table, those in lists and tables of numbers too."""
        if any(abs(number) > LARGEST for number in _numbers(value)):
            raise ValueError(f"this number is too large to be meant (at most {LARGEST:g})")
        return value


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, dict):
        yield from (number for inner in value.values() for number in _numbers(inner))
    elif isinstance(value, tuple | list):
        yield from (number for inner in value for number in _numbers(inner))


class FreshSettings(Settings):
    """The shape of a new Marian student (Vaswani et al. 2017, post-norm, embeddings tied three ways)."""

    width: Count = 256
    """Of embeddings and states."""
    feed_forward: Count = 1024
    """Of the layers' inner part."""
    heads: Count = 4
    """Attention heads; they divide the width."""
    encoder_layers: Count = 6
    decoder_layers: Count = 2
    vocabulary: Count = 8000
    """Pieces, shared by both languages."""
    dropout: Share = 0.1
    max_tokens: Count = 512
    """Longest source or target."""
    masks: int = Field(default=12, ge=0, le=99)
    """Mask tokens (`⟦1⟧`, …) that its vocabulary keeps whole, for placeholders, numbers and the like; 0: none."""
    languages: tuple[str, ...] = ()
    """Target languages that it can be asked for, by a token such as `>>de<<` before the source; without any, it has one
    direction."""


class LoraSettings(Settings):
    """A low-rank adapter instead of full fine-tuning (Hu et al. 2021)."""

    rank: Count = 16
    alpha: float = Field(default=32.0, gt=0)
    """The adapter is scaled by alpha / rank."""
    dropout: Share = 0.0
    """Of the adapter's input."""
    targets: tuple[str, ...] = (
        *("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"),
        *("o_proj", "gate_proj", "up_proj", "down_proj", "qkv_proj", "gate_up_proj"),
        *("q", "k", "v", "o", "wi", "wi_0", "wi_1", "wo"),
    )
    """Names of the linear layers that get an adapter, if the student has them. The default is all linear layers of
    Marian, BART, mBART, M2M-100 and NLLB, of Llama and its kin (SmolLM2 too), and of T5."""


class CorrectionSettings(Settings):
    """What training makes of the student's own words where a target corrects them, besides the target's likelihood.

    All of it is off: nothing of it did better than the plain likelihood where it was measured
    (docs/results/learning.md).
    """

    corrected_weight: float = Field(default=1.0, gt=0)
    """What a token of the target counts that the student had not written; one that it had counts 1."""
    contrast: Literal["none", "unlikelihood", "cpo", "simpo"] = "none"
    """`unlikelihood` of those of the student's tokens that the target corrects; or a preference of the whole target
    over the whole hypothesis: `cpo` (Xu et al. 2024) by log-likelihoods, `simpo` (Meng et al. 2024) by their means over
    tokens."""
    contrast_weight: Annotated[float, Heeded("contrast", unless=("none",))] = Field(default=0.1, ge=0)
    """What the mean of the contrast counts beside that of the likelihood."""
    beta: Annotated[float | None, Heeded("contrast", of=("cpo", "simpo"))] = Field(default=None, gt=0)
    """Scale of a preference; None is 0.1 for `cpo` and 2 for `simpo`."""
    margin: Annotated[float, Heeded("contrast", of=("cpo", "simpo"))] = Field(default=0.0, ge=0)
    """By which the scaled preference should exceed 0; the paper of `simpo` has about half of beta."""

    @property
    def is_plain(self) -> bool:
        """Whether likelihood alone is trained."""
        return self.corrected_weight == 1 and not self.contrasts

    @property
    def contrasts(self) -> bool:
        """Whether the student's own words are trained against."""
        return self.contrast != "none" and self.contrast_weight > 0

    @property
    def prefers(self) -> bool:
        """Whether that is a preference, of whole sequences."""
        return self.contrasts and self.contrast != "unlikelihood"

    @property
    def scale(self) -> float:
        """Beta, or what its kind of preference has by default."""
        return self.beta if self.beta is not None else 0.1 if self.contrast == "cpo" else 2.0


REHEARSED = 0.5
"""Segments rehearsed for each other example where a recipe names text for it (docs/results/learning.md)."""


class RehearsalSettings(Settings):
    """Ours: what the student could do before is trained too, so that it is not forgotten."""

    ratio: float | None = Field(default=None, ge=0)
    """Rehearsed segments for each other example; 0 rehearses nothing. None is 0.5 for a recipe that names
    `text.rehearsal`, which they are of, and 0 for one that does not; with a ratio and no such text, patching rehearses
    hypotheses that the teacher found nothing wrong with, as the student wrote them."""
    by: Literal["student", "teacher"] = "student"
    """Who translates `text.rehearsal`: the student as it comes into the step, or the step's teacher."""

    def ratio_for(self, text: object | None) -> float:
        """The ratio where the recipe's `text.rehearsal` is `text`."""
        if self.ratio is None:
            return 0.0 if text is None else REHEARSED
        return self.ratio


class TrainSettings(Settings):
    """How a student is trained on examples."""

    learning_rate: float = Field(default=1e-4, gt=0, le=10)
    """The highest, reached after the warm-up."""
    epochs: float | None = Field(default=None, gt=0)
    """Passes over the examples; parts of one are possible. None trains until the dev score stops rising, unless
    `max_updates` is given."""
    max_updates: Count | None = None
    """Ends training early, or, with more updates than the epochs give, repeats the examples."""
    batch_tokens: Count = 2048
    """Padded tokens of the longer side in one micro-batch; of prompts and responses together for causal students."""
    accumulation: Count = 1
    """Micro-batches in one update; the loss of an update is a mean over all of them, see `normalisation`."""
    normalisation: Literal["token", "sequence"] = "token"
    """What the loss of an update is a mean over: `token`, all its target tokens, so that long targets count more;
    `sequence`, its sequences, each of which is the mean over its own target tokens."""
    objective: Literal["likelihood", "self-distillation"] = "likelihood"
    """How a target is learned: `likelihood`, its tokens; `self-distillation`, what the student itself writes in
    training, each token of it as the student before this training would have written it that is shown the target
    (on-policy, arXiv 2601.19897). The latter is for chat students with `lora` and without rationales, in one process;
    the loss is a mean over sequences then."""
    rationale_weight: float = Field(default=1.0, ge=0)
    """What a token of a rationale counts beside one of the target; with `sequence`, what the mean over the rationale
    counts beside the mean over the target."""
    rationale_loss: Literal["likelihood", "divergence"] = "likelihood"
    """What a rationale teaches: `likelihood`, its tokens; `divergence`, at each of them all that the student would have
    predicted before this training (with several rounds, before the round), KL(before ‖ after). Needs `lora`, under
    which the old weights are at hand, and takes about half as long again."""
    rationale_separator: Separator = "apart"
    """What a student learns where a blank line leads from a translation to its rationale: `apart`, to end its answer,
    since it is given the translation alone, and once more before the rationale, where it gives no loss; `trained`, to
    write that line, which reads prompt and translation once only and teaches to go on behind other answers too;
    `spared`, nothing."""
    label_smoothing: Share = 0.1
    """Share of the target spread over the vocabulary (Szegedy et al. 2016)."""
    warmup_share: Share = 0.03
    """Share of the updates in which the rate rises."""
    schedule: Literal["auto", "cosine", "linear", "constant", "inverse_sqrt"] = "auto"
    """How the rate falls after the warm-up; `auto`: as a cosine, or not at all where the end is left open."""
    weight_decay: float = Field(default=0.0, ge=0)
    """AdamW's."""
    max_gradient_norm: float = Field(default=1.0, gt=0)
    """Longer gradients are cut to this norm."""
    dropout: Share | None = None
    """Of the states between the layers of an encoder-decoder; none keeps the student's own. Chat models have none
    there: `lora.dropout` is theirs."""
    blend: Share | Literal["auto", "measured"] = "auto"
    """Share of the way from the old weights to the new that is kept (WiSE-FT, Wortsman et al. 2022): below 1 gives up
    little of what was learned and keeps more of what was known. `measured` takes the share that chrF on the dev text
    likes best; `auto` does so where that is watched anyway, of an encoder-decoder whose training has an open end, and
    else keeps all. What is watched during training is what would be kept (0.6 of the way where the share is not chosen
    yet). A student that knows nothing (chrF under 20) keeps all. With LoRA the adapter's
    product is scaled, which is the same way of the weights."""
    lora: LoraSettings | None = None
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Of matrix products; `auto` takes bfloat16 if the processor multiplies it in hardware."""
    gradient_checkpointing: bool = False
    """Compute the layers' states again in the backward pass: much less memory, about a third more time."""
    max_source_tokens: Count = 256
    """Longer sources are cut."""
    max_target_tokens: Count = 256
    """Longer targets are cut, and the student does not learn to end there."""
    watch: Literal["auto", "chrf", "loss"] = "auto"
    """What is measured on the dev text and decides which weights are kept: chrF of greedy translations of 200 of its
    segments, or the loss; `auto`: chrF where the end is left open and the student is an encoder-decoder."""
    evaluate_every: Count | None = None
    """Updates between measurements on the dev text; none measures once an epoch, but not more often than every 20
    where `max_updates` is given, and every 20 to 500 where the end is left open."""
    patience: Count | None = None
    """Stop after so many measurements without a better one; the best weights are kept. None: never, or 4 where the end
    is left open."""
    save_every: Count = 500
    """Updates between checkpoints."""
    seed: Seed | None = None
    """None takes the recipe's seed."""
    processes: Count = 1
    """Started on this machine to train together, each on an accelerator of its own where there are any. They divide
    each update, which stays the same; only what dropout draws is another."""
    sharding: Literal["none", "full"] = "none"
    """What each of several processes holds: `none`, the whole student; `full`, its part of every weight, gradient and
    optimizer state (FSDP), for a student that fits no single accelerator. It cannot be watched by chrF then."""

    @property
    def key(self) -> str:
        """Of what is learned, whoever computes it: a training goes on with another number of processes."""
        return content_key(self.model_dump(mode="json", exclude={"processes", "sharding"}))

    @property
    def divergence_fault(self) -> str | None:
        """Why rationales cannot teach by divergence under these settings; None if they can, or need not."""
        if self.rationale_loss == "divergence" and self.lora is None:
            return '"divergence" needs train.lora, under which the old weights are at hand'
        return None

    @property
    def distillation_fault(self) -> str | None:
        """Why the student cannot learn by self-distillation under these settings; None if it can, or need not."""
        if self.objective == "likelihood":
            return None
        if self.lora is None:
            return '"self-distillation" needs train.lora, under which the old weights are at hand'
        return '"self-distillation" is trained by one process' if self.processes > 1 else None

    @property
    def is_open(self) -> bool:
        """Whether training ends where the dev score stops rising."""
        return self.epochs is None and self.max_updates is None
