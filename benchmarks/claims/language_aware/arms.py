"""The arms of the claim of language-aware tuning, and the directions that each is tested in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.claims.claim.arms import Arm
from benchmarks.models.table import MODELS, default_folder

SHARES = "{ tune = 0.4, test = 0.6 }"
"""Of the development text, by document: what settings are chosen on, and what is reported."""
STAGE_1, AT_ONCE = "stage 1", "zero-shot pairs, no stage 1"
PART_WAYS = {"stage 1, blended": 0.5, "stage 1, 0.3 of the way": 0.3}
"""Shares of the way from the old weights to stage 1's: whether going less far alone keeps the languages apart."""
INSTRUCTIONS = ("post-instruction", "own-language")
CONTRASTIVE, N_SHOT = "contrastive decoding", "n-shot"
ASKED_OTHERWISE = {CONTRASTIVE: "contrastive", N_SHOT: "n-shot"}
"""Arms whose student is that of stage 1: by name, what the scores call it when it is asked or decoded so."""
PUSHED = 'neutral="pushed"'
"""Placeholders, names, numbers and the end are made unlikely too, as the paper does."""


@dataclass(frozen=True, slots=True)
class Size:
    """A student, its languages, and how much text."""

    languages: tuple[str, ...]
    """Besides English. Zero-shot are the directions between any two of them."""
    tuned: tuple[str, ...]
    """Those of the supervised directions, with English."""
    pairs: int
    """Of each supervised direction, drawn evenly."""
    tested: int
    """Segments of each direction."""
    too_like: frozenset[str] = frozenset()
    """Two that identifiers confuse: no direction between them."""
    rate: float = 5e-4
    """Of stage 1, as the recipe or `settings` say."""
    slower: tuple[float, ...] = (1e-4, 5e-5)
    """Other rates of stage 1: whether a lower one alone keeps the languages apart."""
    batch_tokens: int = 2048
    """Of an update of stage 1."""
    model: str | None = None
    """`None` is the one that recipes/base-multi.toml trains."""
    max_words: int | None = None
    """Longer segments are left out."""
    settings: tuple[str, ...] = ()
    """What all arms set besides the recipe."""

    @property
    def chats(self) -> bool:
        """Whether the student is asked by an instruction."""
        return self.model is not None


CHAT_RATE, CHAT_SLOWER, CHAT_BATCH = 1e-3, (3e-4, 1e-4), 512


def _chat_settings(compute_type: str) -> tuple[str, ...]:
    """LoRA; short texts, so short outputs."""
    lora = "{ rank = 16, alpha = 32 }"
    return (
        f"student.compute_type={json.dumps(compute_type)}", "evaluation.max_target_tokens=48",
        f"step.0.train.lora={lora}", f"step.0.unlikelihood.train.lora={lora}",
        f"step.0.train.learning_rate={CHAT_RATE}", f"step.0.train.batch_tokens={CHAT_BATCH}",
        "step.0.unlikelihood.train.batch_tokens=512",
        "step.0.unlikelihood.train.max_updates=20",
        "step.0.unlikelihood.train.learning_rate=1e-3",  # of three the best on the part `tune` with SmolLM2
    )  # fmt: skip


SIZES = {
    "marian": Size(("de", "es", "fr", "pt-BR"), ("de", "fr"), 5000, 200, frozenset({"es", "pt-BR"})),
    "smollm2": Size(
        ("de", "fr", "pt-BR"), ("de", "pt-BR"), 100, 40, rate=CHAT_RATE, slower=CHAT_SLOWER, batch_tokens=CHAT_BATCH,
        model="embedded:smollm2", max_words=12, settings=_chat_settings("float32"),
    ),
    "qwen": Size(
        ("de", "fr", "pt-BR"), ("de", "pt-BR"), 40, 25, rate=CHAT_RATE, slower=CHAT_SLOWER, batch_tokens=CHAT_BATCH,
        model=str(default_folder() / MODELS["qwen2.5-coder-1.5b"].file), max_words=12, settings=_chat_settings("int8"),
    ),
}  # fmt: skip
"""Chat students have six zero-shot directions: between the two languages of the tuning, and with French."""


def list_stage_1(size: Size, *, contrast: float, shown: Path) -> Iterator[Arm]:
    """The arm that forgets, and those that begin as it does.

    They ask for a language otherwise, by decoding, by demonstrations from the file `shown` or by the instruction, learn
    more slowly, go part of the way, or learn at once with unlikelihood.
    """
    alone = ("step.0.stage_1=true", "step.0.stage_2=false")
    yield Arm(STAGE_1, alone)
    yield Arm(CONTRASTIVE, (*alone, f"step.0.baselines.contrastive.weight={contrast}"))
    for name, rate in name_slower(size).items():
        yield Arm(name, (*alone, f"step.0.train.learning_rate={rate}"))
    for name, share in PART_WAYS.items():
        yield Arm(name, (*alone, f"step.0.train.blend={share}"))
    # as many updates as stage 1, and so the same pairs once: half of the tokens are those that are made unlikely
    at_once = (
        'conflicts="zero-shot-pair"',
        f"train.learning_rate={size.rate}",
        f"train.batch_tokens={2 * size.batch_tokens}",
    )
    yield Arm(AT_ONCE, _unlikelihood(*at_once), like=STAGE_1, held="updates")
    if not size.chats:
        return
    yield Arm(N_SHOT, (*alone, f"step.0.baselines.shots.path={json.dumps(str(shown))}"))
    for instruction in INSTRUCTIONS:
        yield Arm(instruction, (*alone, f'student.instruction="{instruction}"'))


def name_slower(size: Size) -> dict[str, float]:
    """Stage 1 at other rates, by the names of the arms."""
    return {f"{STAGE_1} at {rate:g}": rate for rate in size.slower}


def name_mended(size: Size) -> dict[str, str]:
    """Unlikelihood, of zero-shot pairs, after a slower stage 1: the names of the arms, and what each begins with."""
    return {f"unlikelihood after {rate:g}": name for name, rate in name_slower(size).items()}


def list_aware_arms(size: Size) -> Iterator[Arm]:
    """All arms after stage 1, which they begin with, or after a slower one."""
    yield _after("more likelihood", "alpha=0")
    yield _after("paper conflicts", 'conflicts="any-other"', PUSHED)
    yield _after("target-changed, all pushed", 'conflicts="target-changed"', PUSHED)
    yield _after("target-changed", 'conflicts="target-changed"')
    yield _after("zero-shot pairs, all pushed", 'conflicts="zero-shot-pair"', PUSHED)
    yield _after("zero-shot pairs", 'conflicts="zero-shot-pair"')
    for name, slower in name_mended(size).items():
        yield _after(name, 'conflicts="zero-shot-pair"', first=slower)


def directions(size: Size, train: Path, test: Path, *, part: str, tested: int | None = None) -> str:
    """The override that names every direction with its texts, which are files with a key for each language."""
    learned = json.dumps(str(train))
    measured = (
        f'{{ path = {json.dumps(str(test))}, shares = {SHARES}, part = "{part}", limit = {tested or size.tested} }}'
    )
    pairs = [(a, b) for lang in size.tuned for a, b in (("en", lang), (lang, "en"))]
    rows = [
        f'{{ source = "{a}", target = "{b}", path = {learned}, limit = {size.pairs}, test = {measured} }}'
        for a, b in pairs
    ]
    zero_shot = [(a, b) for a in size.languages for b in size.languages if a != b and {a, b} != size.too_like]
    rows += [f'{{ source = "{a}", target = "{b}", test = {measured} }}' for a, b in zero_shot]
    return f"step.0.directions=[{', '.join(rows)}]"


def _after(name: str, *unlikelihood: str, first: str = STAGE_1) -> Arm:
    return Arm(name, _unlikelihood(*unlikelihood), like=first, held="student")


def _unlikelihood(*settings: str) -> tuple[str, ...]:
    return tuple(f"step.0.unlikelihood.{setting}" for setting in settings)


OTHER_STUDENTS = dict.fromkeys(
    name
    for size in SIZES.values()
    for name in (AT_ONCE, *PART_WAYS, *name_slower(size), *name_mended(size), *(INSTRUCTIONS if size.chats else ()))
)
"""Arms whose student is not stage 1's, nor begins as it."""
