"""The step `sequence_kd`: pool → translations → examples → student.

Kim and Rush 2016, §3.2, with the teacher's own output as the single sample. Deviation: human translations can be
mixed in, and translations that lost a placeholder or are in the wrong language are filtered with counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import ClassVar, cast

from tutelage.core.recipe import Recipe, StepSettings
from tutelage.core.records import Example, Pair, Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.corpora.splits import take_part
from tutelage.evaluation.report_data import FunnelRow
from tutelage.labelling.teachers import teacher_problems
from tutelage.methods.sequence_kd.settings import SequenceKDSettings
from tutelage.stages.checks.training_time import training_minutes
from tutelage.stages.context import Estimate, StepContext, StepOutcome
from tutelage.stages.pool import LEAKED, filtered, filters_key, held_back_index, held_back_keys, pool_stage
from tutelage.stages.rehearsal.estimate import with_rationales
from tutelage.stages.rehearsal.problems import rationale_problems
from tutelage.stages.rehearsal.training import tune_with_rationales
from tutelage.stages.student import example_of
from tutelage.stages.translations import translations_stage
from tutelage.storage.stages import StageTable


class SequenceKD:
    """The teacher translates all, the student learns it all."""

    settings_type: ClassVar[type[StepSettings]] = SequenceKDSettings

    @staticmethod
    def run(settings: StepSettings, context: StepContext) -> StepOutcome:
        """Do the step; stages that are done already are skipped."""
        kd = cast(SequenceKDSettings, settings)
        tables: list[StageTable[Pair]] = []
        funnel: list[FunnelRow] = []
        rejections = []
        if kd.share > 0:
            pool = pool_stage(context)
            drawn = pool if kd.share == 1 else _drawn_stage(kd, context, pool)
            translations = translations_stage(context, drawn, teacher=kd.teacher)
            tables.append(translations)
            funnel += [FunnelRow("pool", pool.rows), FunnelRow("translated by the teacher", translations.rows)]
            rejections += [list(pool.rejections()), list(translations.rejections())]
        examples = _examples_stage(context, tables)
        tuned = tune_with_rationales(
            context,
            examples,
            settings=kd,
            rationales=kd.rationales,
            folder=context.folder,
            student=context.student,
        )
        funnel += [*tuned.funnel, FunnelRow("trained on", examples.rows)]
        rejections += [list(examples.rejections()), *tuned.rejections]
        return StepOutcome(tuned.student, tuned.examples, tuned.training, tuple(funnel), tuple(rejections))

    @staticmethod
    def estimate(settings: StepSettings, *, pool_segments: int, pool_words: int) -> Estimate:
        """One call for each segment."""
        kd = cast(SequenceKDSettings, settings)
        rows = round(kd.share * pool_segments)
        minutes = training_minutes(settings.train, examples=rows, words=round(kd.share * pool_words))
        estimate = Estimate(pool_segments, rows, round(2.6 * kd.share * pool_words), rows, minutes)
        length = pool_words / max(pool_segments, 1)
        return with_rationales(estimate, kd.rationales, settings, words_per_segment=length)

    @staticmethod
    def problems(settings: StepSettings, recipe: Recipe) -> list[str]:
        """What of the recipe does not fit the step."""
        kd = cast(SequenceKDSettings, settings)
        rehearsal = rationale_problems(kd.rationales, kd, recipe)
        if kd.share == 0:
            missing = ["text.parallel: missing, and share = 0 leaves nothing to train on."]
            return [*([] if recipe.text.parallel else missing), *rehearsal]
        problems = [] if recipe.text.pool else ["text.pool: missing; sequence_kd needs text to translate."]
        return [*problems, *teacher_problems(recipe, kd.teacher, key="teacher"), *rehearsal]


def _drawn_stage(settings: SequenceKDSettings, context: StepContext, pool: StageTable[Segment]) -> StageTable[Segment]:
    """The stage `drawn`: the share of the pool that is distilled, so that no more is asked of the teacher."""
    shares = {"drawn": settings.share, "left": 1 - settings.share}
    key = content_key("drawn", 1, pool.key, shares, context.recipe.seed)
    return context.folder.table(
        "drawn",
        Segment,
        key=key,
        produce=lambda: take_part(pool, "drawn", shares, by="segment", seed=context.recipe.seed),
    )


def _examples_stage(context: StepContext, tables: list[StageTable[Pair]]) -> StageTable[Example]:
    """The stage `examples`: distilled and parallel pairs, filtered, none of them in a test set."""
    key = content_key(
        "examples", 1, [table.key for table in tables], context.texts.key("parallel"),
        *held_back_keys(context), filters_key(context), context.recipe.seed,
    )  # fmt: skip
    return context.folder.table("examples", Example, key=key, produce=lambda: _produce(context, tables))


def _produce(context: StepContext, tables: list[StageTable[Pair]]) -> Iterator[Example | Rejection]:
    index, rejections = held_back_index(context), list[Rejection]()
    parallel = context.texts.pairs("parallel") if context.texts.has("parallel") else iter(())
    for kind, pairs in (("parallel", parallel), ("distilled", chain.from_iterable(tables))):
        for pair in filtered(pairs, context, rejections):
            if index.find(pair.id, pair.source.text) is None:
                yield example_of(pair, kind=kind)
            else:
                yield Rejection(pair.id, "examples", LEAKED, raw=pair.source.text, provenance=pair.provenance)
    yield from rejections
