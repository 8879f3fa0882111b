"""Evidence: the student that came in, the new one and the teacher on the same test segments, and the gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from tutelage.core.evidence import Comparison, GateDecision, Omission, SystemScores
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.languages import Direction
from tutelage.core.metrics import SegmentMetric
from tutelage.core.protocols import LanguageIdentifier
from tutelage.core.recipe import Recipe
from tutelage.core.records import Pair
from tutelage.core.stage import Records, ValuesStage, Work
from tutelage.corpora.texts import Text
from tutelage.evaluation.gate import decide
from tutelage.evaluation.off_target.confusion import Confusion
from tutelage.evaluation.rules import parse_rules
from tutelage.evaluation.scoring import Measured, Scorer
from tutelage.stages.context import StepContext
from tutelage.stages.omissions import goes_on_without, keep_omissions
from tutelage.stages.outcome import Evidence, OwnEvidence
from tutelage.stages.outputs import OUTPUTS, TEACHER_OUTPUTS, OutputsInputs, TeacherOutputsInputs
from tutelage.stages.retention.measurement import collect_abilities
from tutelage.storage.stages import StageFolder

R = TypeVar("R")

TESTS = {"domain": "test", "general": "general"}
"""Name of each test set in scores and rules, and the text it is made of."""


@dataclass(frozen=True, slots=True)
class KeptInputs(Generic[R]):
    """What was measured, to be kept with the step."""

    measured: Records[R]


def keep_records(inputs: KeptInputs[R], _: Work) -> list[R]:
    """What was measured, as it is."""
    return list(inputs.measured.records)


@dataclass(frozen=True, slots=True)
class GateInputs:
    """What was measured, and the rules that it is held against."""

    rules: tuple[str, ...]
    scores: Records[SystemScores]
    comparisons: Records[Comparison]


def decide_gate(inputs: GateInputs, _: Work) -> list[GateDecision]:
    """The decision, alone in its list."""
    rules = parse_rules(inputs.rules, tests=None)
    return [decide(rules, comparisons=inputs.comparisons.records, scores=inputs.scores.records)]


SCORES = ValuesStage("scores", 3, SystemScores, keep_records)
COMPARISONS = ValuesStage("comparisons", 3, Comparison, keep_records)
CONFUSIONS = ValuesStage("confusions", 2, Confusion, keep_records)
GATE = ValuesStage("gate", 3, GateDecision, decide_gate)


def collect_evidence(
    context: StepContext,
    *,
    before: Path,
    after: Path,
    teacher: str | None,
    rules: tuple[str, ...],
    also: OwnEvidence | None = None,
) -> Evidence:
    """Score both students, and the teacher if the recipe wants it and it answers, on every test set; then decide.

    `also` was measured elsewhere, and is decided on with the rest.
    """
    systems = list(also.systems if also else ())
    comparisons = list(also.comparisons if also else ())
    confusions: list[Confusion] = []
    omissions: list[Omission] = []
    folder = context.folder.inner("tests")
    for test, use in TESTS.items():
        if context.texts.has(use):
            found = _measure_test(context, test, use, before=before, after=after, teacher=teacher, folder=folder)
            systems += found.systems
            comparisons += found.comparisons
            confusions += found.confusions
            omissions += found.omissions
    abilities = collect_abilities(context, before=before, after=after, folder=folder)
    systems += abilities.systems
    comparisons += abilities.comparisons
    omissions += abilities.omissions
    return keep_evidence(context, systems, comparisons, rules=rules, confusions=confusions, omissions=omissions)


def keep_evidence(
    context: StepContext,
    systems: list[SystemScores],
    comparisons: list[Comparison],
    *,
    rules: tuple[str, ...],
    confusions: Sequence[Confusion] = (),
    omissions: Sequence[Omission] = (),
) -> Evidence:
    """The gate's decision on what was measured; all of it is written into the step's folder."""
    scored, compared = Records(tuple(systems)), Records(tuple(comparisons))
    context.folder.make(SCORES, KeptInputs(scored))
    context.folder.make(COMPARISONS, KeptInputs(compared))
    (gate,) = context.folder.make(GATE, GateInputs(rules, scored, compared))
    if confusions:
        context.folder.make(CONFUSIONS, KeptInputs(Records(tuple(confusions))))
    keep_omissions(context.folder, omissions)
    return Evidence(tuple(systems), tuple(comparisons), gate, tuple(confusions), tuple(omissions))


@dataclass(frozen=True, slots=True)
class _Test:
    systems: list[SystemScores]
    comparisons: tuple[Comparison, ...]
    confusions: list[Confusion]
    omissions: list[Omission]


def _measure_test(
    context: StepContext, test: str, use: str, *, before: Path, after: Path, teacher: str | None, folder: StageFolder
) -> _Test:
    text = context.texts.text(use)
    scorer = step_scorer(context, list(text.pairs()), test=test)
    systems, measured, omissions = [], list[Measured](), list[Omission]()
    for system, student in (("before", before), ("after", after)):
        outputs = folder.make(OUTPUTS.named(f"{test}-{system}"), OutputsInputs(text, context.decoder(student)))
        measured.append(scorer.measure({output.id: output.text for output in outputs}))
        systems.append(scorer.score(measured[-1], system=system, system_signature=context.signature(student)))
    references = scorer.measure_references()
    systems.append(scorer.score(references, system="reference", system_signature=text.key))
    named = (*zip(("before", "after"), measured, strict=True), ("reference", references))
    confusions = [table for system, one in named for table in scorer.count_languages(one, system=system)]
    if context.recipe.evaluation.teacher_scores and context.recipe.teachers:
        with goes_on_without(f"the teacher on {test}", omissions):
            systems.append(score_teacher(context, text, test, teacher=teacher, folder=folder))
    return _Test(systems, scorer.compare(measured[0], after=measured[1]), confusions, omissions)


def score_teacher(
    context: StepContext, text: Text, test: str, *, teacher: str | None, folder: StageFolder
) -> SystemScores:
    """The teacher on the segments that it answered: an unusable answer is not a bad translation.

    UserError if it answers none of them, or no longer, or its budget is spent.
    """
    translator = context.teachers.translating(teacher)
    answers = folder.make(TEACHER_OUTPUTS.named(f"{test}-teacher"), TeacherOutputsInputs(text, translator))
    outputs = {answer.id: answer.target.text for answer in answers}
    answered = [pair for pair in text.pairs() if pair.id in outputs]
    scorer = step_scorer(context, answered, test=test)
    return scorer.score(scorer.measure(outputs), system="teacher", system_signature=translator.signature)


def step_scorer(context: StepContext, pairs: Sequence[Pair], *, test: str) -> Scorer:
    """How a step's evidence is measured on a test set in the recipe's direction, by all that the recipe names."""
    return make_scorer(
        context.recipe,
        pairs,
        test=test,
        identifier=context.identifier,
        glossary=context.glossary,
        metrics=context.metrics,
    )


def make_scorer(
    recipe: Recipe,
    pairs: Sequence[Pair],
    *,
    test: str,
    identifier: LanguageIdentifier,
    direction: Direction | None = None,
    languages: Sequence[str] = (),
    glossary: Glossary | None = None,
    metrics: Sequence[SegmentMetric] = (),
) -> Scorer:
    """How every student and teacher of a run is measured on a test set; by default in the recipe's direction.

    `languages` are further ones that the identifier is asked about; `metrics` are measured besides ours.
    """
    return Scorer(
        pairs,
        test=test,
        direction=direction or recipe.direction.direction,
        identifier=identifier,
        languages=languages,
        seed=recipe.seed,
        resamples=recipe.evaluation.resamples,
        off_target=recipe.evaluation.off_target,
        glossary=glossary,
        metrics=metrics,
    )
