"""The step `train_patcher`: a teacher demonstrates patching's roles, a local chat model learns them.

    pool → hypotheses → feedback → errors → analyses → written → named → demonstrations → examples → student

MT-Patcher (Li et al. 2024, arXiv 2403.09522), §3.4. The recipe's student is the model that learns; the translator
whose errors are demonstrated is named by the step. The evidence is not translation but the answers to demonstrations
that were held out. Deviations are described in this folder's README.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import ClassVar, cast

from tutelage.core.errors import RecipeError
from tutelage.core.recipe import Recipe, StepSettings
from tutelage.evaluation.report_data import FunnelRow
from tutelage.methods.train_patcher.demonstrations import (
    Demonstration,
    Lessons,
    demonstrations_stage,
    examples_stage,
)
from tutelage.methods.train_patcher.estimate import estimate_train_patcher
from tutelage.methods.train_patcher.held_out import measure_patcher, read_faults
from tutelage.methods.train_patcher.problems import train_patcher_problems
from tutelage.methods.train_patcher.settings import TrainPatcherSettings
from tutelage.methods.train_patcher.tables import PatcherTables, make_tables
from tutelage.stages.checks.text_sizes import TextSizes
from tutelage.stages.context import Estimate, StepContext, StepOutcome
from tutelage.stages.student import read_summary, student_stage
from tutelage.storage.stages import StageTable


class TrainPatcher:
    """A teacher demonstrates, a local chat model learns the roles."""

    settings_type: ClassVar[type[StepSettings]] = TrainPatcherSettings

    @staticmethod
    def run(settings: StepSettings, context: StepContext) -> StepOutcome:
        """Do the step; stages that are done already are skipped."""
        from tutelage.students.loading import locate_student

        patcher = cast(TrainPatcherSettings, settings)
        if patcher.translator is None:
            raise RecipeError(["translator: missing; name the student whose errors are demonstrated."])
        tables = make_tables(patcher, context, translator=locate_student(patcher.translator))
        direction = context.recipe.direction.direction
        lessons = Lessons(tables, patcher.roles, patcher.contexts, patcher.words_per_aspect, patcher.mode, direction)
        demonstrations = demonstrations_stage(patcher, context, lessons)
        examples = examples_stage(context, demonstrations, student=context.student, train=patcher.train)
        student = student_stage(context, examples, train=patcher.train, folder=context.folder, student=context.student)
        evidence = measure_patcher(patcher, context, lessons, demonstrations, after=student)
        unused = [*tables.rejections(), list(demonstrations.rejections()), list(examples.rejections())]
        return StepOutcome(
            student=student,
            examples=examples,
            training=read_summary(student),
            funnel=tuple(_count_funnel(tables, demonstrations, trained=examples.rows)),
            rejections=(*unused, list(read_faults(context))),
            evidence=evidence,
        )

    @staticmethod
    def estimate(settings: StepSettings, recipe: Recipe, *, sizes: TextSizes) -> Estimate:
        """The worst case: every segment is flagged, and every limit is reached."""
        return estimate_train_patcher(cast(TrainPatcherSettings, settings), recipe, sizes=sizes)

    @staticmethod
    def problems(settings: StepSettings, recipe: Recipe) -> list[str]:
        """What of the recipe does not fit the step."""
        return train_patcher_problems(cast(TrainPatcherSettings, settings), recipe)


def _count_funnel(
    tables: PatcherTables, demonstrations: StageTable[Demonstration], *, trained: int
) -> Iterator[FunnelRow]:
    yield FunnelRow("pool", tables.pool.rows)
    yield FunnelRow("judged by the teacher", tables.feedback.rows)
    yield FunnelRow("flagged", sum(feedback.flagged for feedback in tables.feedback))
    if tables.errors is not None:
        yield FunnelRow("error words", tables.errors.rows)
    roles: Counter[str] = Counter()
    held_out = 0
    for one in demonstrations:
        roles[one.role] += 1
        held_out += one.held_out
    yield from (FunnelRow(f"demonstrations of {role}", count) for role, count in roles.items())
    yield FunnelRow("demonstrations held out", held_out)
    yield FunnelRow("demonstrations trained on", trained)
