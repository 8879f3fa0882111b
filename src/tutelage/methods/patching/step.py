"""The step `patching`: the student translates, the teacher corrects, the student learns the corrections.

    pool → hypotheses → feedback → selected → errors → analyses → contexts → analogies → examples → student

for one or more rounds. MT-Patcher (Li et al. 2024, arXiv 2403.09522). Deviations, each a setting and described in this
folder's README: feedback can be derived from the teacher's translation and verified, selection is a strategy, contexts
can be retrieved, or written and then translated, and the student's own correct outputs can be rehearsed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

from tutelage.core.errors import CorpusError
from tutelage.core.recipe import Recipe, StepSettings
from tutelage.core.records import Feedback, Hypothesis, Pair, Segment
from tutelage.methods.patching.errors import errors_stage
from tutelage.methods.patching.estimate import estimate_patching
from tutelage.methods.patching.examples import examples_stage
from tutelage.methods.patching.extending.analogies import analogies_stage
from tutelage.methods.patching.extending.analyses import analyses_stage
from tutelage.methods.patching.extending.contexts import analogy_contexts_stage, contexts_stage
from tutelage.methods.patching.feedback.asked import asked_feedback_stage
from tutelage.methods.patching.feedback.referenced import feedback_stage, threshold_stage
from tutelage.methods.patching.funnel import RoundTables, count_funnel, gather_rejections
from tutelage.methods.patching.problems import patching_problems
from tutelage.methods.patching.rounds import (
    Round,
    RoundScore,
    best_round,
    open_round,
    round_pool,
    score_round,
    stops_after,
    write_rounds,
)
from tutelage.methods.patching.selected_stage import selected_stage
from tutelage.methods.patching.settings import PatchingSettings
from tutelage.stages.context import Estimate, StepContext, StepOutcome
from tutelage.stages.pool import pool_stage
from tutelage.stages.rehearsal.training import Tuned, tune_with_rationales
from tutelage.stages.translations import hypotheses_stage, translations_stage
from tutelage.storage.stages import StageTable


class Patching:
    """The student translates, the teacher corrects, the student learns the corrections."""

    settings_type: ClassVar[type[StepSettings]] = PatchingSettings

    @staticmethod
    def run(settings: StepSettings, context: StepContext) -> StepOutcome:
        """Do the step; stages that are done already are skipped."""
        patching = cast(PatchingSettings, settings)
        pool = pool_stage(context)
        done: list[_Done] = []
        scores: list[RoundScore] = []
        for number in range(1, patching.rounds + 1):
            work = open_round(patching, context, number=number, student=done[-1].student if done else context.student)
            tables = _make_tables(work, round_pool(work, pool))
            if not tables.examples.rows:
                _require_examples(work, done)
                break
            done.append(_Done(tables, _train(work, tables)))
            if patching.rounds > 1:
                scores.append(_score(work, done[-1]))
                write_rounds(context, scores)
                if stops_after(patching, scores[-1]):
                    break
        return _close(patching, pool, done, scores)

    @staticmethod
    def estimate(settings: StepSettings, *, pool_segments: int, pool_words: int) -> Estimate:
        """The worst case: every segment is flagged, and every limit is reached."""
        return estimate_patching(cast(PatchingSettings, settings), pool_segments=pool_segments, pool_words=pool_words)

    @staticmethod
    def problems(settings: StepSettings, recipe: Recipe) -> list[str]:
        """What of the recipe does not fit the step."""
        return patching_problems(cast(PatchingSettings, settings), recipe)


@dataclass(frozen=True, slots=True)
class _Done:
    """A round that was trained."""

    tables: RoundTables
    tuned: Tuned

    @property
    def student(self) -> Path:
        """The folder of the student that came out."""
        return self.tuned.student


def _require_examples(work: Round, done: Sequence[_Done]) -> None:
    """A later round may find nothing to correct; the first must have something to train on."""
    if not done:
        raise CorpusError(
            "there is nothing to train on: nothing was flagged, or all that was made of it was dropped.",
            where=str(work.folder.path),
            fix="The *.rejected.parquet files there tell the reasons. A larger pool or a smaller threshold gives more.",
        )


def _make_tables(work: Round, pool: StageTable[Segment]) -> RoundTables:
    settings = work.settings
    hypotheses = hypotheses_stage(work.context, pool, student=work.student, folder=work.folder)
    translations = _translations(work, pool)
    feedback = _feedback(work, hypotheses, translations)
    selected = selected_stage(work, feedback, pool_segments=pool.rows)
    extends = settings.contexts.source != "none"
    errors = errors_stage(work, feedback) if extends else None
    analyses = analyses_stage(work, errors=errors, feedback=feedback) if errors else None
    contexts = contexts_stage(work, errors=errors, analyses=analyses, pool=pool) if errors else None
    analogies = analogies_stage(work, errors=errors, feedback=feedback) if errors else None
    analogy_contexts = analogy_contexts_stage(
        work, analogies=analogies, analyses=analyses, pool=pool, contexts=contexts
    )
    examples = examples_stage(
        work, feedback=feedback, selected=selected, contexts=contexts, analogies=analogies,
        analogy_contexts=analogy_contexts,
    )  # fmt: skip
    return RoundTables(
        pool, translations, feedback, selected, errors, analyses, contexts, analogies, analogy_contexts, examples
    )


def _translations(work: Round, pool: StageTable[Segment]) -> StageTable[Pair] | None:
    """The teacher's translations, which feedback by reference needs; one table for all rounds on the same pool."""
    if work.settings.feedback.source == "asked":
        return None
    same = work.settings.pool_each_round == "same"
    folder = work.context.folder if same else work.folder
    return translations_stage(work.context, pool, teacher=work.settings.teacher, folder=folder)


def _feedback(
    work: Round, hypotheses: StageTable[Hypothesis], translations: StageTable[Pair] | None
) -> StageTable[Feedback]:
    if translations is None:
        return asked_feedback_stage(work, hypotheses)
    threshold = threshold_stage(work.settings, work.context, student=work.student, folder=work.folder)
    return feedback_stage(work.context, hypotheses, translations, threshold=threshold.value, folder=work.folder)


def _train(work: Round, tables: RoundTables) -> Tuned:
    return tune_with_rationales(
        work.context,
        tables.examples,
        settings=work.settings.train,
        rationales=work.settings.rationales,
        folder=work.folder,
        student=work.student,
    )


def _score(work: Round, done: _Done) -> RoundScore:
    tables = done.tables
    counts = {"segments": tables.pool.rows, "flagged": tables.flagged, "examples": tables.examples.rows}
    return score_round(work, student=done.student, **counts)


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
        feedback=best.tables.feedback,
    )
