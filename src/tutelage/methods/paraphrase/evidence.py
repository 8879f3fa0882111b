"""Evidence of paraphrase: both students, the teacher and what must lose on the test, and the gate's decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage.core.decoding import Decoding
from tutelage.core.evidence import Comparison, Omission, SystemScores
from tutelage.core.protocols import Embedder, LanguageModel, Parser
from tutelage.core.records import Paraphrases, Provenance, Rejection, Segment
from tutelage.core.stage import Stage, Work
from tutelage.corpora.texts import Text
from tutelage.evaluation.diversity.degenerates import cut_words, shuffle_words, swap_words
from tutelage.labelling.inquiry import require_answers
from tutelage.labelling.paraphrases import Paraphrasers, paraphrase_all
from tutelage.methods.paraphrase.models import open_embedder, open_fluency, open_syntax
from tutelage.methods.paraphrase.settings import ParaphraseDecodingSettings, ParaphraseSettings
from tutelage.methods.paraphrase.teachers import first_asked
from tutelage.stages.context import StepContext
from tutelage.stages.evidence import TESTS, keep_evidence
from tutelage.stages.omissions import goes_on_without
from tutelage.stages.outcome import Evidence
from tutelage.stages.retention.measurement import collect_abilities
from tutelage.storage.stages import StageFolder, StageTable
from tutelage.students.decoder import Decoder
from tutelage.students.diversity import read_control

if TYPE_CHECKING:
    from tutelage.evaluation.diversity.measuring import ParaphraseScorer

DEGENERATE: dict[str, Callable[[str], str]] = {
    "copy": str,
    "swapped": swap_words,
    "shuffled": shuffle_words,
    "cut": cut_words,
}
"""Systems that write the source again, its words in another order, or its beginning: they must come out last."""
SCORE = "combined"


@dataclass(frozen=True, slots=True)
class AskedStudent:
    """A student as it is asked for paraphrases."""

    decoder: Decoder
    level: str | None
    """How far from the source it is asked to go; `None` for a student that knows no levels."""
    prefix: str
    """The control words before each source."""

    @property
    def signature(self) -> str:
        """Weights, arithmetic, search and level, for scores and content keys."""
        return self.decoder.signature + (f",{self.level}" if self.level else "")


@dataclass(frozen=True, slots=True)
class StudentParaphrasesInputs:
    """The sentences of a test set, and the student that writes for them."""

    text: Text
    student: AskedStudent
    origin: str
    """Told in provenance."""


def paraphrase_by_student(inputs: StudentParaphrasesInputs, work: Work) -> Iterator[Paraphrases]:
    """What the student writes for each sentence."""
    student, segments = inputs.student, list(inputs.text.sources())
    work.progress.start(f"paraphrase {inputs.origin}", total=len(segments))
    asked, signature = (student.prefix + segment.text for segment in segments), student.signature
    outputs = student.decoder.open().translate_several(asked, decoding=student.decoder.decoding)
    for segment, texts in zip(segments, outputs, strict=True):
        provenance = Provenance(origin=inputs.origin, parents=(segment.id,), teacher=signature)
        yield Paraphrases(segment, tuple(texts), provenance)
        work.progress.advance()
    work.progress.finish()


@dataclass(frozen=True, slots=True)
class TeacherParaphrasesInputs:
    """The sentences of a test set, and the teacher that writes for them."""

    text: Text
    asked: Paraphrasers
    count: int


def paraphrase_by_teacher(inputs: TeacherParaphrasesInputs, work: Work) -> Iterator[Paraphrases | Rejection]:
    """What the teacher writes for each sentence, unfiltered; TeacherError if that is nothing."""
    segments = list(inputs.text.sources())
    outcomes = paraphrase_all(
        segments, asked=inputs.asked, count=inputs.count, progress=work.progress, total=len(segments)
    )
    return require_answers(outcomes)


STUDENT_PARAPHRASES = Stage("paraphrased", 2, Paraphrases, paraphrase_by_student)
"""Named after test set and system where it is made: `domain-before`."""
TEACHER_PARAPHRASES = Stage("paraphrased", 2, Paraphrases, paraphrase_by_teacher)


def collect_paraphrase_evidence(context: StepContext, *, after: Path, settings: ParaphraseSettings) -> Evidence:
    """Score both students, what must lose, and the teacher if the recipe wants it, on every test set; then decide."""
    systems, comparisons = list[SystemScores](), list[Comparison]()
    omissions: list[Omission] = []
    folder = context.folder.inner("tests")
    meters = _Meters(open_embedder(settings.embedder), open_syntax(settings.parser), open_fluency(settings.fluency))
    omissions += _fluency_omissions(meters)
    for name, use in TESTS.items():
        text = context.texts.text(use)
        if text.is_named:
            scored = _measure_test(context, name, text, after=after, settings=settings, folder=folder, meters=meters)
            systems += scored.systems
            comparisons += scored.comparisons
            omissions += scored.omissions
    abilities = collect_abilities(context, before=context.student, after=after, folder=folder)
    systems += abilities.systems
    comparisons += abilities.comparisons
    omissions += abilities.omissions
    return keep_evidence(context, systems, comparisons, rules=settings.gate, omissions=omissions)


def decoding_of(settings: ParaphraseDecodingSettings, *, base: Decoding) -> Decoding:
    """How the students decode a test; `base` is how the run decodes else."""
    if settings.search == "greedy":
        return replace(base, beam_size=1)
    if settings.search == "diverse":
        return replace(base, outputs=settings.outputs, diversity_penalty=settings.diversity_penalty)
    if settings.search == "top-p":
        sampled = replace(base, beam_size=1, sampling_temperature=settings.temperature)
        return replace(sampled, outputs=settings.outputs, sampling_top_p=settings.top_p)
    return replace(base, beam_size=max(base.beam_size, settings.outputs), outputs=settings.outputs)


def asked_student(context: StepContext, student: Path, *, settings: ParaphraseDecodingSettings) -> AskedStudent:
    """A student as the test asks it, with control words if it knows them."""
    decoder = replace(context.decoder(student), decoding=decoding_of(settings, base=context.decoding))
    control = read_control(student)
    return AskedStudent(decoder, settings.level if control else None, control.prefix(settings.level) if control else "")


@dataclass(frozen=True, slots=True)
class _Meters:
    """What measures meaning, syntax and fluency."""

    embedder: Embedder
    parser: Parser | None
    language_model: LanguageModel | None


@dataclass(frozen=True, slots=True)
class _Scored:
    systems: list[SystemScores]
    comparisons: Sequence[Comparison]
    omissions: Sequence[Omission]


def _measure_test(
    context: StepContext,
    test: str,
    text: Text,
    *,
    after: Path,
    settings: ParaphraseSettings,
    folder: StageFolder,
    meters: _Meters,
) -> _Scored:
    segments = list(text.sources())
    scorer = _make_scorer(context, test, segments, meters)
    systems, measured, omissions = [], [], list[Omission]()
    for system, student in (("before", context.student), ("after", after)):
        asked, name = asked_student(context, student, settings=settings.decoding), f"{test}-{system}"
        outputs = folder.make(STUDENT_PARAPHRASES.named(name), StudentParaphrasesInputs(text, asked, name))
        measured.append(scorer.measure(_texts_of(outputs)))
        systems.append(scorer.score(measured[-1], system=system, system_signature=asked.signature))
    lost = [_score_degenerate(scorer, name, signature=text.key) for name in DEGENERATE]
    omissions += score_omissions(test, student=systems[-1], degenerate=lost)
    systems += lost
    if context.recipe.evaluation.teacher_scores:
        with goes_on_without(f"the teacher on {test}", omissions):
            inputs = TeacherParaphrasesInputs(text, first_asked(context, settings), settings.count)
            answers = list(folder.make(TEACHER_PARAPHRASES.named(f"{test}-teacher"), inputs))
            systems.append(_score_teacher(scorer, answers))
    return _Scored(systems, scorer.compare(measured[0], after=measured[1]), omissions)


def _score_degenerate(scorer: ParaphraseScorer, name: str, *, signature: str) -> SystemScores:
    """A system that writes nothing of its own."""
    written = {item_id: (DEGENERATE[name](source),) for item_id, source in scorer.sources.items()}
    return scorer.score(scorer.measure(written), system=name, system_signature=signature)


def score_omissions(test: str, *, student: SystemScores, degenerate: Iterable[SystemScores]) -> Iterator[Omission]:
    """That the score tells nothing here: a system that must lose has as much as the new student."""
    best = max(degenerate, key=lambda one: one.score(SCORE).value)
    value, other = student.score(SCORE).value, best.score(SCORE).value
    if other >= value:
        why = f"'{best.system}', which must lose, has {other:.1f}, and the student has {value:.1f}."
        yield Omission(f"a paraphrase score on {test} that can be relied on", why)


def _fluency_omissions(meters: _Meters) -> Iterator[Omission]:
    if meters.language_model is None:
        why = 'The recipe says fluency = "none", so that words in a wrong order count as a paraphrase.'
        yield Omission("the fluency of the outputs, a factor of the paraphrase score", why)


def _score_teacher(scorer: ParaphraseScorer, answers: Sequence[Paraphrases]) -> SystemScores:
    """The teacher in its first style, on the sentences that it answered."""
    written = _texts_of(answers)
    made, scorer = answers[0].provenance, scorer.among(written)
    signature = "/".join(part for part in (made.teacher, made.prompt_version) if part)
    return scorer.score(scorer.measure(written), system="teacher", system_signature=signature)


def _make_scorer(context: StepContext, test: str, segments: Sequence[Segment], meters: _Meters) -> ParaphraseScorer:
    from tutelage.evaluation.diversity.measuring import ParaphraseScorer

    return ParaphraseScorer(
        {segment.id: segment.text for segment in segments},
        test=test,
        embedder=meters.embedder,
        parser=meters.parser,
        language_model=meters.language_model,
        seed=context.recipe.seed,
        resamples=context.recipe.evaluation.resamples,
        language=context.recipe.direction.source,
    )


def _texts_of(outputs: StageTable[Paraphrases] | Sequence[Paraphrases]) -> Mapping[str, tuple[str, ...]]:
    return {output.id: output.texts for output in outputs}
