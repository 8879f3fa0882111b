"""The table of a claim: every arm's mean over its seeds, with an interval over the test segments."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Hypothesis, Pair
from tutelage.evaluation.significance import SegmentStatistics
from tutelage.evaluation.translation import bleu_statistics, chrf_statistics
from tutelage.methods.registry import step_types
from tutelage.methods.texts import Texts
from tutelage.storage.tables import read_table

RESAMPLES = 2000
CONTROL, FULL = "post-edits, random", "distil all"
QUESTIONS = (
    ("Does coverage beat random at equal segments?", "post-edits, coverage {}", "post-edits, random {}"),
    ("At equal target words?", "post-edits, coverage {}", "post-edits, random, words of coverage {}"),
    ("Does worst-first beat random?", "post-edits, worst {}", "post-edits, random {}"),
    ("Does flagging beat a blind draw?", "post-edits, random {}", "distil random {}"),
    ("Do contexts beat repetition at equal updates?", "coverage {} + contexts", "coverage {}, repeated as often"),
    ("Does rehearsal help on the domain?", "coverage {} + rehearsal", "post-edits, coverage {}"),
)
"""Pairs of arms that answer something, to be filled with the share of the pool."""


@dataclass(frozen=True, slots=True)
class ArmRuns:
    """The runs of one arm, a seed each."""

    name: str
    folders: list[Path]
    costs: list[dict[str, int]] = field(default_factory=list)

    def add(self, folder: Path, cost: dict[str, int]) -> None:
        """One more seed."""
        self.folders.append(folder)
        self.costs.append(cost)

    def cost(self, name: str) -> float:
        """Mean of one cost over the seeds."""
        return float(np.mean([cost[name] for cost in self.costs]))


@dataclass(frozen=True, slots=True)
class Resampled:
    """A score: its value, and its value in every resample of the test segments, both means over seeds."""

    value: float
    resamples: np.ndarray[Any, Any]

    def minus(self, other: Resampled) -> Resampled:
        """The difference, paired: both were resampled alike."""
        return Resampled(self.value - other.value, self.resamples - other.resamples)

    @property
    def interval(self) -> str:
        """The 95 % interval."""
        low, high = np.percentile(self.resamples, [2.5, 97.5])
        return f"{low:+.1f} to {high:+.1f}"


def render_table(arms: Sequence[ArmRuns]) -> str:
    """Markdown: one row an arm, the base student first."""
    folder = arms[0].folders[0]
    domain, general = _references(folder, "test"), _references(folder, "general")
    base = {test: _resample([_outputs(folder, test, "before")], pairs) for test, pairs in _tests(domain, general)}
    scores = {
        arm.name: {
            test: _resample([_outputs(f, test, "after") for f in arm.folders], pairs)
            for test, pairs in _tests(domain, general)
        }
        for arm in arms
    }
    bleu = {arm.name: _mean_bleu([_outputs(f, "domain", "after") for f in arm.folders], domain) for arm in arms}
    base_bleu = _mean_bleu([_outputs(folder, "domain", "before")], domain)
    header = (
        "| arm | chrF | gain (95 % interval) | of full gain | over random (95 % interval) | BLEU | general chrF "
        "| examples | target words | updates | teacher calls |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    first = f"| base | {base['domain'].value:.1f} | | | | {base_bleu:.1f} | {base['general'].value:.1f} | | | | |"
    rows = [_row(arm, scores, bleu, base) for arm in arms]
    note = (
        f"\n{len(domain)} domain and {len(general)} general segments, means over {len(arms[0].folders)} seed(s); "
        f"intervals from {RESAMPLES} paired resamples of the test segments. {_signature(folder)}"
    )
    return "\n".join([header, first, *rows, note, "", *_answers(scores)])


def _answers(scores: dict[str, dict[str, Resampled]]) -> list[str]:
    """Paired differences between arms, one question a row."""
    rows = ["| question | share | chrF difference (95 % interval) | on general text |", "|---|--:|--:|--:|"]
    shares = sorted({word for name in scores for word in name.split() if word.endswith("%")}, key=str)
    for question, one, other in QUESTIONS:
        for share in (share for share in shares if {one.format(share), other.format(share)} <= set(scores)):
            found = {
                test: scores[one.format(share)][test].minus(scores[other.format(share)][test])
                for test in ("domain", "general")
            }
            cells = (f"{difference.value:+.1f} ({difference.interval})" for difference in found.values())
            rows.append(f"| {question} | {share} | {' | '.join(cells)} |")
    return rows


def _row(
    arm: ArmRuns, scores: dict[str, dict[str, Resampled]], bleu: dict[str, float], base: dict[str, Resampled]
) -> str:
    own = scores[arm.name]
    gain = own["domain"].minus(base["domain"])
    full = scores[FULL]["domain"].minus(base["domain"]).value if FULL in scores else float("nan")
    share = next((word for word in arm.name.split() if word.endswith("%")), "")
    control = scores.get(f"{CONTROL} {share}")
    over = own["domain"].minus(control["domain"]) if control and not arm.name.startswith(CONTROL + " ") else None
    return (
        f"| {arm.name} | {own['domain'].value:.1f} | {gain.value:+.1f} ({gain.interval}) | {gain.value / full:.0%} "
        f"| {f'{over.value:+.1f} ({over.interval})' if over else ''} | {bleu[arm.name]:.1f} "
        f"| {own['general'].value:.1f} | {arm.cost('examples'):,.0f} | {arm.cost('target_words'):,.0f} "
        f"| {arm.cost('updates'):,.0f} | {arm.cost('teacher_calls'):,.0f} |"
    )


def _tests(domain: list[Pair], general: list[Pair]) -> tuple[tuple[str, list[Pair]], ...]:
    return (("domain", domain), ("general", general))


def _references(folder: Path, use: str) -> list[Pair]:
    recipe = parse_recipe((folder / "recipe.toml").read_text(), step_types=step_types())
    return list(Texts(recipe.text, recipe.direction.direction).pairs(use))


def _outputs(folder: Path, test: str, system: str) -> dict[str, str]:
    table = next(folder.glob("01-*")) / "tests" / f"{test}-{system}.parquet"
    return {hypothesis.id: hypothesis.text for hypothesis in read_table(table, Hypothesis)}


def _resample(outputs: Sequence[dict[str, str]], pairs: list[Pair]) -> Resampled:
    """ChrF of the outputs of all seeds, over the same resamples for every arm."""
    n = len(pairs)
    counts = np.random.default_rng(0).multinomial(n, [1 / n] * n, size=RESAMPLES)
    each = [_statistics(one, pairs) for one in outputs]
    value = float(np.mean([one.score_sums(one.rows.sum(axis=0, keepdims=True))[0] for one in each]))
    return Resampled(value, np.mean([one.score_sums(counts @ one.rows) for one in each], axis=0))


def _statistics(outputs: dict[str, str], pairs: list[Pair]) -> SegmentStatistics:
    return chrf_statistics([outputs[pair.id] for pair in pairs], references=[pair.target.text for pair in pairs])


def _mean_bleu(outputs: Sequence[dict[str, str]], pairs: list[Pair]) -> float:
    references = [pair.target.text for pair in pairs]
    each = [
        bleu_statistics([one[pair.id] for pair in pairs], references=references, target_language=pairs[0].target.lang)
        for one in outputs
    ]
    return float(np.mean([one.score_sums(one.rows.sum(axis=0, keepdims=True))[0] for one in each]))


def _signature(folder: Path) -> str:
    state = json.loads((folder / "run.json").read_text())
    systems = json.loads((next(folder.glob("01-*")) / "scores.json").read_text())["scores"]
    student, chrf = systems[0]["signature"], systems[0]["scores"][0]["signature"]
    teacher = next(system["signature"] for system in systems if system["system"] == "teacher")
    return f"Student {student}; teacher {teacher}; {chrf}; tutelage {state['tutelage']}; {state['machine']}."
