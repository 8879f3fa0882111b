"""The step `language_aware`: pairs → examples → stage-1/student → conflicts → stage-2/student.

Language-aware tuning (arXiv 2403.14399): stage 1 is likelihood on all directions that have text; stage 2, short, is
L = CE + α·UL, where UL makes the same translation unlikely under a wrong direction. Deviations, each a setting and
described in this folder's README: wrong directions that change the target's language, numerics whose gradient does not
die, students that are told the target's language by a token.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.recipe import Recipe
from tutelage.core.records import Example, Rejection
from tutelage.core.training import TrainingSummary
from tutelage.evaluation.report_data import FunnelRow
from tutelage.methods.language_aware.conflicts import count_conflicts
from tutelage.methods.language_aware.directed_tests import System
from tutelage.methods.language_aware.directions import KnownDirection, list_directions
from tutelage.methods.language_aware.evidence import collect_directed_evidence
from tutelage.methods.language_aware.examples import (
    EXAMPLES,
    ExamplesInputs,
    conflicts_stage,
    count_draws,
    pairs_stage,
)
from tutelage.methods.language_aware.problems import directed_tests, language_aware_problems
from tutelage.methods.language_aware.settings import BaselineSettings, LanguageAwareSettings
from tutelage.methods.method import Method
from tutelage.stages.asked_student import asked_student_stage
from tutelage.stages.checks.asked import ask_evidence
from tutelage.stages.checks.text_sizes import TextSizes
from tutelage.stages.checks.training_time import training_minutes
from tutelage.stages.context import StepContext
from tutelage.stages.outcome import Estimate, StepOutcome
from tutelage.stages.rehearsal.estimate import with_rationales
from tutelage.stages.rehearsal.training import join_summaries, tune_with_rationales
from tutelage.stages.student import read_summary, student_stage
from tutelage.storage.stages import StageTable
from tutelage.students.kinds.registry import student_kind
from tutelage.students.student_folder import require_directions

CONTRASTIVE = "contrastive"
N_SHOT = "n-shot"


@dataclass(frozen=True, slots=True)
class _Trained:
    """What one stage of training made."""

    student: Path
    examples: StageTable[Example]
    training: TrainingSummary
    funnel: tuple[FunnelRow, ...]
    rejections: tuple[Iterable[Rejection], ...]


def run(aware: LanguageAwareSettings, context: StepContext) -> StepOutcome:
    """Do the step; stages that are done already are skipped."""
    directions = list_directions(aware, context.recipe)
    require_directions(context.student, [one.direction for one in directions])
    pairs = pairs_stage(context, directions)
    examples = context.folder.make(EXAMPLES, ExamplesInputs(pairs))
    students, stages = {"before": context.student}, list[_Trained]()
    if aware.stage_1:
        stages.append(_stage_1(aware, context, examples))
        students["stage-1" if aware.stage_2 else "after"] = stages[-1].student
    if aware.stage_2:
        known = stages[-1].examples if stages else examples
        student = stages[-1].student if stages else context.student
        stages.append(_stage_2(aware, context, known, directions, student=student))
        students["after"] = stages[-1].student
    evidence = collect_directed_evidence(
        context,
        directions,
        named=name_systems(aware.baselines, context, students=students),
        teacher=aware.teacher,
        rules=aware.gate,
    )
    return StepOutcome(
        student=students["after"],
        examples=stages[-1].examples,
        training=join_summaries([stage.training for stage in stages]),
        funnel=(
            FunnelRow("parallel text", pairs.rows + sum(1 for _ in pairs.rejections())),
            *(row for stage in stages for row in stage.funnel),
            FunnelRow("trained on", examples.rows),
        ),
        rejections=(pairs.rejections(), *(table for stage in stages for table in stage.rejections)),
        evidence=evidence,
    )


def estimate(aware: LanguageAwareSettings, recipe: Recipe, sizes: TextSizes) -> Estimate:
    """For the pairs of every supervised direction, each as many as its limit allows."""
    parallel = sizes.of("parallel")
    for direction, text in aware.own_parallel:
        parallel += sizes.named(text, direction)
    minutes = 0.0
    if aware.stage_1:
        minutes += training_minutes(aware.train, examples=parallel.segments, words=parallel.words)
    if aware.stage_2:  # every example twice: as it is, and under a wrong direction
        again, words = aware.unlikelihood.train, 2 * parallel.words
        minutes += training_minutes(again, examples=parallel.segments, words=words)
    asked = ask_evidence(recipe, sizes, teacher=aware.teacher)
    estimate = Estimate(sizes.of("pool").segments, tuple(asked), parallel.segments, minutes)
    return with_rationales(estimate, aware.rationales, aware, recipe, size=parallel)


def _stage_1(settings: LanguageAwareSettings, context: StepContext, examples: StageTable[Example]) -> _Trained:
    tuned = tune_with_rationales(
        context,
        examples,
        settings=settings.train,
        rationales=settings.rationales,
        folder=context.folder.inner("stage-1"),
        student=context.student,
    )
    return _Trained(tuned.student, tuned.examples, tuned.training, tuned.funnel, tuned.rejections)


def _stage_2(
    settings: LanguageAwareSettings,
    context: StepContext,
    examples: StageTable[Example],
    directions: Sequence[KnownDirection],
    *,
    student: Path,
) -> _Trained:
    unlikelihood = settings.unlikelihood
    conflicts = conflicts_stage(
        context,
        examples,
        settings=unlikelihood,
        directions=directions,
        says_source=student_kind(student).says_source(student),
    )
    train = unlikelihood.train.model_copy(update={"epochs": unlikelihood.train.epochs / count_draws(unlikelihood)})
    trained = student_stage(
        context,
        conflicts,
        train=train,
        folder=context.folder.inner("stage-2"),
        student=student,
        unlikelihood=unlikelihood.objective,
    )
    counted = count_conflicts(conflicts)
    funnel = (
        FunnelRow("trained against a wrong direction too", counted.conflicts),
        FunnelRow("of these with another target language", counted.target_changed),
    )
    return _Trained(trained, conflicts, read_summary(trained), funnel, (conflicts.rejections(),))


def name_systems(
    baselines: BaselineSettings, context: StepContext, *, students: Mapping[str, Path]
) -> dict[str, System]:
    """The systems by name, in the order of the report; a baseline is the student that stage 2 would begin with."""
    systems = {name: System(folder) for name, folder in students.items()}
    tuned = _before_stage_2(students)
    if baselines.contrastive is not None:
        systems[CONTRASTIVE] = System(tuned, baselines.contrastive.contrast)
    if baselines.shots is not None:
        folder = context.folder.inner(N_SHOT)
        shown = asked_student_stage(context.recipe, folder, student=tuned, instruction=None, shots=baselines.shots)
        systems[N_SHOT] = System(shown)
    return systems


def _before_stage_2(students: Mapping[str, Path]) -> Path:
    """The student of stage 1, which is called `after` if there is no stage 2; else the one that came in."""
    if "stage-1" in students:
        return students["stage-1"]
    return students["after" if students["after"].parent.name == "stage-1" else "before"]


LANGUAGE_AWARE = Method(
    name="language_aware",
    idea="a translation is made unlikely where another language was asked for, against off-target output",
    paper="arXiv 2403.14399",
    settings=LanguageAwareSettings,
    run=run,
    estimate=estimate,
    problems=language_aware_problems,
    tests=directed_tests,
)
