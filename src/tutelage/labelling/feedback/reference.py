"""The stages `threshold` and `feedback`: which hypotheses the teacher corrects, and how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from tutelage.core.records import Feedback, Hypothesis, Pair, Rejection
from tutelage.core.stage import Stage, ValuesStage, Work
from tutelage.corpora.texts import Text
from tutelage.labelling.feedback.edits import UNCHANGED
from tutelage.labelling.inquiry import translate_all
from tutelage.labelling.teachers import Translator
from tutelage.storage.stages import StageTable
from tutelage.students.decoder import Decoder
from tutelage.teachers.comparing.agreement import Threshold, measure_agreement, measure_threshold
from tutelage.teachers.comparing.reference_guided import EDIT, reference_guided_feedback
from tutelage.teachers.comparing.word_alignment import WordAligner

WITHOUT_DEV = Threshold(value=1.0, precision=0.0, recall=0.0, youden=0.0, n=0)
"""No dev text, nothing measured: only what agrees wholly with the teacher is right."""
ALIGNER_PAIRS = 50_000
"""Pairs that the word aligner is fitted on at most; its counts hardly change beyond."""


@dataclass(frozen=True, slots=True)
class ThresholdInputs:
    """The text on which the threshold is measured, the student that translates it, and the teacher."""

    dev: Text
    student: Decoder
    teacher: Translator


def measure_on_dev_text(inputs: ThresholdInputs, work: Work) -> list[Threshold]:
    """The agreement that best tells right hypotheses from wrong ones, by the references of the dev text."""
    dev = list(inputs.dev.pairs())
    work.progress.start("measure the threshold", total=None)
    by_id = dict(zip((pair.id for pair in dev), inputs.student.translate(one.source.text for one in dev), strict=True))
    work.progress.finish()
    sources = [pair.source for pair in dev]
    translations = translate_all(sources, translator=inputs.teacher, progress=work.progress, total=len(sources))
    teacher = {outcome.id: outcome.target.text for outcome in translations if isinstance(outcome, Pair)}
    rows = [(by_id[pair.id], teacher[pair.id], pair.target.text) for pair in dev if pair.id in teacher]
    return [
        measure_threshold(
            [measure_agreement(hypothesis, translation) for hypothesis, translation, _ in rows],
            [measure_agreement(hypothesis, reference) for hypothesis, _, reference in rows],
            [measure_agreement(translation, reference) for _, translation, reference in rows],
        )
    ]


THRESHOLD = ValuesStage("threshold", 3, Threshold, measure_on_dev_text)


@dataclass(frozen=True, slots=True)
class ReferencedFeedbackInputs:
    """The hypotheses, the teacher's translations of the same segments, and what agreement counts as right."""

    hypotheses: StageTable[Hypothesis]
    translations: StageTable[Pair]
    threshold: float
    minimal: bool = False
    """Whether post-edits keep the hypothesis's words where both mean the same."""


def compare_with_teacher(inputs: ReferencedFeedbackInputs, work: Work) -> Iterator[Feedback | Rejection]:
    """Every hypothesis judged against the teacher's translation; without one it is rejected."""
    work.progress.start("feedback", total=inputs.hypotheses.rows)
    aligner = WordAligner.fit(islice(inputs.translations, ALIGNER_PAIRS))
    for hypothesis, translation in join_translations(inputs.hypotheses, inputs.translations):
        if translation is None:
            yield Rejection(hypothesis.id, "feedback", "no_translation", raw=hypothesis.segment.text)
        else:
            # who edits a hypothesis says by that what is right in it
            threshold = UNCHANGED if translation.provenance.role == EDIT else inputs.threshold
            yield reference_guided_feedback(
                hypothesis, translation, threshold=threshold, aligner=aligner, minimal=inputs.minimal
            )
        work.progress.advance()
    work.progress.finish()


REFERENCED_FEEDBACK = Stage("feedback", 2, Feedback, compare_with_teacher)


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
