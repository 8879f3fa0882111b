"""The stages up to the demonstrations: what the translator gets wrong, and what the teacher says to it in each role.

    pool → hypotheses → feedback → errors → analyses → written → named → demonstrations

Patching's own stages as far as they go; a teacher's answers are read from the ledger where patching asked the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from tutelage.core.records import Feedback, Hypothesis, Pair, Rejection, Segment
from tutelage.core.stage import Stage, Work
from tutelage.labelling.analogies import Analogy, Namer
from tutelage.labelling.analyses import ANALYSES, AnalysesInputs, Analysis, read_analyses
from tutelage.labelling.contexts.written_pairs import PairWriter
from tutelage.labelling.error_words import ERRORS, ErrorsInputs, ErrorWord
from tutelage.labelling.feedback.asked import ASKED_FEEDBACK, AskedFeedbackInputs, Reviewer
from tutelage.labelling.roles.analogies import NameAnalogies
from tutelage.labelling.roles.analysis import Analyse
from tutelage.labelling.roles.contexts import WritePairs
from tutelage.labelling.roles.feedback import GiveFeedback
from tutelage.methods.train_patcher.settings import TrainPatcherSettings
from tutelage.stages.context import StepContext
from tutelage.stages.pool import pool_stage
from tutelage.stages.translations import begun_hypotheses
from tutelage.storage.stages import StageTable


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

    def rejections(self) -> Iterator[Iterable[Rejection]]:
        """What each stage did not use."""
        for field in fields(self):
            table = getattr(self, field.name)
            if table is not None:
                yield table.rejections()


@dataclass(frozen=True, slots=True)
class WrittenInputs:
    """The error words that pairs are written for, the analyses of their sentences, and who writes."""

    errors: StageTable[ErrorWord]
    analyses: StageTable[Analysis]
    writer: PairWriter


def write_for_errors(inputs: WrittenInputs, work: Work) -> Iterator[Pair | Rejection]:
    """The pairs that the teacher writes for each error word."""
    words, analyses = list(inputs.errors), read_analyses(inputs.analyses)
    for outcome in inputs.writer.write(words, analyses=analyses, stage=WRITTEN.name, progress=work.progress):
        yield outcome if isinstance(outcome, Rejection) else outcome[1]


@dataclass(frozen=True, slots=True)
class NamedInputs:
    """The error words that words are named for, and who names them."""

    errors: StageTable[ErrorWord]
    feedback: StageTable[Feedback]
    namer: Namer


def name_for_errors(inputs: NamedInputs, work: Work) -> Iterator[Analogy | Rejection]:
    """The words that the teacher names for each error word; here, unlike in patching, a word may come twice."""
    return inputs.namer.name(list(inputs.errors), inputs.feedback, origin=NAMED.name, progress=work.progress)


WRITTEN = Stage("written", 2, Pair, write_for_errors)
NAMED = Stage("named", 2, Analogy, name_for_errors)


def make_tables(settings: TrainPatcherSettings, context: StepContext, *, translator: Path) -> PatcherTables:
    """All stages; the translator's errors come first, and everything else is about them."""
    folder, direction, seed = context.folder, context.recipe.direction.direction, context.recipe.seed
    teacher = context.teachers.asked(settings.teacher)
    pool = pool_stage(context)
    reviewer = Reviewer(GiveFeedback(direction, mode=settings.mode), teacher, seed)
    with begun_hypotheses(context, pool, student=translator, folder=folder) as hypotheses:
        feedback = folder.make(ASKED_FEEDBACK, AskedFeedbackInputs(hypotheses, reviewer))
    errors, analyses, written, named = None, None, None, None
    if set(settings.roles) - {"feedback"}:
        errors = folder.make(ERRORS, ErrorsInputs(feedback, settings.most_error_words, settings.mode))
    if errors is not None and set(settings.roles) - {"feedback", "analogies"}:
        role = Analyse(direction.source)
        analyses = folder.make(ANALYSES, AnalysesInputs(errors, feedback, role, teacher, seed))
    if errors is not None and analyses is not None and settings.writes_contexts:
        pairs = WritePairs(direction, count=settings.contexts.per_error)
        written = folder.make(WRITTEN, WrittenInputs(errors, analyses, PairWriter(pairs, teacher, seed, settings.mode)))
    if errors is not None and "analogies" in settings.roles:
        namer = Namer(NameAnalogies(direction, asked=settings.words_per_aspect), teacher, seed)
        named = folder.make(NAMED, NamedInputs(errors, feedback, namer))
    return PatcherTables(pool, hypotheses, feedback, errors, analyses, written, named)
