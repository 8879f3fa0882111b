"""The stage `errors`: the words that the student gets wrong, for which contexts and analogies are made."""

from __future__ import annotations

from collections.abc import Iterable

from tutelage.core.records import Feedback
from tutelage.core.signatures import content_key
from tutelage.labelling.error_words import ErrorWord, collect_error_words
from tutelage.methods.patching.rounds import Round
from tutelage.storage.stages import StageTable


def errors_stage(work: Round, feedback: StageTable[Feedback]) -> StageTable[ErrorWord]:
    """The most frequent error words; they come from all flagged segments, not only from the selected ones."""
    most = work.settings.contexts.max_errors
    key = content_key("errors", 2, feedback.key, most)
    return work.folder.table("errors", ErrorWord, key=key, produce=lambda: collect_error_words(feedback, most=most))


def first_feedback(errors: Iterable[ErrorWord], feedback: Iterable[Feedback]) -> dict[str, Feedback]:
    """The feedback in which each error first stood, by its id."""
    wanted = {error.feedback_ids[0] for error in errors}
    return {item.id: item for item in feedback if item.id in wanted}
