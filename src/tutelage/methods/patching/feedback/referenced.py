"""The stages `threshold` and `feedback`: which hypotheses the teacher corrects, and how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from tutelage.core.records import Feedback, Hypothesis, Pair, Rejection
from tutelage.core.signatures import content_key
from tutelage.methods.patching.settings import PatchingSettings
from tutelage.stages.context import StepContext
from tutelage.stages.translations import translate_with
from tutelage.storage.stages import StageFolder, StageTable
from tutelage.teachers.comparing.agreement import Threshold, measure_agreement, measure_threshold
from tutelage.teachers.comparing.reference_guided import reference_guided_feedback
from tutelage.teachers.comparing.word_alignment import WordAligner

WITHOUT_DEV = Threshold(value=1.0, precision=0.0, recall=0.0, youden=0.0, n=0)
"""No dev text, nothing measured: only what agrees wholly with the teacher is right."""
ALIGNER_PAIRS = 50_000
"""Pairs that the word aligner is fitted on at most; its counts hardly change beyond."""


def threshold_stage(
    settings: PatchingSettings, context: StepContext, *, student: Path, folder: StageFolder
) -> Threshold:
    """The agreement from which a hypothesis counts as right: as the recipe says, or measured on the dev text."""
    if isinstance(settings.threshold, float):
        return Threshold(settings.threshold, 0.0, 0.0, 0.0, 0)
    if not context.texts.has("dev"):
        return WITHOUT_DEV
    teacher = context.teachers.translator(settings.teacher).signature
    key = content_key("threshold", 1, context.texts.key("dev"), context.signature(student), teacher)
    measured = folder.values("threshold", Threshold, key=key, make=lambda: [_measure(settings, context, student)])
    return measured[0]


def _measure(settings: PatchingSettings, context: StepContext, student: Path) -> Threshold:
    dev = list(context.texts.pairs("dev"))
    context.progress.start("measure the threshold", total=None)
    hypotheses = context.engine(student).translate((pair.source.text for pair in dev), decoding=context.decoding)
    by_id = dict(zip((pair.id for pair in dev), hypotheses, strict=True))
    context.progress.finish()
    sources = [pair.source for pair in dev]
    translations = translate_with(context, sources, teacher=settings.teacher, total=len(sources))
    teacher = {outcome.id: outcome.target.text for outcome in translations if isinstance(outcome, Pair)}
    rows = [(by_id[pair.id], teacher[pair.id], pair.target.text) for pair in dev if pair.id in teacher]
    return measure_threshold(
        [measure_agreement(hypothesis, translation) for hypothesis, translation, _ in rows],
        [measure_agreement(hypothesis, reference) for hypothesis, _, reference in rows],
        [measure_agreement(translation, reference) for _, translation, reference in rows],
    )


def feedback_stage(
    context: StepContext,
    hypotheses: StageTable[Hypothesis],
    translations: StageTable[Pair],
    *,
    threshold: float,
    folder: StageFolder,
) -> StageTable[Feedback]:
    """The stage `feedback`: every hypothesis judged against the teacher's translation; without one it is rejected."""
    key = content_key("feedback", 1, hypotheses.key, translations.key, threshold)

    def produce() -> Iterator[Feedback | Rejection]:
        from itertools import islice

        context.progress.start("feedback", total=hypotheses.rows)
        aligner = WordAligner.fit(islice(translations, ALIGNER_PAIRS))
        for hypothesis, translation in join_translations(hypotheses, translations):
            if translation is None:
                yield Rejection(hypothesis.id, "feedback", "no_translation", raw=hypothesis.segment.text)
            else:
                yield reference_guided_feedback(hypothesis, translation, threshold=threshold, aligner=aligner)
            context.progress.advance()
        context.progress.finish()

    return folder.table("feedback", Feedback, key=key, produce=produce)


def join_translations(
    hypotheses: Iterable[Hypothesis], translations: Iterable[Pair]
) -> Iterator[tuple[Hypothesis, Pair | None]]:
    """Each hypothesis with the translation of the same id; both come in the pool's order, so that memory is flat."""
    following = chain(translations, [None])
    translation = next(following)
    for hypothesis in hypotheses:
        if translation is not None and translation.id == hypothesis.id:
            yield hypothesis, translation
            translation = next(following)
        else:
            yield hypothesis, None
    if translation is not None:
        raise ValueError(f"translation '{translation.id}' has no hypothesis: the tables are not of the same pool")
