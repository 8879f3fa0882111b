"""The stages up to the demonstrations: what the translator gets wrong, and what the teacher says to it in each role.

    pool → hypotheses → feedback → errors → analyses → written → named → demonstrations

Patching's own stages as far as they go; a teacher's answers are read from the ledger where patching asked the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

from tutelage.core.records import Feedback, Hypothesis, Pair, Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.labelling.error_words import ErrorWord
from tutelage.labelling.roles.analogies import NameAnalogies, usable_analogies
from tutelage.methods.patching.errors import errors_stage, first_feedback
from tutelage.methods.patching.extending.analogies import Analogy
from tutelage.methods.patching.extending.analyses import Analysis, analyses_stage, read_analyses
from tutelage.methods.patching.extending.pair_writing import pairs_role, write_pairs
from tutelage.methods.patching.feedback.asked import asked_feedback_stage
from tutelage.methods.patching.rounds import Round
from tutelage.methods.train_patcher.questions import analogy_item
from tutelage.methods.train_patcher.settings import TrainPatcherSettings
from tutelage.stages.asking import ask_about, teacher_key
from tutelage.stages.context import StepContext
from tutelage.stages.pool import pool_stage
from tutelage.stages.translations import hypotheses_stage
from tutelage.storage.stages import StageTable

WRITTEN, NAMED = "written", "named"


@dataclass(frozen=True, slots=True)
class PatcherTables:
    """What the demonstrations are made of; those are none whose role is not learned."""

    pool: StageTable[Segment]
    hypotheses: StageTable[Hypothesis]
    feedback: StageTable[Feedback]
    errors: StageTable[ErrorWord] | None
    analyses: StageTable[Analysis] | None
    written: StageTable[Pair] | None
    named: StageTable[Analogy] | None

    @property
    def keys(self) -> list[str]:
        """The content keys of all."""
        return [getattr(self, field.name).key for field in fields(self) if getattr(self, field.name) is not None]

    def rejections(self) -> Iterator[list[Rejection]]:
        """What each stage did not use."""
        for field in fields(self):
            table = getattr(self, field.name)
            if table is not None:
                yield list(table.rejections())


def make_tables(settings: TrainPatcherSettings, context: StepContext, *, translator: Path) -> PatcherTables:
    """All stages; the translator's errors come first, and everything else is about them."""
    work = Round(settings.as_patching(), context, 1, translator, context.folder)
    pool = pool_stage(context)
    hypotheses = hypotheses_stage(context, pool, student=translator, folder=context.folder)
    feedback = asked_feedback_stage(work, hypotheses)
    extends = set(settings.roles) - {"feedback"}
    errors = errors_stage(work, feedback) if extends else None
    analyses = analyses_stage(work, errors=errors, feedback=feedback) if errors and extends != {"analogies"} else None
    written = _written_stage(work, errors, analyses) if errors and analyses and settings.writes_contexts else None
    named = _named_stage(settings, work, errors, feedback) if errors and "analogies" in settings.roles else None
    return PatcherTables(pool, hypotheses, feedback, errors, analyses, written, named)


def _written_stage(work: Round, errors: StageTable[ErrorWord], analyses: StageTable[Analysis]) -> StageTable[Pair]:
    """The pairs that the teacher writes for each error word, from the analysis of its sentence."""
    recipe, count = work.context.recipe, work.settings.contexts.per_error
    version, teacher = pairs_role(work, count=count).prompt_version, teacher_key(recipe, work.settings.teacher)
    key = content_key(WRITTEN, 1, errors.key, analyses.key, count, work.settings.mode, version, teacher, work.seed)

    def produce() -> Iterator[Pair | Rejection]:
        asked = write_pairs(work, list(errors), stage=WRITTEN, count=count, analyses=read_analyses(analyses))
        for outcome in asked:
            yield outcome if isinstance(outcome, Rejection) else outcome[1]

    return work.folder.table(WRITTEN, Pair, key=key, produce=produce)


def _named_stage(
    settings: TrainPatcherSettings, work: Round, errors: StageTable[ErrorWord], feedback: StageTable[Feedback]
) -> StageTable[Analogy]:
    """The words that the teacher names for each error word; here, unlike in patching, a word may come twice."""
    recipe = work.context.recipe
    role = NameAnalogies(recipe.direction.direction, asked=settings.words_per_aspect)
    teacher = teacher_key(recipe, settings.teacher)
    key = content_key(NAMED, 1, errors.key, feedback.key, role.asked, role.prompt_version, teacher, work.seed)

    def produce() -> Iterator[Analogy | Rejection]:
        words, first = {error.id: error for error in errors}, first_feedback(errors, feedback)
        items = [analogy_item(error, first[error.feedback_ids[0]]) for error in words.values()]
        answers = ask_about(
            work.context, items, role=role, teacher=settings.teacher, seed=work.seed,
            label="teacher names analogies", total=len(items),
        )  # fmt: skip
        for item, outcome in answers:
            if isinstance(outcome, Rejection):
                yield outcome
                continue
            found, rejections = usable_analogies(item, outcome, used=role.asked)
            yield from rejections
            error, provenance = words[item.id], replace(outcome.provenance, origin=NAMED)
            for aspect, source, target in found:
                name = f"analogy:{content_key(error.id, aspect, source, target)}"
                yield Analogy(name, aspect, source, target, error.id, error.feedback_ids[0], error.example, provenance)

    return work.folder.table(NAMED, Analogy, key=key, produce=produce)
