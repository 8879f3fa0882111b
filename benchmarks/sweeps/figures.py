"""The figures: what each varies, what it shows, and the direction in which the paper's goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.claims.language_aware.arms import SIZES, directions

PATCHING, RADIS, AFTER_STAGE_1, BOTH_STAGES = "patching", "radis", "after-stage-1", "both-stages"
"""The recipes that are varied."""
AWARE = replace(SIZES["smollm2"], pairs=40, tested=10)
"""The claim's chat student on fewer pairs and fewer test segments of each direction."""
TRAIN, TEST = Path("TRAIN"), Path("TEST")
"""Names that are filled in with the files of the texts."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One sweep of a figure: a key of the recipe, and its value at each place of the figure's x axis."""

    name: str
    key: str
    values: Mapping[str, str]
    """As the grid of `tutelage sweep` has them, by what the axis says."""
    settings: tuple[str, ...] = ()
    """What the curve sets besides, at all its points."""


@dataclass(frozen=True, slots=True)
class Axis:
    """What is measured: a test set, a measure, and how the axis is called."""

    test: str
    measure: str
    label: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One picture: its curves over what is varied, a panel for each measure."""

    name: str
    recipe: str
    across: str
    curves: Sequence[Curve]
    axes: Sequence[Axis]
    paper: str
    finds: str
    """Which way the paper's figure goes."""
    differs: str
    """What is not as in the paper."""
    systems: Mapping[str, str] = field(default_factory=lambda: {"after": ""})
    """The systems shown, by what is added to a curve's name."""


def _as_it_is(*values: str) -> dict[str, str]:
    return {value: value for value in values}


_CHRF = Axis("domain", "chrf", "chrF of the domain ↑")
_KEPT = (Axis("domain", "chrf", "chrF ↑"), Axis("abilities", "drift", "drift, nats a token ↓"))
_TOLD = (Axis("zero_shot", "off_target", "zero-shot off-target, % ↓"), Axis("zero_shot", "chrf", "zero-shot chrF ↑"))
_UPDATES, _ROUNDS = 40, ("1", "2", "3", "4")
_MT_PATCHER = "MT-Patcher, arXiv 2403.09522"
_AWARE_PAPER = "language-aware tuning, arXiv 2403.14399"
_RADIS_PAPER = "RaDis, arXiv 2410.13944"

FIGURES = {
    one.name: one
    for one in (
        Figure(
            "contexts",
            PATCHING,
            "contexts for each error word",
            (
                Curve(
                    "corrections and contexts",
                    "step.0.contexts",
                    {"0": '{ source = "none" }'}
                    | {
                        str(count): f'{{ source = "retrieved", per_error = {count}, max_errors = 150 }}'
                        for count in (1, 2, 4, 8)
                    },
                    ("step.0.select.strategy=coverage", "step.0.select.share=0.2", "step.0.train.max_updates=100"),
                ),
            ),
            (_CHRF,),
            _MT_PATCHER,
            "up: contexts of a word make it right in others that were not trained on",
            "the paper counts how often the word is right, here it is chrF of the domain; contexts are found and "
            "translated, not written; every point has 100 updates, so that 0 contexts means the corrections repeated",
        ),
        Figure(
            "iterations",
            PATCHING,
            "iterations",
            (
                Curve(
                    "iterations",
                    "step.0.rounds",
                    _as_it_is(*_ROUNDS),
                    (f"step.0.train.max_updates={_UPDATES}", "text.pool.limit=300"),
                ),
                Curve(
                    "one iteration, as many updates",
                    "step.0.train.max_updates",
                    {count: str(_UPDATES * int(count)) for count in _ROUNDS},
                    ("text.pool.limit=300",),
                ),
            ),
            (_CHRF,),
            _MT_PATCHER,
            "up, by its idea: the improved student translates again, and what is still wrong is corrected",
            "the paper has no curve of equal updates; each iteration here has the same pool and 40 updates",
        ),
        Figure(
            "lambda",
            RADIS,
            "weight λ of the rationale",
            (Curve("RaDis", "step.0.train.rationale_weight", _as_it_is("0.25", "0.5", "1", "2")),),
            _KEPT,
            _RADIS_PAPER,
            "none: the paper has one mean over the tokens of both, in which a long rationale weighs most",
            "λ is this project's; translation and rationale are learned apart",
        ),
        Figure(
            "fraction",
            RADIS,
            "share of the examples with a rationale",
            (Curve("RaDis", "step.0.rationales.fraction", _as_it_is("0", "0.25", "0.5", "1")),),
            _KEPT,
            _RADIS_PAPER,
            "its two ends alone: with rationales for all (1) more is kept than by plain fine-tuning (0), at nearly "
            "as good a translation",
            "translation and rationale are learned apart; every point has as many updates of as many tokens, so that "
            "with fewer rationales a pair is seen more often",
        ),
        Figure(
            "alpha",
            AFTER_STAGE_1,
            "α",
            (Curve("stage 2", "step.0.unlikelihood.alpha", _as_it_is("0", "0.05", "0.5", "1")),),
            _TOLD,
            _AWARE_PAPER,
            "off-target down, from 65.0 % after stage 1 to 2.6 % at α = 0.05, BLEU up, 5.0 to 14.7 (LLaMA-2, IWSLT)",
            "a student of 135 million weights, LoRA; 12 updates",
        ),
        Figure(
            "steps",
            AFTER_STAGE_1,
            "updates of stage 2",
            (Curve("stage 2", "step.0.unlikelihood.train.max_updates", _as_it_is("5", "10", "20", "40")),),
            _TOLD,
            _AWARE_PAPER,
            "off-target down, from 65.0 to 2.6 % in its 100 steps of 8 samples (LLaMA-2, IWSLT)",
            "updates of 512 tokens; α = 0.5",
        ),
        Figure(
            "size",
            BOTH_STAGES,
            "pairs of each supervised direction",
            (
                Curve(
                    "",
                    "step.0.directions",
                    {
                        str(pairs): directions(replace(AWARE, pairs=pairs), TRAIN, TEST, part="test").partition("=")[2]
                        for pairs in (10, 20, 40)
                    },
                ),
            ),
            _TOLD,
            _AWARE_PAPER,
            "off-target down by stage 2 with little data and with more: 65.0 to 2.6 % (IWSLT), 29.9 to 5.6 % (WMT22)",
            "both stages have the same pairs and at every size as many updates; α = 0.5",
            {"stage-1": "stage 1", "after": "stage 2"},
        ),
    )
}
"""By name, the cheap ones first."""
