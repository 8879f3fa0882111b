"""The step `radis`: pairs → examples → rationales → rehearsed → student.

RaDis (arXiv 2410.13944, ACL Findings 2025): −log P(y|x) − log P(r|x, y) for a reference y and a rationale r that the
student itself wrote after it. Deviations, each a setting and described in this folder's README: a blank line stands
between y and r, a rationale that was cut has no end, rationales can be filtered, drawn, written anew during training or
by another model; and the baselines of the paper are settings of the same step.
"""

from __future__ import annotations

from typing import ClassVar, cast

from tutelage.core.recipe import Recipe, StepSettings
from tutelage.evaluation.report_data import FunnelRow
from tutelage.methods.radis.examples import examples_stage
from tutelage.methods.radis.pairs import pairs_stage
from tutelage.methods.radis.problems import radis_problems
from tutelage.methods.radis.settings import RadisSettings
from tutelage.stages.checks.training_time import training_minutes
from tutelage.stages.context import Estimate, StepContext, StepOutcome
from tutelage.stages.rehearsal.estimate import with_rationales
from tutelage.stages.rehearsal.training import tune_with_rationales


class Radis:
    """Parallel text, and behind each translation what the student itself goes on to write."""

    settings_type: ClassVar[type[StepSettings]] = RadisSettings

    @staticmethod
    def run(settings: StepSettings, context: StepContext) -> StepOutcome:
        """Do the step; stages that are done already are skipped."""
        radis = cast(RadisSettings, settings)
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
            rejections=(list(pairs.rejections()), list(examples.rejections()), *tuned.rejections),
        )

    @staticmethod
    def estimate(settings: StepSettings, *, pool_segments: int, pool_words: int) -> Estimate:
        """For parallel text of the pool's size, which stands for it."""
        radis = cast(RadisSettings, settings)
        minutes = training_minutes(settings.train, examples=pool_segments, words=pool_words)
        estimate = Estimate(pool_segments, 0, 0, pool_segments, minutes)
        length = pool_words / max(pool_segments, 1)
        return with_rationales(estimate, radis.rationales, settings, words_per_segment=length)

    @staticmethod
    def problems(settings: StepSettings, recipe: Recipe) -> list[str]:
        """What of the recipe does not fit the step."""
        return radis_problems(cast(RadisSettings, settings), recipe)
