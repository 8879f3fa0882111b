"""The step `patching`: the student translates, the teacher corrects, the student learns the corrections.

    pool → hypotheses → feedback → selected → errors → analyses → contexts → analogies → examples → student

for one or more rounds. MT-Patcher (Li et al. 2024, arXiv 2403.09522). Deviations, each a setting and described in this
folder's README: feedback can be derived from the teacher's translation and verified, selection is a strategy, contexts
can be retrieved, or written and then translated, and the student's own correct outputs can be rehearsed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tutelage.core.counts import counted
from tutelage.core.errors import CorpusError
from tutelage.core.records import Rejection, Segment
from tutelage.evaluation.report_data import FunnelRow
from tutelage.methods.method import Method
from tutelage.methods.patching.estimate import estimate_patching
from tutelage.methods.patching.form import decide_form, with_form
from tutelage.methods.patching.left_out import TEST as LEFT_OUT
from tutelage.methods.patching.left_out import LeftOut, check_left_out
from tutelage.methods.patching.problems import patching_needs, patching_problems
from tutelage.methods.patching.rounds import (
    ROUNDS,
    Round,
    RoundScore,
    RoundScores,
    best_round,
    describe_stop,
    open_round,
    round_pool,
    score_round,
    stops_after,
)
from tutelage.methods.patching.settings import PatchingSettings
from tutelage.methods.patching.tables import RoundTables, make_tables, people_filter
from tutelage.stages.context import StepContext
from tutelage.stages.outcome import StepOutcome
from tutelage.stages.pool import pool_stage
from tutelage.stages.post_edits import SOURCES, PostEditedInputs, post_edits_stage
from tutelage.stages.rehearsal.training import Tuned, tune_with_rationales
from tutelage.stages.rehearsed_text import KIND
from tutelage.stages.rejections import tell_rejections
from tutelage.stages.selection.stage import drawn_stage
from tutelage.storage.stages import StageTable


def run(patching: PatchingSettings, context: StepContext) -> StepOutcome:
    """Do the step; stages that are done already are skipped."""
    pool = _open_pool(patching, context)
    drawn = drawn_stage(context, pool, patching.ask, teacher=patching.teacher)
    choice = decide_form(patching, context, drawn.segments)
    patching = with_form(patching, choice)
    done: list[_Done] = []
    scores: list[RoundScore] = []
    left_out: LeftOut | None = None
    for number in range(1, patching.rounds + 1):
        work = open_round(patching, context, number=number, student=done[-1].student if done else context.student)
        tables = make_tables(work, round_pool(work, drawn.segments))
        if not tables.examples.rows:
            _require_examples(work, done, tables)
            break
        if patching.leave_out and not done:
            left_out = check_left_out(work, tables.pool, tables.examples, list(tables.translations or ()))
        done.append(_Done(tables, _train(work, tables)))
        if patching.rounds > 1:
            scores.append(_score(work, done[-1]))
            context.folder.make(ROUNDS, RoundScores(tuple(scores)))
            if stops_after(patching, scores[-1]):
                break
    outcome = _close(patching, pool, done, scores)
    told = () if choice is None else (f'feedback.source = "{choice.form}": {choice.reason}',)
    funnel = (FunnelRow("pool", pool.rows), *drawn.funnel, *outcome.funnel[1:]) if drawn.funnel else outcome.funnel
    translated = done[0].tables.translations if patching.feedback.source == "translated" else None
    asked = drawn.view(context, translated)
    checked = () if left_out is None else (left_out.decision,)
    decisions = (*drawn.decisions, *told, *checked, *describe_stop(patching, scores), *outcome.decisions)
    also = None if left_out is None else left_out.evidence
    return replace(outcome, funnel=funnel, decisions=decisions, asked=asked, also=also)


def _open_pool(patching: PatchingSettings, context: StepContext) -> StageTable[Segment]:
    """What the student translates: the pool, or the sources of what people have translated."""
    if not patching.by_people:
        return pool_stage(context)
    post_edits = post_edits_stage(context, filters=people_filter(patching, context))
    return context.folder.make(SOURCES, PostEditedInputs(post_edits))


@dataclass(frozen=True, slots=True)
class _Done:
    """A round that was trained."""

    tables: RoundTables
    tuned: Tuned

    @property
    def student(self) -> Path:
        """The folder of the student that came out."""
        return self.tuned.student


def _require_examples(work: Round, done: Sequence[_Done], tables: RoundTables) -> None:
    """A later round may find nothing to correct; the first must have something to train on."""
    if not done:
        raise CorpusError(
            "there is nothing to train on: nothing was flagged, or all that was made of it was dropped."
            + tell_rejections(*(table.rejections() for table in tables.all())),
            where=str(work.folder.path),
            fix="The *.rejected.parquet files there tell the reasons. A larger pool or a smaller threshold gives more.",
        )


def _train(work: Round, tables: RoundTables) -> Tuned:
    return tune_with_rationales(
        work.context,
        tables.examples,
        settings=work.settings.train,
        rationales=work.settings.rationales,
        corrections=work.settings.corrections,
        folder=work.folder,
        student=work.student,
        backbone=work.context.student,
    )


def _score(work: Round, done: _Done) -> RoundScore:
    tables, settings = done.tables, work.settings
    counts = {"segments": tables.pool.rows, "flagged": tables.flagged, "examples": tables.examples.rows}
    translates = work.number == 1 or settings.pool_each_round == "fresh" or settings.feedback.source == "edited"
    answers = tables.count_answers(settings.feedback.source, translations=translates)
    return score_round(work, student=done.student, answers=answers, **counts)


def _close(
    settings: PatchingSettings, pool: StageTable[Segment], done: Sequence[_Done], scores: Sequence[RoundScore]
) -> StepOutcome:
    """The student of the best round, with what it was trained on."""
    best = done[best_round(settings, scores)] if scores else done[-1]
    return StepOutcome(
        student=best.student,
        examples=best.tuned.examples,
        training=best.tuned.training,
        funnel=count_funnel(best.tables, scores, rehearsal=best.tuned.funnel),
        rejections=(
            *gather_rejections(pool, (one.tables for one in done)),
            *(table for one in done for table in one.tuned.rejections),
        ),
        feedback=best.tables.explained or best.tables.feedback,
        decisions=best.tuned.decisions,
    )


def count_funnel(
    tables: RoundTables, scores: Sequence[RoundScore] = (), *, rehearsal: Sequence[FunnelRow] = ()
) -> tuple[FunnelRow, ...]:
    """From the pool to the training set of one round, which is the last row; what every round gained before it."""
    kinds = [example.kind for example in tables.examples]
    added = {"contexts": kinds.count("context"), "contexts of analogies": kinds.count("analogy")}
    added |= {"general text": kinds.count(KIND)} if tables.general is not None else {}
    optional = {"error words": tables.errors, "analogous words": tables.analogies}
    return (
        FunnelRow("pool", tables.pool.rows),
        FunnelRow("judged by the teacher", tables.feedback.rows),
        FunnelRow("flagged", tables.flagged),
        FunnelRow("selected", tables.selected.rows),
        *(FunnelRow(label, table.rows) for label, table in optional.items() if table is not None),
        *(FunnelRow(f"{label} added", count) for label, count in added.items() if count),
        *rehearsal,
        *map(_round_row, scores),
        FunnelRow("from the pool trained on", len(kinds) - sum(added.values())),
    )


def gather_rejections(pool: StageTable[Segment], rounds: Iterable[RoundTables]) -> tuple[Iterable[Rejection], ...]:
    """What the pool and the stages of all rounds did not use, each table once."""
    made = (table for one in rounds for table in one.all())
    tables = {table.path: table for table in (pool, *made)}
    return tuple(table.rejections() for table in tables.values())


def _round_row(score: RoundScore) -> FunnelRow:
    return FunnelRow(f"flagged in round {score.round}{', '.join(_gain(score))}", score.flagged)


def _gain(score: RoundScore) -> Iterator[str]:
    if score.dev_before is not None and score.dev_after is not None:
        yield f" (dev chrF {score.dev_before:.1f} → {score.dev_after:.1f}"
        yield f"gain between {score.gain_low:+.1f} and {score.gain_high:+.1f}"
        each = score.gain_per_thousand
        yield counted(score.answers, "answer") + (")" if each is None else f", {each:+.2f} for a thousand)")


def own_tests(settings: PatchingSettings) -> tuple[str, ...]:
    """Test sets that the step makes of its own text."""
    return (LEFT_OUT,) if settings.leave_out else ()


PATCHING = Method(
    name="patching",
    idea="the teacher corrects only what the student gets wrong",
    paper="MT-Patcher, arXiv 2403.09522",
    settings=PatchingSettings,
    run=run,
    estimate=estimate_patching,
    problems=patching_problems,
    needs=patching_needs,
    tests=own_tests,
)
