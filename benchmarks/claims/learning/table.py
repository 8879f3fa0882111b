"""The table of the claim of learning: what each arm gains on the domain and loses elsewhere, beside the plain arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.claims.claim.run import read_training
from benchmarks.claims.claim.scores import ArmRuns, Resampled, mean_bleu, read_outputs, read_references, resample_chrf
from benchmarks.claims.learning.arms import PLAIN
from tutelage.core.records import Pair

TESTS = {"domain": "test", "general": "general"}
"""Of a run, by the text of its recipe."""


@dataclass(frozen=True, slots=True)
class Learned:
    """An arm, measured on both tests."""

    name: str
    updates: float
    chrf: Mapping[str, Resampled]
    """Gain over the base student, by test."""
    bleu: Mapping[str, float]
    """The same, without an interval."""


def read_cost(folder: Path) -> dict[str, float]:
    """What a finished run was trained for."""
    return dict(read_training(folder))


def measure_arms(arms: Sequence[ArmRuns]) -> list[Learned]:
    """The gains of the arms, over resamples that all of them share."""
    folder = arms[0].folders[0]
    texts = {test: read_references(folder, use) for test, use in TESTS.items()}
    before = {test: [read_outputs(folder, test, "before")] for test in TESTS}
    return [_measure(arm, texts, before) for arm in arms]


def _measure(arm: ArmRuns, texts: Mapping[str, list[Pair]], before: Mapping[str, list[dict[str, str]]]) -> Learned:
    chrf, bleu = {}, {}
    for test, pairs in texts.items():
        after = [read_outputs(folder, test, "after") for folder in arm.folders]
        chrf[test] = resample_chrf(after, pairs).minus(resample_chrf(before[test], pairs))
        bleu[test] = mean_bleu(after, pairs) - mean_bleu(before[test], pairs)
    return Learned(arm.name, arm.cost("updates"), chrf, bleu)


def render_arms(domain: str, arms: Sequence[Learned], *, told: str) -> str:
    """Markdown: a row for each arm."""
    plain = next((one for one in arms if one.name == PLAIN), None)
    header = (
        "| arm | domain chrF (95 % interval) | over plain | general chrF | over plain | domain BLEU | general BLEU "
        "| updates |\n|---|--:|--:|--:|--:|--:|--:|--:|"
    )
    return "\n".join([f"### {domain}", "", header, *(_row(one, plain) for one in arms), "", told])


def _row(arm: Learned, plain: Learned | None) -> str:
    cells = []
    for test in TESTS:
        over = "" if plain is None or arm is plain else arm.chrf[test].minus(plain.chrf[test]).signed
        cells += [arm.chrf[test].signed, over]
    bleu = (f"{arm.bleu[test]:+.1f}" for test in TESTS)
    return f"| {' | '.join((arm.name, *cells, *bleu))} | {arm.updates:,.0f} |"
