"""Evidence of paraphrase: both students, the teacher and copying on the test sentences, and the gate's decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage.core.decoding import Decoding
from tutelage.core.evidence import Comparison, SystemScores
from tutelage.core.protocols import Embedder, Parser
from tutelage.core.records import Paraphrases, Provenance, Rejection, Segment
from tutelage.core.signatures import content_key
from tutelage.methods.paraphrase.models import open_embedder_of, open_syntax
from tutelage.methods.paraphrase.settings import ParaphraseDecodingSettings, ParaphraseSettings
from tutelage.methods.paraphrase.teachers import asked_key, open_paraphrasers, paraphrase_with
from tutelage.stages.context import StepContext
from tutelage.stages.evidence import TESTS, Evidence, keep_evidence
from tutelage.stages.retention.measurement import collect_abilities
from tutelage.storage.stages import StageFolder, StageTable
from tutelage.students.diversity import read_control

if TYPE_CHECKING:
    from tutelage.evaluation.diversity.measuring import ParaphraseScorer

COPY = "copy"
"""The system that writes the source again: it must come out last."""


@dataclass(frozen=True, slots=True)
class _Test:
    """A test set, and where what is written for it is kept."""

    name: str
    key: str
    segments: Sequence[Segment]
    folder: StageFolder


def collect_paraphrase_evidence(context: StepContext, *, after: Path, settings: ParaphraseSettings) -> Evidence:
    """Score both students, copying, and the teacher where the recipe wants it, on every test set; then decide."""
    systems, comparisons = list[SystemScores](), list[Comparison]()
    folder = context.folder.inner("tests")
    embedder, parser = open_embedder_of(settings), open_syntax(settings)
    for name, use in TESTS.items():
        if context.texts.has(use):
            test = _Test(name, context.texts.key(use), list(context.texts.sources(use)), folder)
            scored = _measure_test(context, test, after=after, settings=settings, embedder=embedder, parser=parser)
            systems += scored.systems
            comparisons += scored.comparisons
    abilities = collect_abilities(context, before=context.student, after=after, folder=folder)
    systems += abilities.systems
    comparisons += abilities.comparisons
    return keep_evidence(context, systems, comparisons, rules=settings.gate)


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


@dataclass(frozen=True, slots=True)
class _Scored:
    systems: list[SystemScores]
    comparisons: Sequence[Comparison]


def _measure_test(
    context: StepContext,
    test: _Test,
    *,
    after: Path,
    settings: ParaphraseSettings,
    embedder: Embedder,
    parser: Parser | None,
) -> _Scored:
    scorer = _make_scorer(context, test.name, test.segments, embedder=embedder, parser=parser)
    systems, measured = [], []
    for system, student in (("before", context.student), ("after", after)):
        signature = sign_student(context, student, settings=settings.decoding)
        outputs = _student_outputs(context, test, system=system, student=student, settings=settings)
        measured.append(scorer.measure(_texts_of(outputs)))
        systems.append(scorer.score(measured[-1], system=system, system_signature=signature))
    copied = scorer.measure({segment.id: (segment.text,) for segment in test.segments})
    systems.append(scorer.score(copied, system=COPY, system_signature=test.key))
    if context.recipe.evaluation.teacher_scores:
        systems += _score_teacher(context, test, settings=settings, embedder=embedder, parser=parser)
    return _Scored(systems, scorer.compare(measured[0], after=measured[1]))


def sign_student(context: StepContext, student: Path, *, settings: ParaphraseDecodingSettings) -> str:
    """A student and how it is asked and decoded, for scores: weights, arithmetic, search, level of diversity."""
    weights, base = context.signature(student), context.decoding.signature
    search = decoding_of(settings, base=context.decoding).signature
    level = f",{settings.level}" if read_control(student) else ""
    return weights.replace(f"|{base}", f"|{search}") + level


def _student_outputs(
    context: StepContext, test: _Test, *, system: str, student: Path, settings: ParaphraseSettings
) -> StageTable[Paraphrases]:
    """What a student writes for the test sentences, kept with the evidence; with control words where it knows them."""
    signature = sign_student(context, student, settings=settings.decoding)
    key = content_key("paraphrased", 1, test.key, signature)

    def produce() -> Iterator[Paraphrases]:
        control, decoding = read_control(student), decoding_of(settings.decoding, base=context.decoding)
        prefix = control.prefix(settings.decoding.level) if control else ""
        context.progress.start(f"paraphrase {test.name}-{system}", total=len(test.segments))
        asked = (prefix + segment.text for segment in test.segments)
        outputs = context.engine(student).translate_several(asked, decoding=decoding)
        for segment, texts in zip(test.segments, outputs, strict=True):
            provenance = Provenance(origin=f"{test.name}-{system}", parents=(segment.id,), teacher=signature)
            yield Paraphrases(segment, tuple(texts), provenance)
            context.progress.advance()
        context.progress.finish()

    return test.folder.table(f"{test.name}-{system}", Paraphrases, key=key, produce=produce)


def _score_teacher(
    context: StepContext, test: _Test, *, settings: ParaphraseSettings, embedder: Embedder, parser: Parser | None
) -> list[SystemScores]:
    """The teacher in its first style, on the sentences that it answered; unfiltered. None where it answered none."""
    first = settings.model_copy(update={"style": settings.style[:1], "via": settings.via[:1]})
    key = content_key("paraphrased", 1, test.key, asked_key(context, first), settings.count)

    def produce() -> Iterator[Paraphrases | Rejection]:
        for teacher in open_paraphrasers(context, first):
            total = len(test.segments)
            yield from paraphrase_with(context, teacher, test.segments, count=settings.count, total=total)

    answers = list(test.folder.table(f"{test.name}-teacher", Paraphrases, key=key, produce=produce))
    if not answers:
        return []
    scorer = _make_scorer(context, test.name, [answer.source for answer in answers], embedder=embedder, parser=parser)
    made = answers[0].provenance
    signature = "/".join(part for part in (made.teacher, made.prompt_version) if part)
    return [scorer.score(scorer.measure(_texts_of(answers)), system="teacher", system_signature=signature)]


def _make_scorer(
    context: StepContext, test: str, segments: Sequence[Segment], *, embedder: Embedder, parser: Parser | None
) -> ParaphraseScorer:
    from tutelage.evaluation.diversity.measuring import ParaphraseScorer

    return ParaphraseScorer(
        {segment.id: segment.text for segment in segments},
        test=test,
        embedder=embedder,
        parser=parser,
        seed=context.recipe.seed,
        resamples=context.recipe.evaluation.resamples,
        language=context.recipe.direction.source,
    )


def _texts_of(outputs: StageTable[Paraphrases] | Sequence[Paraphrases]) -> Mapping[str, tuple[str, ...]]:
    return {output.id: output.texts for output in outputs}
