"""Holds an arm to what another has taken: as many segments, the same sources, as many updates or sentences."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.claims.claim.arms import Arm
from benchmarks.claims.claim.run import hold_updates, read_training, step_folder
from benchmarks.claims.claim.texts import use_text
from tutelage.core.records import Example, Feedback, Pair, Segment
from tutelage.storage.ledger import Ledger
from tutelage.storage.tables import count_rows, read_table


def read_cost(folder: Path, *, ledger: Path) -> dict[str, int | float | None]:
    """What a finished run took, from its own files and the ledger.

    Its calls are those that it needs, whether it sent them or another had sent them before. `flagged` is the percentage
    of the judged hypotheses, `None` if nothing is judged.
    """
    with Ledger.open(ledger) as opened:
        calls = [entry.call for entry in opened.entries(run=folder.name)]
    return {
        **read_training(folder),
        "teacher_calls": len(calls),
        "teacher_tokens": sum((call.input_tokens or 0) + (call.output_tokens or 0) for call in calls),
        "flagged": _flag_rate(step_folder(folder) / "feedback.parquet"),
    }


def hold(arm: Arm, done: Mapping[str, Path], *, sentences: Sequence[Pair], seed: int, work: Path) -> list[str]:
    """The overrides that hold the arm to the one it is like; `done` has the run folders of this seed, by arm."""
    like = done[arm.like]
    if arm.held == "updates":
        return hold_updates(arm, done)
    if arm.held == "segments":
        return [f"step.0.share={read_training(like)['examples'] / _pool(like):.6f}"]
    examples = list(read_table(step_folder(like) / "examples.parquet", Example))
    sources = [_pair(example) for example in examples if example.kind == "post-edit"]
    held = [use_text("pool", sources, work / f"sources-{arm.held}-seed{seed}.jsonl")]
    if arm.held == "sentences":
        count = sum(example.kind == "context" for example in examples)
        drawn = random.Random(seed).sample(sentences, min(count, len(sentences)))
        held.append(use_text("parallel", drawn, work / f"sentences-seed{seed}.jsonl"))
        held += hold_updates(arm, done)
    return held


def _pool(folder: Path) -> int:
    return count_rows(step_folder(folder) / "pool.parquet")


def _pair(example: Example) -> Pair:
    segment_id = example.id.partition(":")[2]
    source = Segment(segment_id, example.source, example.source_lang)
    return Pair(source, Segment(segment_id, example.target, example.target_lang))


def _flag_rate(table: Path) -> float | None:
    if not table.is_file():
        return None
    flagged = [feedback.flagged for feedback in read_table(table, Feedback)]
    return 100 * sum(flagged) / len(flagged)
