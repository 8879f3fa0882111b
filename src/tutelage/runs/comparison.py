"""What a run of several steps came to as a whole: the student it promoted against the one that entered it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import UserError
from tutelage.core.evidence import Comparison
from tutelage.core.recipe import Recipe
from tutelage.core.records import Hypothesis
from tutelage.core.signatures import content_key
from tutelage.corpora.identifiers import open_identifier
from tutelage.corpora.texts import Texts
from tutelage.evaluation.report_data import StepReport
from tutelage.evaluation.retention.names import TEST as ABILITIES
from tutelage.stages.evidence import TESTS, make_scorer
from tutelage.stages.retention.measurement import compare_answers
from tutelage.storage.run_folder import RunFolder
from tutelage.storage.stages import read_values
from tutelage.storage.tables import read_table, table_key

STAGE = "comparisons"


@dataclass(frozen=True, slots=True)
class _Outputs:
    """Tables of both students' outputs on one test set, and the text it is made of."""

    test: str
    use: str
    before: Path
    after: Path


def compare_promoted(recipe: Recipe, folder: RunFolder, reports: Sequence[StepReport]) -> tuple[Comparison, ...]:
    """The last promoted student against the one that entered the first step, on the texts of the recipe.

    Kept as `comparisons.json` in the run folder. Empty, and nothing kept, for a run of one step, whose own comparisons
    say it, and where no step passed.
    """
    promoted = [report for report in reports if report.gate.passed]
    if len(reports) < 2 or not promoted:
        _path(folder.path).unlink(missing_ok=True)
        return ()
    outputs = _find_outputs(recipe, folder, first=reports[0], last=promoted[-1])
    answers = _find_answers(recipe, folder, first=reports[0], last=promoted[-1])
    tables = [table_key(path) for one in (*outputs, *answers) for path in (one.before, one.after)]
    key = content_key("promoted", 2, tables, recipe.evaluation, recipe.seed)
    made = folder.whole().values(STAGE, Comparison, key=key, make=lambda: _compare(recipe, outputs, answers))
    return tuple(made)


def read_promoted(run_folder: Path) -> tuple[Comparison, ...]:
    """What `compare_promoted` kept; empty where it kept nothing."""
    path = _path(run_folder)
    if not path.is_file():
        return ()
    kept = read_values(path, STAGE, Comparison)
    if kept is None:
        raise UserError(
            "this file is damaged.",
            where=str(path),
            fix="Give the command that made the run again; what is finished is kept.",
        )
    return tuple(kept)


def _path(run_folder: Path) -> Path:
    return run_folder / f"{STAGE}.json"


def _find_outputs(recipe: Recipe, folder: RunFolder, *, first: StepReport, last: StepReport) -> list[_Outputs]:
    before, after = (folder.step(step.number, step.method).path / "tests" for step in (first, last))
    return [
        _Outputs(test, use, before / f"{test}-before.parquet", after / f"{test}-after.parquet")
        for test, use in TESTS.items()
        if getattr(recipe.text, use) is not None
    ]


def _find_answers(recipe: Recipe, folder: RunFolder, *, first: StepReport, last: StepReport) -> list[_Outputs]:
    """Tables of answers to the built-in abilities, where the recipe and both steps have them."""
    if recipe.retention is None:
        return []
    before, after = (folder.step(step.number, step.method).path / "tests" for step in (first, last))
    found = _Outputs(ABILITIES, "", before / "abilities-before.parquet", after / "abilities-after.parquet")
    return [found] if found.before.is_file() and found.after.is_file() else []


def _compare(recipe: Recipe, outputs: Sequence[_Outputs], answers: Sequence[_Outputs]) -> list[Comparison]:
    texts = Texts(recipe.text, recipe.direction.direction)
    identifier = open_identifier(recipe.evaluation.language_id)
    comparisons: list[Comparison] = []
    for one in outputs:
        scorer = make_scorer(recipe, list(texts.pairs(one.use)), test=one.test, identifier=identifier)
        before, after = (
            scorer.measure({row.id: row.text for row in read_table(path, Hypothesis)})
            for path in (one.before, one.after)
        )
        comparisons += scorer.compare(before, after=after)
    for one in answers:
        comparisons += compare_answers(recipe, one.before, after=one.after)
    return comparisons
