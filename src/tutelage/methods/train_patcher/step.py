"""The step `train_patcher`: a teacher demonstrates patching's roles, a local chat model learns them.

    pool → hypotheses → feedback → errors → analyses → written → named → demonstrations → examples → student

MT-Patcher (Li et al. 2024, arXiv 2403.09522), §3.4. The recipe's student is the model that learns; the translator
whose errors are demonstrated is named by the step. The evidence is not translation but the answers to demonstrations
that were held out. Deviations are described in this folder's README.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from tutelage.core.errors import RecipeError
from tutelage.core.recipe import Recipe
from tutelage.evaluation.report_data import FunnelRow
from tutelage.labelling.patcher import write_pairs_at_once
from tutelage.methods.method import Method, TextNeed
from tutelage.methods.train_patcher.demonstrations import (
    Demonstration,
    Lessons,
    demonstrations_stage,
    examples_stage,
)
from tutelage.methods.train_patcher.held_out import measure_patcher, read_faults
from tutelage.methods.train_patcher.problems import train_patcher_problems
from tutelage.methods.train_patcher.role_scores import MEASURES, TEST
from tutelage.methods.train_patcher.settings import TrainPatcherSettings
from tutelage.methods.train_patcher.tables import PatcherTables, make_tables
from tutelage.stages.checks.asked_roles import (
    ERRORS_PER_SEGMENT,
    ask_analogies,
    ask_analyses,
    ask_feedback,
    ask_pairs,
)
from tutelage.stages.checks.text_sizes import TextSizes
from tutelage.stages.checks.training_time import training_minutes
from tutelage.stages.context import StepContext
from tutelage.stages.outcome import Estimate, StepOutcome
from tutelage.stages.student import read_summary, student_stage
from tutelage.storage.stages import StageTable

WORDS_PER_DEMONSTRATION = 200
"""Of a question and its answer, most of them the instruction's."""


def run(patcher: TrainPatcherSettings, context: StepContext) -> StepOutcome:
    """Do the step; stages that are done already are skipped."""
    from tutelage.students.loading import locate_student

    if patcher.translator is None:
        raise RecipeError(["translator: missing; name the student whose errors are demonstrated."])
    tables = make_tables(patcher, context, translator=locate_student(patcher.translator))
    direction = context.recipe.direction.direction
    lessons = Lessons(tables, patcher.roles, patcher.contexts, patcher.words_per_aspect, patcher.mode, direction)
    demonstrations = demonstrations_stage(patcher, context, lessons)
    examples = examples_stage(context, demonstrations, student=context.student, train=patcher.train)
    student = student_stage(context, examples, train=patcher.train, folder=context.folder, student=context.student)
    write_pairs_at_once(student, patcher.contexts.per_error if patcher.writes_contexts else 1)
    evidence = measure_patcher(patcher, context, lessons, demonstrations, after=student)
    unused = [*tables.rejections(), demonstrations.rejections(), examples.rejections()]
    return StepOutcome(
        student=student,
        examples=examples,
        training=read_summary(student),
        funnel=tuple(_count_funnel(tables, demonstrations, trained=examples.rows)),
        rejections=(*unused, list(read_faults(context))),
        evidence=evidence,
    )


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


def estimate_train_patcher(settings: TrainPatcherSettings, recipe: Recipe, sizes: TextSizes) -> Estimate:
    """A call for each segment, and for each error word one in each further role that is learned."""
    pool, roles, teacher = sizes.of("pool"), set(settings.roles), settings.teacher
    direction = recipe.direction.direction
    named = ERRORS_PER_SEGMENT * pool.segments
    words = min(named, settings.most_error_words or named)
    asked = [ask_feedback(pool, direction, mode=settings.mode, teacher=teacher, calls=pool.segments)]
    if roles & {"analyse", "contexts"}:
        asked.append(ask_analyses(pool, direction, teacher=teacher, calls=words))
    if settings.writes_contexts:
        count = settings.contexts.per_error
        asked.append(ask_pairs(direction, count=count, analysis=True, teacher=teacher, calls=words, kind="contexts"))
    if "analogies" in roles:
        named = settings.words_per_aspect
        asked.append(ask_analogies(pool, direction, asked=named, teacher=teacher, calls=words))
    demonstrated = pool.segments * ("feedback" in roles) + words * len(roles - {"feedback"})
    rows = _most_drawn(demonstrated, share=1 - settings.held_out)
    minutes = training_minutes(settings.train, examples=rows, words=rows * WORDS_PER_DEMONSTRATION)
    return Estimate(pool.segments, tuple(asked), rows, minutes)


def _most_drawn(count: int, *, share: float) -> int:
    """Of so many, what a draw with this chance takes at most: three standard deviations above its mean."""
    return min(count, math.ceil(share * count + 3 * math.sqrt(share * (1 - share) * count)))


TRAIN_PATCHER = Method(
    name="train_patcher",
    idea="a local chat model learns the teacher's roles from its demonstrations",
    paper="MT-Patcher",
    settings=TrainPatcherSettings,
    run=run,
    estimate=estimate_train_patcher,
    problems=train_patcher_problems,
    needs=lambda _: (TextNeed("pool", "train_patcher needs text that the translator translates"),),
    translates=False,
    measures=MEASURES,
    measured_on=(TEST,),
)
