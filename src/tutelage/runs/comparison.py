"""What a run of several steps came to as a whole: the student it promoted against the one that entered it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import UserError
from tutelage.core.evidence import Comparison
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.languages import Direction
from tutelage.core.metrics import SegmentMetric
from tutelage.core.protocols import LanguageIdentifier
from tutelage.core.recipe import Recipe
from tutelage.core.records import Hypothesis
from tutelage.core.stage import ValuesStage, Work
from tutelage.corpora.identifiers import open_identifier
from tutelage.corpora.texts import Text, Texts
from tutelage.evaluation.off_target.judging import Mode
from tutelage.evaluation.report_data import StepReport
from tutelage.evaluation.retention.suite import Suite
from tutelage.evaluation.scoring import Scorer
from tutelage.stages.evidence import TESTS
from tutelage.stages.retention.answers import AbilityAnswer
from tutelage.stages.retention.measurement import compare_answers, suite_of
from tutelage.storage.run_folder import RunFolder
from tutelage.storage.stages import StageTable, open_stage, read_values


@dataclass(frozen=True, slots=True)
class ComparedOutputs:
    """What both students made of one test set."""

    test: str
    text: Text
    before: StageTable[Hypothesis]
    after: StageTable[Hypothesis]


@dataclass(frozen=True, slots=True)
class ComparedAnswers:
    """What both students answered to the suite of abilities."""

    suite: Suite
    before: StageTable[AbilityAnswer]
    after: StageTable[AbilityAnswer]


@dataclass(frozen=True, slots=True)
class PromotedInputs:
    """What two students of a run did, and how it is measured."""

    outputs: tuple[ComparedOutputs, ...]
    answers: ComparedAnswers | None
    direction: Direction
    identifier: LanguageIdentifier
    seed: int
    resamples: int
    off_target: Mode
    glossary: Glossary | None = None
    metrics: tuple[SegmentMetric, ...] = ()


def compare_outputs(inputs: PromotedInputs, _: Work) -> list[Comparison]:
    """The second student against the first, on every test set."""
    comparisons: list[Comparison] = []
    for one in inputs.outputs:
        scorer = Scorer(
            list(one.text.pairs()),
            test=one.test,
            direction=inputs.direction,
            identifier=inputs.identifier,
            seed=inputs.seed,
            resamples=inputs.resamples,
            off_target=inputs.off_target,
            glossary=inputs.glossary,
            metrics=inputs.metrics,
        )
        before, after = (scorer.measure({row.id: row.text for row in table}) for table in (one.before, one.after))
        comparisons += scorer.compare(before, after=after)
    told = inputs.answers
    if told is not None:
        comparisons += compare_answers(
            told.suite, told.before, after=told.after, seed=inputs.seed, resamples=inputs.resamples
        )
    return comparisons


PROMOTED = ValuesStage("comparisons", 4, Comparison, compare_outputs)


def compare_promoted(
    recipe: Recipe,
    folder: RunFolder,
    reports: Sequence[StepReport],
    *,
    metrics: tuple[SegmentMetric, ...] = (),
    glossary: Glossary | None = None,
) -> tuple[Comparison, ...]:
    """The last promoted student against the one that entered the first step, on the texts of the recipe.

    Kept as `comparisons.json` in the run folder. Empty, and nothing kept, for a run of one step, whose own comparisons
    say it, and if no step passed.
    """
    promoted = [report for report in reports if report.gate.passed]
    if len(reports) < 2 or not promoted:
        _path(folder.path).unlink(missing_ok=True)
        return ()
    first, last = (folder.step(one.number, one.method).path / "tests" for one in (reports[0], promoted[-1]))
    inputs = PromotedInputs(
        outputs=tuple(_find_outputs(recipe, first=first, last=last)),
        answers=_find_answers(recipe, first=first, last=last),
        direction=recipe.direction.direction,
        identifier=open_identifier(recipe.evaluation.language_id),
        seed=recipe.seed,
        resamples=recipe.evaluation.resamples,
        off_target=recipe.evaluation.off_target,
        metrics=metrics,
        glossary=glossary,
    )
    return tuple(folder.whole().make(PROMOTED, inputs))


def read_promoted(run_folder: Path) -> tuple[Comparison, ...]:
    """What `compare_promoted` kept; empty if it kept nothing."""
    path = _path(run_folder)
    if not path.is_file():
        return ()
    kept = read_values(path, PROMOTED.name, Comparison)
    if kept is None:
        raise UserError(
            "this file is damaged.",
            where=str(path),
            fix="Give the command that made the run again; what is finished is kept.",
        )
    return tuple(kept)


def _path(run_folder: Path) -> Path:
    return run_folder / f"{PROMOTED.name}.json"


def _find_outputs(recipe: Recipe, *, first: Path, last: Path) -> Iterator[ComparedOutputs]:
    texts = Texts(recipe.text, recipe.direction.direction)
    for test, use in TESTS.items():
        if texts.has(use):
            before, after = (
                open_stage(place, Hypothesis)
                for place in (first / f"{test}-before.parquet", last / f"{test}-after.parquet")
            )
            yield ComparedOutputs(test, texts.text(use), before, after)


def _find_answers(recipe: Recipe, *, first: Path, last: Path) -> ComparedAnswers | None:
    """Answers to the built-in abilities, if the recipe and both steps have them."""
    before, after = first / "abilities-before.parquet", last / "abilities-after.parquet"
    if recipe.retention is None or not (before.is_file() and after.is_file()):
        return None
    return ComparedAnswers(
        suite_of(recipe.retention), open_stage(before, AbilityAnswer), open_stage(after, AbilityAnswer)
    )
