"""The step `paraphrase`: pool → paraphrases → pairs → examples → student.

Sequence-level distillation of a large model's paraphrases (arXiv 2404.12596). Deviations, each a setting and described
in this folder's README: more filters, control words that say how far a paraphrase goes, a gate that wants meaning kept.
"""

from __future__ import annotations

from collections.abc import Iterator

from tutelage.core.languages import Direction
from tutelage.core.recipe import Recipe
from tutelage.evaluation.measures import PARAPHRASE
from tutelage.evaluation.report_data import FunnelRow
from tutelage.labelling.roles.paraphrases import ROUND_TRIP, Style, WriteParaphrases
from tutelage.methods.method import Method, TextNeed
from tutelage.methods.paraphrase.evidence import collect_paraphrase_evidence
from tutelage.methods.paraphrase.examples import examples_stage, watched_stage
from tutelage.methods.paraphrase.levels import find_control
from tutelage.methods.paraphrase.pairs import pairs_stage
from tutelage.methods.paraphrase.problems import paraphrase_problems
from tutelage.methods.paraphrase.settings import ParaphraseSettings
from tutelage.methods.paraphrase.teachers import paraphrases_stage
from tutelage.stages.checks.asked import AROUND_ANSWER, Asked, ask_role, ask_translation, sample_segment
from tutelage.stages.checks.text_sizes import TextSize, TextSizes
from tutelage.stages.checks.training_time import training_minutes
from tutelage.stages.context import StepContext
from tutelage.stages.outcome import Estimate, StepOutcome
from tutelage.stages.pool import pool_stage
from tutelage.stages.rehearsal.estimate import with_rationales
from tutelage.stages.rehearsal.training import tune_with_rationales
from tutelage.students.diversity import write_control
from tutelage.students.kinds.registry import student_kind


def run(wanted: ParaphraseSettings, context: StepContext) -> StepOutcome:
    """Do the step; stages that are done already are skipped."""
    pool = pool_stage(context)
    paraphrases = paraphrases_stage(context, pool, settings=wanted)
    pairs = pairs_stage(context, paraphrases, settings=wanted)
    control = find_control(pairs, settings=wanted, chats=student_kind(context.student).chats)
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
            *(table.rejections() for table in (pool, paraphrases, pairs)),
            *tuned.rejections,
        ),
        evidence=collect_paraphrase_evidence(context, after=tuned.student, settings=wanted),
    )


def estimate_paraphrase(settings: ParaphraseSettings, recipe: Recipe, sizes: TextSizes) -> Estimate:
    """The pool in every style, and the test sets in the first one; no filter drops any."""
    pool, lang = sizes.of("pool"), recipe.direction.source
    asked = [one for style in settings.style for one in _ask(settings, style, settings.via, pool, of="pool", lang=lang)]
    if recipe.evaluation.teacher_scores:
        for use in ("test", "general"):
            asked += _ask(settings, settings.style[0], settings.via[:1], sizes.of(use), of=use, lang=lang)
    copies = sum(len(settings.via) if style == ROUND_TRIP else settings.count for style in settings.style)
    trained = pool.part(copies) + sizes.of("parallel")
    minutes = training_minutes(settings.train, examples=trained.segments, words=trained.words)
    estimate = Estimate(pool.segments, tuple(asked), trained.segments, minutes)
    return with_rationales(estimate, settings.rationales, settings, recipe, size=pool)


def _ask(
    settings: ParaphraseSettings, style: Style, via: tuple[str, ...], size: TextSize, *, of: str, lang: str
) -> Iterator[Asked]:
    if style == ROUND_TRIP:
        for middle in via:
            for way in (Direction(lang, middle), Direction(middle, lang)):
                yield ask_translation(size, of=f"{of} {way}", teacher=settings.translating_teacher, direction=way)
        return
    role = WriteParaphrases(lang, style=style, count=settings.count)
    yield ask_role(
        role, sample_segment(size), kind=f"paraphrase {of} {style}", teacher=settings.teacher,
        calls=size.segments * (settings.count if style == "sampled" else 1),
        output_tokens=role.count * (size.tokens_per_segment + AROUND_ANSWER) + AROUND_ANSWER,
    )  # fmt: skip


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
