"""The step `radis`: pairs → examples → rationales → rehearsed → student.

RaDis (arXiv 2410.13944, ACL Findings 2025): −log P(y|x) − log P(r|x, y) for a reference y and a rationale r that the
student itself wrote after it. Deviations, each a setting and described in this folder's README: a blank line stands
between y and r, a rationale that was cut has no end, rationales can be filtered, drawn, written anew during training or
by another model; and the baselines of the paper are settings of the same step.
"""

from __future__ import annotations

from collections.abc import Iterator

from tutelage.core.errors import UserError
from tutelage.core.recipe import Recipe
from tutelage.evaluation.report_data import FunnelRow
from tutelage.labelling.teachers import teacher_problems
from tutelage.methods.method import Method, TextNeed
from tutelage.methods.radis.conversations import read_conversations
from tutelage.methods.radis.examples import examples_stage
from tutelage.methods.radis.pairs import pairs_stage
from tutelage.methods.radis.settings import RadisSettings
from tutelage.stages.checks.asked import ask_evidence
from tutelage.stages.checks.text_sizes import TextSizes
from tutelage.stages.checks.training_time import training_minutes
from tutelage.stages.context import StepContext
from tutelage.stages.outcome import Estimate, StepOutcome
from tutelage.stages.rehearsal.estimate import with_rationales
from tutelage.stages.rehearsal.problems import chat_student_problems, rationale_problems
from tutelage.stages.rehearsal.training import tune_with_rationales


def run(radis: RadisSettings, context: StepContext) -> StepOutcome:
    """Do the step; stages that are done already are skipped."""
    pairs = pairs_stage(context)
    examples = examples_stage(radis, context, pairs)
    tuned = tune_with_rationales(
        context,
        examples,
        settings=radis.train,
        rationales=radis.rationales,
        folder=context.folder,
        student=context.student,
    )
    kinds = [example.kind for example in examples]
    made = {kind: kinds.count(kind) for kind in ("self-distilled", "rewritten", "instruction")}
    return StepOutcome(
        student=tuned.student,
        examples=tuned.examples,
        training=tuned.training,
        funnel=(
            FunnelRow("parallel text", pairs.rows),
            *(FunnelRow(f"examples that are {kind}", count) for kind, count in made.items() if count),
            *tuned.funnel,
            FunnelRow("trained on", examples.rows),
        ),
        rejections=(pairs.rejections(), examples.rejections(), *tuned.rejections),
    )


def estimate(radis: RadisSettings, recipe: Recipe, sizes: TextSizes) -> Estimate:
    """For all of the parallel text, and as many conversations as are drawn beside it."""
    parallel = sizes.of("parallel")
    share = radis.instructions.share if radis.instructions else 0.0
    examples = round(parallel.segments / (1 - share))
    words = round(parallel.words_per_segment * examples)
    minutes = training_minutes(radis.train, examples=examples, words=words)
    asked = ask_evidence(recipe, sizes, teacher=radis.teacher)
    estimate = Estimate(sizes.of("pool").segments, tuple(asked), examples, minutes)
    return with_rationales(estimate, radis.rationales, radis, recipe, size=parallel)


def radis_problems(settings: RadisSettings, recipe: Recipe) -> list[str]:
    """Missing text, a student that cannot chat, conversations that cannot be read, a teacher that is not clear."""
    found = [
        *_student_problems(settings, recipe),
        *rationale_problems(settings.rationales, settings, recipe),
        *_instruction_problems(settings),
        *_ceiling_problems(settings, recipe),
    ]
    return list(dict.fromkeys(found))


def _student_problems(settings: RadisSettings, recipe: Recipe) -> Iterator[str]:
    if settings.target == "rewritten":
        yield from chat_student_problems(recipe, why="references are rewritten by a chat model")
    if settings.instructions is not None:
        yield from chat_student_problems(recipe, why="conversations are learned by a chat model")


def _instruction_problems(settings: RadisSettings) -> Iterator[str]:
    """Of the first line of each file; the others are looked at when they are read."""
    if settings.instructions is None:
        return
    try:
        if next(read_conversations(settings.instructions.path), None) is None:
            yield "instructions.path: nothing is in it."
    except UserError as error:
        yield f"instructions.path: {error}"


def _ceiling_problems(settings: RadisSettings, recipe: Recipe) -> list[str]:
    """The step's teacher only translates the test sets, for the ceiling; with several, one must be named."""
    if not recipe.teachers or not recipe.evaluation.teacher_scores:
        return []
    return teacher_problems(recipe, settings.teacher, key="teacher")


RADIS = Method(
    name="radis",
    idea="a chat model learns behind each translation what it would go on to write itself, against forgetting",
    paper="RaDis, arXiv 2410.13944",
    settings=RadisSettings,
    run=run,
    estimate=estimate,
    problems=radis_problems,
    needs=lambda _: (TextNeed("parallel", "radis trains on human translations"),),
)
