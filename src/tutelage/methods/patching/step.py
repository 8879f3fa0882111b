"""The step `patching`: hypotheses → feedback → selected → contexts → examples → student, for one or more rounds.

MT-Patcher (Li et al. 2024, arXiv 2403.09522). Deviations, each a setting and described in this folder's README: the
feedback is derived from the teacher's translation, selection is a strategy, contexts are retrieved or written and then
translated, and the student's own correct outputs can be rehearsed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, cast

import numpy as np

from tutelage.core.recipe import Recipe, StepSettings
from tutelage.core.records import Example, Feedback, Pair, Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.evaluation.report_data import FunnelRow
from tutelage.methods.checks.estimating import training_minutes
from tutelage.methods.patching.contexts import contexts_stage
from tutelage.methods.patching.examples import examples_stage
from tutelage.methods.patching.feedback_stage import feedback_stage, threshold_stage
from tutelage.methods.patching.selection import Selected, make_candidate, select
from tutelage.methods.patching.settings import PatchingSettings
from tutelage.methods.stages.pool import pool_stage
from tutelage.methods.stages.student_stage import read_summary, student_stage
from tutelage.methods.stages.translations import hypotheses_stage, translations_stage
from tutelage.methods.step import Estimate, StepContext, StepOutcome
from tutelage.methods.teaching import teacher_problems
from tutelage.storage.stages import StageFolder, StageTable


class Patching:
    """The student translates, the teacher corrects, the student learns the corrections."""

    settings_type: ClassVar[type[StepSettings]] = PatchingSettings

    @staticmethod
    def run(settings: StepSettings, context: StepContext) -> StepOutcome:
        """Do the step; stages that are done already are skipped."""
        patching = cast(PatchingSettings, settings)
        pool = pool_stage(context)
        translations = translations_stage(context, pool, teacher=patching.teacher)
        outcome, student = None, context.student
        for number in range(1, patching.rounds + 1):
            folder = context.folder if patching.rounds == 1 else context.folder.inner(f"round-{number}")
            outcome = _run_round(patching, context, pool, translations, student=student, folder=folder)
            student = outcome.student
        return cast(StepOutcome, outcome)

    @staticmethod
    def estimate(settings: StepSettings, *, pool_segments: int, pool_words: int) -> Estimate:
        """A call for each segment and each context; in the worst case every segment is flagged."""
        patching = cast(PatchingSettings, settings)
        share = 1.0 if patching.select.share is None else patching.select.share
        wanted = patching.contexts.per_error * patching.contexts.max_errors
        contexts = 0 if patching.contexts.source == "none" else wanted
        rows = round(share * pool_segments * (1 + patching.rehearsal.ratio)) + contexts
        words = round(rows * pool_words / max(pool_segments, 1))
        minutes = patching.rounds * training_minutes(settings.train, examples=rows, words=words)
        calls = pool_segments + patching.rounds * contexts
        return Estimate(pool_segments, calls, round(2.6 * (pool_words + 15 * contexts)), rows, minutes)

    @staticmethod
    def problems(settings: StepSettings, recipe: Recipe) -> list[str]:
        """What of the recipe does not fit the step."""
        patching = cast(PatchingSettings, settings)
        problems = [] if recipe.text.pool else ["text.pool: missing; patching needs text that the student translates."]
        problems += teacher_problems(recipe, patching.teacher, key="teacher")
        if patching.contexts.source == "retrieved" and recipe.text.sentences is None:
            problems.append("text.sentences: missing; retrieved contexts are looked for there.")
        if patching.contexts.source == "written":
            problems += teacher_problems(recipe, patching.contexts.writer, key="contexts.writer", chat=True)
        return problems


def _run_round(
    settings: PatchingSettings,
    context: StepContext,
    pool: StageTable[Segment],
    translations: StageTable[Pair],
    *,
    student: Path,
    folder: StageFolder,
) -> StepOutcome:
    hypotheses = hypotheses_stage(context, pool, student=student, folder=folder)
    threshold = threshold_stage(settings, context, student=student, folder=folder)
    feedback = feedback_stage(context, hypotheses, translations, threshold=threshold.value, folder=folder)
    selected = _selected_stage(settings, context, feedback, pool_segments=pool.rows, folder=folder)
    contexts = contexts_stage(settings, context, feedback=feedback, pool=pool, folder=folder)
    examples = examples_stage(settings, context, feedback=feedback, selected=selected, contexts=contexts, folder=folder)
    tuned = student_stage(context, examples, settings=settings, folder=folder, student=student)
    tables = (pool, translations, feedback, contexts, examples)
    rejections = tuple(list[Rejection](table.rejections()) for table in tables if table is not None)
    funnel = _funnel(pool, feedback, selected, examples)
    return StepOutcome(tuned, examples, read_summary(tuned), funnel, rejections, feedback=feedback)


def _selected_stage(
    settings: PatchingSettings,
    context: StepContext,
    feedback: StageTable[Feedback],
    *,
    pool_segments: int,
    folder: StageFolder,
) -> StageTable[Selected]:
    """The stage `selected`: which of the flagged segments are trained on, in the order of their choice."""
    key = content_key("selected", 1, feedback.key, settings.select, pool_segments, context.recipe.seed)

    def produce() -> Iterator[Selected]:
        candidates = [make_candidate(item) for item in feedback if item.flagged]
        generator = np.random.default_rng(context.recipe.seed)
        return select(candidates, settings.select, pool_segments=pool_segments, generator=generator)

    return folder.table("selected", Selected, key=key, produce=produce)


def _funnel(
    pool: StageTable[Segment],
    feedback: StageTable[Feedback],
    selected: StageTable[Selected],
    examples: StageTable[Example],
) -> tuple[FunnelRow, ...]:
    flagged = sum(item.flagged for item in feedback)
    contexts = sum(example.kind == "context" for example in examples)
    added = (FunnelRow("contexts added", contexts),) if contexts else ()
    return (
        FunnelRow("pool", pool.rows),
        FunnelRow("judged by the teacher", feedback.rows),
        FunnelRow("flagged", flagged),
        FunnelRow("selected", selected.rows),
        *added,
        FunnelRow("from the pool trained on", examples.rows - contexts),
    )
