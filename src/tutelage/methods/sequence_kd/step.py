"""The step `sequence_kd`: pool → translations → examples → student.

Kim and Rush 2016, §3.2, with the teacher's own output as the single sample. Deviation: human translations can be
mixed in, and translations that lost a placeholder or are in the wrong language are filtered with counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tutelage.core.errors import CorpusError
from tutelage.core.recipe import Recipe
from tutelage.core.records import Example, Pair, Rejection
from tutelage.core.stage import Stage, Work
from tutelage.corpora.filters import TextFilter
from tutelage.corpora.held_back import HeldBack
from tutelage.corpora.texts import Text
from tutelage.evaluation.report_data import FunnelRow
from tutelage.labelling.teachers import teacher_problems
from tutelage.methods.method import Method, TextNeed
from tutelage.methods.sequence_kd.settings import SequenceKDSettings
from tutelage.stages.checks.asked import ask_evidence, ask_translation
from tutelage.stages.checks.text_sizes import TextSize, TextSizes
from tutelage.stages.checks.training_time import training_minutes
from tutelage.stages.context import StepContext
from tutelage.stages.outcome import Estimate, StepOutcome
from tutelage.stages.pool import pool_stage
from tutelage.stages.rehearsal.estimate import with_rationales
from tutelage.stages.rehearsal.problems import rationale_problems
from tutelage.stages.rehearsal.training import tune_with_rationales
from tutelage.stages.rehearsed_text import KIND, ask_rehearsal, rehearsal_size, rehearsal_stage, take_rehearsal
from tutelage.stages.rejections import tell_rejections
from tutelage.stages.selection.checks import ask_problems, asked_sizes
from tutelage.stages.selection.stage import Drawn, drawn_stage
from tutelage.stages.student import example_of
from tutelage.stages.translations import translations_stage
from tutelage.storage.stages import StageTable


def run(kd: SequenceKDSettings, context: StepContext) -> StepOutcome:
    """Do the step; stages that are done already are skipped."""
    translations: StageTable[Pair] | None = None
    funnel: list[FunnelRow] = []
    drawn: Drawn | None = None
    rejections = list[Iterable[Rejection]]()
    if kd.share > 0:
        pool = pool_stage(context)
        drawn = drawn_stage(context, pool, kd.asks, teacher=kd.teacher)
        translations = translations_stage(context, drawn.segments, teacher=kd.teacher)
        funnel += [FunnelRow("pool", pool.rows), *drawn.funnel]
        funnel += [FunnelRow("translated by the teacher", translations.rows)]
        rejections += [pool.rejections(), translations.rejections()]
    parallel = context.texts.text("parallel")
    ratio = kd.rehearsal.ratio_for(context.recipe.text.rehearsal)
    others = (0 if translations is None else translations.rows) + _count(parallel, ratio)
    general = rehearsal_stage(context, kd.rehearsal, others=others, teacher=kd.teacher, folder=context.folder)
    inputs = ExamplesInputs(translations, parallel, context.held_back, context.text_filter(), general, ratio)
    examples = context.folder.make(EXAMPLES, inputs)
    _require_examples(examples, translations)
    tuned = tune_with_rationales(
        context,
        examples,
        settings=kd.train,
        rationales=kd.rationales,
        folder=context.folder,
        student=context.student,
    )
    funnel += [*tuned.funnel]
    if general is not None:
        funnel.append(FunnelRow("rehearsed", sum(one.kind == KIND for one in examples)))
        rejections.append(general.rejections())
    funnel.append(FunnelRow("trained on", examples.rows))
    rejections += [examples.rejections(), *tuned.rejections]
    return StepOutcome(
        tuned.student,
        tuned.examples,
        tuned.training,
        tuple(funnel),
        tuple(rejections),
        decisions=(*(drawn.decisions if drawn else ()), *tuned.decisions),
        asked=drawn.view(context, translations) if drawn else None,
    )


def _count(parallel: Text, ratio: float) -> int:
    """Pairs of the parallel text, which are counted only if something is rehearsed beside them."""
    return sum(1 for _ in parallel.pairs()) if ratio and parallel.is_named else 0


def _require_examples(examples: StageTable[Example], translations: StageTable[Pair] | None) -> None:
    if not examples.rows:
        asked = () if translations is None else (translations.rejections(),)
        raise CorpusError(
            f"there is nothing to train on.{tell_rejections(*asked, examples.rejections())}",
            where=str(examples.path.parent),
            fix="The *.rejected.parquet files there tell the reasons. Give more text, or another teacher.",
        )


def estimate(kd: SequenceKDSettings, recipe: Recipe, sizes: TextSizes) -> Estimate:
    """One call for each segment that is distilled, and one for each of the test sets."""
    pool, direction = sizes.of("pool"), recipe.direction.direction
    drawn = asked_sizes(kd.asks, sizes).of("pool") if kd.share else TextSize()
    asked = [ask_translation(drawn, of="pool", teacher=kd.teacher, direction=direction)] if drawn.segments else []
    trained = sizes.of("parallel") + drawn
    asked += ask_rehearsal(kd.rehearsal, recipe, sizes, others=trained.segments, teacher=kd.teacher)
    asked += ask_evidence(recipe, sizes, teacher=kd.teacher)
    trained += rehearsal_size(kd.rehearsal, sizes, others=trained.segments)
    minutes = training_minutes(kd.train, examples=trained.segments, words=trained.words)
    estimate = Estimate(pool.segments, tuple(asked), trained.segments, minutes)
    return with_rationales(estimate, kd.rationales, kd, recipe, size=trained)


def problems(kd: SequenceKDSettings, recipe: Recipe) -> list[str]:
    """What of the recipe does not fit the step."""
    found = [*rationale_problems(kd.rationales, kd, recipe), *ask_problems(kd.ask, engine=recipe.student.engine)]
    if kd.rehearsal.ratio and recipe.text.rehearsal is None:
        found.append("rehearsal.ratio: name the text that is rehearsed as text.rehearsal; its source side is enough.")
    if kd.ask is not None and kd.share < 1:
        found.append("share: the part of the pool that is translated is told by ask.share too; leave this one out.")
    return found if kd.share == 0 else [*teacher_problems(recipe, kd.teacher, key="teacher"), *found]


def needs(kd: SequenceKDSettings) -> tuple[TextNeed, ...]:
    """What is distilled, or what is trained on if nothing is."""
    if kd.share == 0:
        return (TextNeed("parallel", "share = 0 leaves nothing else to train on"),)
    return (TextNeed("pool", "sequence_kd needs text to translate"),)


@dataclass(frozen=True, slots=True)
class ExamplesInputs:
    """What the examples are made of."""

    translations: StageTable[Pair] | None
    parallel: Text
    held_back: HeldBack
    filters: TextFilter
    general: StageTable[Example] | None
    """What is rehearsed of general text."""
    rehearsal_ratio: float


def distil(inputs: ExamplesInputs, work: Work) -> Iterator[Example | Rejection]:
    """Parallel and distilled pairs as examples, filtered, none of them in a test set."""
    parallel = inputs.parallel.pairs() if inputs.parallel.is_named else iter(())
    held_text, others = inputs.held_back.read(stage=EXAMPLES.name), 0
    for kind, pairs in (("parallel", parallel), ("distilled", inputs.translations or ())):
        for outcome in inputs.filters.pairs(pairs, without=held_text, runner=work.runner):
            others += isinstance(outcome, Pair)
            yield outcome if isinstance(outcome, Rejection) else example_of(outcome, kind=kind)
    yield from take_rehearsal(inputs.general, ratio=inputs.rehearsal_ratio, others=others)


EXAMPLES = Stage("examples", 2, Example, distil)


SEQUENCE_KD = Method(
    name="sequence_kd",
    idea="the teacher translates all, the student learns it all",
    paper="arXiv 1606.07947",
    settings=SequenceKDSettings,
    run=run,
    estimate=estimate,
    problems=problems,
    needs=needs,
)
