"""Holds an arm to what another has taken: as many segments, the same sources, as many updates or sentences."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.claims.claim.arms import Arm
from benchmarks.claims.claim.run import read_training
from benchmarks.claims.claim.texts import use_text
from tutelage.core.records import Example, Feedback, Pair, Segment
from tutelage.storage.ledger import Ledger
from tutelage.storage.tables import count_rows, read_table


@dataclass(frozen=True, slots=True)
class Cost:
    """What an arm took."""

    examples: int
    target_words: int
    updates: int
    teacher_calls: int
    """Calls that this arm needs, whether it sent them or another had sent them before."""
    teacher_tokens: int
    flagged: float | None
    """Percent of the judged hypotheses; none where nothing is judged."""
    pool: int


def read_cost(folder: Path, *, ledger: Path) -> Cost:
    """What a finished run took, from its own files and the ledger."""
    step = next(folder.glob("01-*"))
    with Ledger.open(ledger) as opened:
        calls = [entry.call for entry in opened.entries(run=folder.name)]
    return Cost(
        **read_training(folder),
        teacher_calls=len(calls),
        teacher_tokens=sum((call.input_tokens or 0) + (call.output_tokens or 0) for call in calls),
        flagged=_flag_rate(step / "feedback.parquet"),
        pool=count_rows(step / "pool.parquet"),
    )


def hold(
    arm: Arm, done: dict[str, Path], costs: dict[str, Cost], *, sentences: Sequence[Pair], seed: int, work: Path
) -> list[str]:
    """The overrides that hold the arm to the one it is like; `done` and `costs` are of this seed, by arm."""
    if not arm.like:
        return []
    cost, step = costs[arm.like], next(done[arm.like].glob("01-*"))
    if arm.held == "updates":
        return [f"step.0.train.max_updates={cost.updates}"]
    if arm.held == "segments":
        return [f"step.0.share={cost.examples / cost.pool:.6f}"]
    examples = list(read_table(step / "examples.parquet", Example))
    sources = [_pair(example) for example in examples if example.kind == "post-edit"]
    held = [use_text("pool", sources, work / f"sources-{arm.held}-seed{seed}.jsonl")]
    if arm.held == "sentences":
        count = sum(example.kind == "context" for example in examples)
        drawn = random.Random(seed).sample(sentences, min(count, len(sentences)))
        held.append(use_text("parallel", drawn, work / f"sentences-seed{seed}.jsonl"))
        held.append(f"step.0.train.max_updates={cost.updates}")
    return held


def _pair(example: Example) -> Pair:
    segment_id = example.id.partition(":")[2]
    source = Segment(segment_id, example.source, example.source_lang)
    return Pair(source, Segment(segment_id, example.target, example.target_lang))


def _flag_rate(table: Path) -> float | None:
    if not table.is_file():
        return None
    flagged = [feedback.flagged for feedback in read_table(table, Feedback)]
    return 100 * sum(flagged) / len(flagged)
