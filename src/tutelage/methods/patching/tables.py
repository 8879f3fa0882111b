"""The tables of a round, made one from the other: which stage reads what of the recipe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from tutelage.core.languages import Direction
from tutelage.core.records import Example, Feedback, Hypothesis, Pair, Segment
from tutelage.corpora.filters import TextFilter
from tutelage.labelling.analogies import ANALOGIES, AnalogiesInputs, Analogy, Namer
from tutelage.labelling.analyses import ANALYSES, AnalysesInputs, Analysis
from tutelage.labelling.contexts.pairs import (
    ContextSource,
    MemoryPairs,
    RetrievedSentences,
    WrittenPairs,
    WrittenSentences,
)
from tutelage.labelling.contexts.stage import CONTEXTS, ContextsInputs
from tutelage.labelling.contexts.written_pairs import PairWriter, plan_draws
from tutelage.labelling.contexts.written_sentences import SentenceWriter
from tutelage.labelling.error_words import ERRORS, ErrorsInputs, ErrorWord
from tutelage.labelling.feedback.asked import ASKED_FEEDBACK, AskedFeedbackInputs, Reviewer
from tutelage.labelling.feedback.edits import EDITS, UNCHANGED, EditsInputs
from tutelage.labelling.feedback.explanation import EXPLAINED, ExplainedInputs, Explainer
from tutelage.labelling.feedback.reference import (
    REFERENCED_FEEDBACK,
    THRESHOLD,
    WITHOUT_DEV,
    ReferencedFeedbackInputs,
    ThresholdInputs,
)
from tutelage.labelling.feedback.terms import (
    JOINED_FEEDBACK,
    TERM_FEEDBACK,
    UNSETTLED,
    UNSETTLED_POOL,
    JoinedInputs,
    TermFeedbackInputs,
    UnsettledInputs,
)
from tutelage.labelling.feedback.verification import (
    VERIFIED_FEEDBACK,
    RoundTrip,
    SecondReview,
    SecondTranslation,
    VerifiedInputs,
)
from tutelage.labelling.roles.analogies import NameAnalogies
from tutelage.labelling.roles.analysis import Analyse
from tutelage.labelling.roles.contexts import WritePairs
from tutelage.labelling.roles.editing import EditRole
from tutelage.labelling.roles.explaining import ExplainErrors
from tutelage.labelling.roles.sentences import WriteSentences
from tutelage.labelling.teachers import Translator
from tutelage.methods.patching.examples import EXAMPLES, ExamplesInputs
from tutelage.methods.patching.form import feedback_role
from tutelage.methods.patching.rounds import Round
from tutelage.methods.patching.selection import SELECTED, Selected, SelectedInputs
from tutelage.methods.patching.settings import FeedbackSource, PatchingSettings
from tutelage.stages.context import StepContext
from tutelage.stages.post_edits import DRAFTS, PAIRS, DraftsInputs, PostEditedInputs, post_edits_stage
from tutelage.stages.rehearsed_text import rehearsal_stage
from tutelage.stages.translations import begun_hypotheses, hypotheses_stage, translations_stage
from tutelage.storage.stages import StageTable


@dataclass(frozen=True, slots=True)
class RoundTables:
    """The tables of one round; those are none whose stages the recipe does without."""

    pool: StageTable[Segment]
    translations: StageTable[Pair] | None
    """The teacher's or people's translations of the sources, or edits of the hypotheses."""
    feedback: StageTable[Feedback]
    selected: StageTable[Selected]
    explained: StageTable[Feedback] | None
    """The selected feedback with what the teacher says of its errors, where that was asked afterwards."""
    errors: StageTable[ErrorWord] | None
    analyses: StageTable[Analysis] | None
    contexts: StageTable[Example] | None
    analogies: StageTable[Analogy] | None
    analogy_contexts: StageTable[Example] | None
    general: StageTable[Example] | None
    """What is rehearsed of general text."""
    examples: StageTable[Example]

    @property
    def flagged(self) -> int:
        """How many hypotheses the teacher corrects."""
        return sum(item.flagged for item in self.feedback)

    def count_answers(self, feedback: FeedbackSource, *, translations: bool) -> int:
        """Answers of teachers that the tables were made of, unusable ones too; of translations if the round asked."""
        asked: list[StageTable[Any] | None] = [
            *(self.explained, self.analyses, self.contexts, self.analogies, self.analogy_contexts),
            self.translations if translations and feedback != "people" else None,
            self.feedback if feedback == "asked" else None,
        ]
        return sum(one.rows + sum(1 for _ in one.rejections()) for one in asked if one is not None)

    def all(self) -> Iterator[StageTable[Any]]:
        """Every table that was made."""
        for name in self.__dataclass_fields__:
            if getattr(self, name) is not None:
                yield getattr(self, name)


def make_tables(work: Round, pool: StageTable[Segment]) -> RoundTables:
    """All tables of the round, from the hypotheses to the examples."""
    judged = _judged_by_glossary(work, pool) if _flags_terms(work) else _judged(work, pool, _hypotheses(work, pool))
    translations, feedback = judged.translations, judged.feedback
    selected = work.folder.make(SELECTED, SelectedInputs(feedback, work.settings.select, pool.rows, work.base_seed))
    explained = _explained(work, feedback, selected) if work.settings.explains else None
    extended = _extend(work, pool, feedback) if work.settings.contexts.source != "none" else _Extended()
    made = [table.rows for table in (selected, extended.contexts, extended.analogy_contexts) if table is not None]
    general = rehearsal_stage(
        work.context, work.settings.rehearsal, others=sum(made), teacher=work.settings.teacher, folder=work.folder
    )
    examples = work.folder.make(
        EXAMPLES,
        ExamplesInputs(
            feedback=feedback,
            selected=selected,
            contexts=extended.contexts,
            analogies=extended.analogies,
            analogy_contexts=extended.analogy_contexts,
            rehearsal_ratio=work.settings.rehearsal.ratio_for(work.context.recipe.text.rehearsal),
            general=general,
            max_exposure=work.settings.max_exposure,
            filters=work.filters,
            direction=work.direction,
            seed=work.base_seed,
            glossary=work.context.glossary,
        ),
    )
    return RoundTables(
        pool, translations, feedback, selected, explained, extended.errors, extended.analyses, extended.contexts,
        extended.analogies, extended.analogy_contexts, general, examples,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Judged:
    """The feedback, and what hypotheses were compared with."""

    translations: StageTable[Pair] | None
    feedback: StageTable[Feedback]


def _judged(
    work: Round, pool: StageTable[Segment], made: AbstractContextManager[StageTable[Hypothesis]], *, file: str = ""
) -> _Judged:
    """What the teacher makes of the hypotheses, asked while they are `made`; `file` is the feedback's own name."""
    with made as hypotheses:
        translations = _translations(work, pool, hypotheses)
        if translations is None:
            return _Judged(None, _asked_feedback(work, hypotheses, file=file))
    return _Judged(translations, _compared_feedback(work, hypotheses, translations, file=file))


def _flags_terms(work: Round) -> bool:
    return work.context.glossary is not None and work.settings.feedback.terms and not work.settings.by_people


def _judged_by_glossary(work: Round, pool: StageTable[Segment]) -> _Judged:
    """What breaks the glossary as the student mends it, and the rest as the teacher judges it."""
    context, folder = work.context, work.folder
    hypotheses = hypotheses_stage(context, pool, student=work.student, folder=folder)
    assert context.glossary is not None
    student = context.decoder(work.student, keeps="force")
    settled = folder.make(TERM_FEEDBACK, TermFeedbackInputs(hypotheses, context.glossary, student))
    unsettled = UnsettledInputs(hypotheses, settled)
    asked, unsettled_pool = folder.make(UNSETTLED, unsettled), folder.make(UNSETTLED_POOL, unsettled)
    judged = _judged(work, unsettled_pool, nullcontext(asked), file="judged") if asked.rows else None
    if judged is None:
        return _Judged(None, settled)
    return _Judged(
        judged.translations, folder.make(JOINED_FEEDBACK, JoinedInputs(hypotheses, settled, judged.feedback))
    )


def people_filter(settings: PatchingSettings, context: StepContext) -> TextFilter | None:
    """What people's translations must be like to be learned; in paper mode all are."""
    return context.text_filter() if settings.mode == "strict" else None


def _post_edits(work: Round) -> StageTable[Pair]:
    return post_edits_stage(work.context, filters=people_filter(work.settings, work.context))


def _hypotheses(work: Round, pool: StageTable[Segment]) -> AbstractContextManager[StageTable[Hypothesis]]:
    """What the student makes of the pool; in the first round people's post-edits come with drafts of their own."""
    if not work.settings.by_people or work.number > 1:
        return begun_hypotheses(work.context, pool, student=work.student, folder=work.folder)
    drafts = DraftsInputs(pool, _post_edits(work), work.context.decoder(work.student))
    return nullcontext(work.folder.make(DRAFTS, drafts))


def _translations(
    work: Round, pool: StageTable[Segment], hypotheses: StageTable[Hypothesis]
) -> StageTable[Pair] | None:
    """What the hypotheses are compared with: translations, one table for all rounds on the same pool, or edits."""
    settings = work.settings
    if settings.by_people:
        return work.folder.make(PAIRS, PostEditedInputs(_post_edits(work), pool))
    if settings.feedback.source == "edited":
        editor = work.context.teachers.asked(settings.feedback_teacher)
        return work.folder.make(
            EDITS,
            EditsInputs(hypotheses, EditRole(work.direction, glossary=work.context.glossary), editor, work.base_seed),
        )
    if settings.feedback.source == "asked":
        return None
    shared = settings.pool_each_round == "same" and not _flags_terms(work)
    folder = work.context.folder if shared else work.folder
    return translations_stage(work.context, pool, teacher=settings.teacher, folder=folder)


def _compared_feedback(
    work: Round, hypotheses: StageTable[Hypothesis], translations: StageTable[Pair], *, file: str
) -> StageTable[Feedback]:
    right_from = UNCHANGED if work.settings.feedback.source == "edited" else _threshold(work)
    compared = ReferencedFeedbackInputs(hypotheses, translations, right_from, work.settings.feedback.minimal)
    return work.folder.make(REFERENCED_FEEDBACK.named(file), compared)


def _asked_feedback(work: Round, hypotheses: StageTable[Hypothesis], *, file: str) -> StageTable[Feedback]:
    asked = AskedFeedbackInputs(hypotheses, _reviewer(work, work.settings.feedback_teacher))
    if work.settings.feedback.verified == "none":
        return work.folder.make(ASKED_FEEDBACK.named(file), asked)
    unverified = work.folder.make(ASKED_FEEDBACK.named("unverified"), asked)
    return work.folder.make(VERIFIED_FEEDBACK.named(file), VerifiedInputs(unverified, _witness(work)))


def _explained(work: Round, feedback: StageTable[Feedback], selected: StageTable[Selected]) -> StageTable[Feedback]:
    teacher = work.context.teachers.asked(work.settings.feedback_teacher)
    explainer = Explainer(ExplainErrors(work.direction), teacher, work.base_seed)
    return work.folder.make(EXPLAINED, ExplainedInputs(feedback, frozenset(one.id for one in selected), explainer))


def _threshold(work: Round) -> float:
    """The agreement from which a hypothesis counts as right: as the recipe says, or measured on the dev text."""
    if isinstance(work.settings.threshold, float):
        return work.settings.threshold
    dev = work.context.texts.text("dev")
    if not dev.is_named or work.settings.by_people:
        return WITHOUT_DEV.value
    inputs = ThresholdInputs(dev, work.context.decoder(work.student), _translator(work))
    return work.folder.make(THRESHOLD, inputs)[0].value


def _reviewer(work: Round, teacher: str | None) -> Reviewer:
    role = feedback_role(work.settings, work.context)
    return Reviewer(role, work.context.teachers.asked(teacher), work.base_seed)


def _witness(work: Round) -> SecondReview | SecondTranslation | RoundTrip:
    """What must speak for an error that the teacher names."""
    second, teachers = work.settings.feedback.second, work.context.teachers
    if work.settings.feedback.verified == "round_trip":
        return RoundTrip(teachers.translating(second, direction=_back(work.direction)))
    if teachers.can_write(second):
        return SecondReview(_reviewer(work, second))
    return SecondTranslation(teachers.translating(second))


@dataclass(frozen=True, slots=True)
class _Extended:
    """What is made of the errors beside their corrections; those are `None` whose stages the recipe does without."""

    errors: StageTable[ErrorWord] | None = None
    analyses: StageTable[Analysis] | None = None
    contexts: StageTable[Example] | None = None
    analogies: StageTable[Analogy] | None = None
    analogy_contexts: StageTable[Example] | None = None


def _extend(work: Round, pool: StageTable[Segment], feedback: StageTable[Feedback]) -> _Extended:
    settings, folder = work.settings, work.folder
    wanted_words = ErrorsInputs(feedback, settings.most_error_words, settings.mode, work.context.glossary)
    errors = folder.make(ERRORS, wanted_words)
    analyses = None
    if settings.uses_analyses:
        writer = work.context.teachers.asked(settings.context_writer)
        analyses = folder.make(
            ANALYSES, AnalysesInputs(errors, feedback, Analyse(work.direction.source), writer, work.base_seed)
        )
    wanted = ContextsInputs(
        stage="contexts",
        kind="context",
        words=errors,
        per_word=settings.contexts.per_error,
        source=_source(work, per_word=settings.contexts.per_error),
        analyses=analyses,
        pool=pool,
        held_back=work.context.held_back,
        near=settings.mode == "strict",
        filters=work.filters,
    )
    contexts = folder.make(CONTEXTS, wanted)
    if settings.analogies.per_aspect == 0:
        return _Extended(errors, analyses, contexts)
    analogies = folder.make(ANALOGIES, _analogies(work, errors, feedback))
    per_word = settings.analogies.contexts_per_analogy
    more = replace(
        wanted, stage="analogy_contexts", kind="analogy", words=analogies, per_word=per_word,
        source=_source(work, per_word=per_word), earlier=contexts,
    )  # fmt: skip
    return _Extended(errors, analyses, contexts, analogies, folder.make(CONTEXTS.named("analogy_contexts"), more))


def _source(work: Round, *, per_word: int) -> ContextSource:
    """Where contexts come from, in the recipe's way."""
    settings, context = work.settings, work.context
    if settings.contexts.source == "memory":
        return MemoryPairs(context.texts.text("memory"))
    if settings.contexts.source == "retrieved":
        return RetrievedSentences(context.texts.text("sentences"), _translator(work))
    writer = context.teachers.asked(settings.context_writer)
    if settings.contexts.source == "written":
        role = WriteSentences(work.direction.source, count=per_word)
        return WrittenSentences(SentenceWriter(role, writer, work.seed), _translator(work))
    at_once = context.teachers.pairs_at_once(settings.context_writer)
    draws = plan_draws(settings.contexts.drawn, wanted=per_word, at_once=at_once)
    pairs = WritePairs(work.direction, count=draws.count)
    return WrittenPairs(PairWriter(pairs, writer, work.seed, settings.mode, draws.samples))


def _analogies(work: Round, errors: StageTable[ErrorWord], feedback: StageTable[Feedback]) -> AnalogiesInputs:
    """What names the words: one more is asked for than is used, as in the paper, since some will be known already."""
    settings, teachers = work.settings.analogies, work.context.teachers
    role = NameAnalogies(work.direction, asked=settings.per_aspect + 1)
    checked_by = settings.round_trip
    return AnalogiesInputs(
        errors=errors,
        feedback=feedback,
        namer=Namer(role, teachers.asked(work.settings.analogy_teacher), work.seed),
        per_aspect=settings.per_aspect,
        most=work.settings.most_analogies,
        there=None if checked_by is None else teachers.translating(checked_by),
        back=None if checked_by is None else teachers.translating(checked_by, direction=_back(work.direction)),
    )


def _translator(work: Round) -> Translator:
    return work.context.teachers.translating(work.settings.teacher)


def _back(direction: Direction) -> Direction:
    return Direction(direction.target, direction.source)
