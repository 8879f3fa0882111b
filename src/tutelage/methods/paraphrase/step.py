"""The step `paraphrase`: pool → paraphrases → pairs → examples → student.

Sequence-level distillation of a large model's paraphrases (arXiv 2404.12596). Deviations, each a setting and described
in this folder's README: more filters, control words that say how far a paraphrase goes, a gate that wants meaning kept.
"""

from __future__ import annotations

from tutelage.evaluation.measures import PARAPHRASE
from tutelage.evaluation.report_data import FunnelRow
from tutelage.methods.method import Method, TextNeed
from tutelage.methods.paraphrase.estimate import estimate_paraphrase
from tutelage.methods.paraphrase.evidence import collect_paraphrase_evidence
from tutelage.methods.paraphrase.examples import examples_stage, find_control, watched_stage
from tutelage.methods.paraphrase.pairs import pairs_stage
from tutelage.methods.paraphrase.problems import paraphrase_problems
from tutelage.methods.paraphrase.settings import ParaphraseSettings
from tutelage.methods.paraphrase.teachers import paraphrases_stage
from tutelage.stages.context import StepContext, StepOutcome
from tutelage.stages.pool import pool_stage
from tutelage.stages.rehearsal.training import tune_with_rationales
from tutelage.students.diversity import write_control


def run(wanted: ParaphraseSettings, context: StepContext) -> StepOutcome:
    """Do the step; stages that are done already are skipped."""
    pool = pool_stage(context)
    paraphrases = paraphrases_stage(context, pool, settings=wanted)
    pairs = pairs_stage(context, paraphrases, settings=wanted)
    control = find_control(pairs, settings=wanted)
    examples = examples_stage(context, pairs, control=control)
    tuned = tune_with_rationales(
        context,
        examples,
        settings=wanted.train,
        rationales=wanted.rationales,
        folder=context.folder,
        student=context.student,
        watched=watched_stage(context, control=control),
    )
    if control is not None:
        write_control(tuned.student, control)
    return StepOutcome(
        student=tuned.student,
        examples=tuned.examples,
        training=tuned.training,
        funnel=(
            FunnelRow("pool", pool.rows),
            FunnelRow("answered by the teacher", paraphrases.rows),
            FunnelRow("paraphrases written", sum(len(answer.texts) for answer in paraphrases)),
            *tuned.funnel,
            FunnelRow("trained on", examples.rows),
        ),
        rejections=(
            *(list(table.rejections()) for table in (pool, paraphrases, pairs)),
            *tuned.rejections,
        ),
        evidence=collect_paraphrase_evidence(context, after=tuned.student, settings=wanted),
    )


PARAPHRASING = Method(
    name="paraphrase",
    idea="a small student learns to say sentences otherwise, as far from them as is asked",
    paper="arXiv 2404.12596",
    settings=ParaphraseSettings,
    run=run,
    estimate=estimate_paraphrase,
    problems=paraphrase_problems,
    needs=lambda _: (TextNeed("pool", "paraphrase needs sentences to ask the teacher about"),),
    translates=False,
    measures=PARAPHRASE,
)
