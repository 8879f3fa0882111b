"""The stage `analyses`: domain, topic and style of the erroneous sentences, for a writer who must not see these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tutelage.core.records import Feedback, Provenance, Rejection
from tutelage.core.signatures import content_key
from tutelage.labelling.error_words import ErrorWord
from tutelage.labelling.roles.analysis import Analyse, analysis_text
from tutelage.methods.patching.errors import first_feedback
from tutelage.methods.patching.rounds import Round
from tutelage.stages.asking import ask_about, teacher_key
from tutelage.storage.stages import StageTable


@dataclass(frozen=True, slots=True)
class Analysis:
    """What kind of sentence a segment is, in the teacher's words and without the segment's own."""

    id: str
    """Of the segment."""
    text: str
    provenance: Provenance


def analyses_stage(
    work: Round, *, errors: StageTable[ErrorWord], feedback: StageTable[Feedback]
) -> StageTable[Analysis] | None:
    """An analysis of the first sentence of every error; none where the recipe's contexts do without."""
    if not work.settings.uses_analyses:
        return None
    recipe = work.context.recipe
    teacher, role = work.settings.context_writer, Analyse(recipe.direction.source)
    key = content_key("analyses", 1, errors.key, teacher_key(recipe, teacher), role.prompt_version, recipe.seed)

    def produce() -> Iterator[Analysis | Rejection]:
        segments = [item.hypothesis.segment for item in first_feedback(errors, feedback).values()]
        answers = ask_about(
            work.context, segments, role=role, teacher=teacher, seed=recipe.seed, label="teacher analyses",
            total=len(segments), unit="segments",
        )  # fmt: skip
        for segment, outcome in answers:
            if isinstance(outcome, Rejection):
                yield outcome
            else:
                yield Analysis(segment.id, analysis_text(outcome.answer), outcome.provenance)

    return work.folder.table("analyses", Analysis, key=key, produce=produce)


def read_analyses(analyses: StageTable[Analysis] | None) -> dict[str, str] | None:
    """The analyses by their segments' ids; none where there is no such stage."""
    return None if analyses is None else {analysis.id: analysis.text for analysis in analyses}
