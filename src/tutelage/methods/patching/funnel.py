"""What became of the pool in each round: the tables of its stages, counted for the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tutelage.core.records import Rejection, Segment
from tutelage.evaluation.report_data import FunnelRow
from tutelage.methods.patching.rounds import RoundScore
from tutelage.methods.patching.tables import RoundTables
from tutelage.storage.stages import StageTable


def count_funnel(
    tables: RoundTables, scores: Sequence[RoundScore] = (), *, rehearsal: Sequence[FunnelRow] = ()
) -> tuple[FunnelRow, ...]:
    """From the pool to the training set of one round, its rationales counted, then what every round gained."""
    kinds = [example.kind for example in tables.examples]
    added = {"contexts": kinds.count("context"), "contexts of analogies": kinds.count("analogy")}
    optional = {"error words": tables.errors, "analogous words": tables.analogies}
    return (
        FunnelRow("pool", tables.pool.rows),
        FunnelRow("judged by the teacher", tables.feedback.rows),
        FunnelRow("flagged", tables.flagged),
        FunnelRow("selected", tables.selected.rows),
        *(FunnelRow(label, table.rows) for label, table in optional.items() if table is not None),
        *(FunnelRow(f"{label} added", count) for label, count in added.items() if count),
        *rehearsal,
        FunnelRow("from the pool trained on", len(kinds) - sum(added.values())),
        *map(_round_row, scores),
    )


def gather_rejections(pool: StageTable[Segment], rounds: Iterable[RoundTables]) -> tuple[Iterable[Rejection], ...]:
    """What the pool and the stages of all rounds did not use, each table once."""
    made = (table for one in rounds for table in one.all())
    tables = {table.path: table for table in (pool, *made)}
    return tuple(list(table.rejections()) for table in tables.values())


def _round_row(score: RoundScore) -> FunnelRow:
    return FunnelRow(f"flagged in round {score.round}{', '.join(_gain(score))}", score.flagged)


def _gain(score: RoundScore) -> Iterator[str]:
    if score.dev_before is not None and score.dev_after is not None:
        yield f" (dev chrF {score.dev_before:.1f} → {score.dev_after:.1f}"
        yield f"gain between {score.gain_low:+.1f} and {score.gain_high:+.1f})"
