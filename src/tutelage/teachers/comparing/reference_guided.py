"""Feedback derived from a translation: a translation engine as a teacher that selects and corrects.

Ours, not the paper's: the teacher of Li et al. (2024, arXiv 2403.09522) is asked for errors and explains them. Here
the hypothesis is compared with the teacher's own translation, so there is no explanation, and a hypothesis that is
right in other words is flagged unless the threshold lets it pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tutelage.core.records import Feedback, Hypothesis, Pair, Provenance
from tutelage.teachers.comparing.agreement import measure_agreement
from tutelage.teachers.comparing.error_spans import find_error_spans
from tutelage.teachers.comparing.minimal import minimal_target
from tutelage.teachers.comparing.word_alignment import WordAligner

ROLE = "feedback"
EDIT = "edit"
"""The role in which a teacher corrects the hypothesis itself: its prompt is told, since it saw what is judged."""
PROMPT_VERSION = "reference-guided-1"


def reference_guided_feedback(
    hypothesis: Hypothesis,
    translation: Pair,
    *,
    threshold: float,
    aligner: WordAligner | None = None,
    minimal: bool = False,
) -> Feedback:
    """No post-edit if the agreement reaches `threshold` (0 to 1), else the teacher's translation and the errors.

    A `minimal` post-edit keeps the hypothesis's words where both mean the same, as far as the aligner knows.

    The translation may be an edit of the hypothesis. A flagged hypothesis may have no error span: where all
    differences are longer than a span may be.
    """
    quality = measure_agreement(hypothesis.text, translation.target.text)
    provenance = Provenance(
        origin=ROLE,
        parents=(hypothesis.id,),
        role=ROLE,
        teacher=translation.provenance.teacher,
        prompt_version=translation.provenance.prompt_version if translation.provenance.role == EDIT else PROMPT_VERSION,
    )
    post_edit = translation.target.text
    if minimal and aligner is not None and quality < min(threshold, 1.0):
        post_edit = minimal_target(
            hypothesis.text,
            post_edit,
            source=hypothesis.segment.text,
            source_lang=hypothesis.segment.lang,
            target_lang=translation.target.lang,
            aligner=aligner,
        )
        quality = measure_agreement(hypothesis.text, post_edit)
    # 1.0 is given if nothing but case, spacing or final punctuation differs, so it passes any threshold
    if quality >= min(threshold, 1.0):
        return Feedback(hypothesis, (), None, quality, provenance)
    errors = find_error_spans(
        hypothesis.text,
        post_edit,
        source=hypothesis.segment.text,
        source_lang=hypothesis.segment.lang,
        target_lang=translation.target.lang,
        aligner=aligner,
    )
    return Feedback(hypothesis, errors, post_edit, quality, provenance)


def feedback_from_translations(
    hypotheses: Iterable[Hypothesis],
    translations: Mapping[str, Pair],
    *,
    threshold: float,
    aligner: WordAligner | None = None,
) -> Iterator[Feedback]:
    """Feedback on every hypothesis that has a translation under its id; the others (rejected ones) are passed over."""
    for hypothesis in hypotheses:
        translation = translations.get(hypothesis.id)
        if translation is not None:
            yield reference_guided_feedback(hypothesis, translation, threshold=threshold, aligner=aligner)
