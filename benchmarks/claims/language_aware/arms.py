"""The arms of the claim of language-aware tuning, and the directions that each is tested in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.claims.claim.arms import Arm

LANGUAGES = ("de", "es", "fr", "pt-BR")
TOO_LIKE = frozenset({"es", "pt-BR"})
TUNED = ("de", "fr")
"""Languages of the supervised directions, with English."""
PAIRS = 5000
"""Of each supervised direction, drawn evenly."""
SHARES = "{ tune = 0.4, test = 0.6 }"
"""Of the development text, by document: what settings are chosen on, and what is reported."""
STAGE_1 = "stage 1"
PUSHED = 'neutral="pushed"'
"""Placeholders, names, numbers and the end are made unlikely too, as the paper does."""


def stage_1(contrast: float) -> Arm:
    """The arm that forgets; with contrastive decoding of this weight as a baseline."""
    settings = ("stage_1=true", "stage_2=false", f"baselines.contrastive.weight={contrast}")
    return Arm(STAGE_1, tuple(f"step.0.{setting}" for setting in settings))


def list_aware_arms() -> Iterator[Arm]:
    """All arms after stage 1, which they begin with."""
    yield _after("more likelihood", "alpha=0")
    yield _after("paper conflicts", 'conflicts="any-other"', PUSHED)
    yield _after("target-changed, all pushed", 'conflicts="target-changed"', PUSHED)
    yield _after("target-changed", 'conflicts="target-changed"')
    yield _after("zero-shot pairs, all pushed", 'conflicts="zero-shot-pair"', PUSHED)
    yield _after("zero-shot pairs", 'conflicts="zero-shot-pair"')


def directions(data: Path, *, part: str, tested: int) -> str:
    """The override that names every direction with its texts."""
    train = f'"{data}/multi.train.jsonl.gz"'
    test = f'{{ path = "{data}/multi.dev.jsonl.gz", shares = {SHARES}, part = "{part}", limit = {tested} }}'
    pairs = [(a, b) for lang in TUNED for a, b in (("en", lang), (lang, "en"))]
    rows = [f'{{ source = "{a}", target = "{b}", path = {train}, limit = {PAIRS}, test = {test} }}' for a, b in pairs]
    zero_shot = [(a, b) for a in LANGUAGES for b in LANGUAGES if a != b and {a, b} != TOO_LIKE]
    rows += [f'{{ source = "{a}", target = "{b}", test = {test} }}' for a, b in zero_shot]
    return f"step.0.directions=[{', '.join(rows)}]"


def _after(name: str, *unlikelihood: str) -> Arm:
    settings = tuple(f"step.0.unlikelihood.{setting}" for setting in unlikelihood)
    return Arm(name, settings, like=STAGE_1, held="student")
