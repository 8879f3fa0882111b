"""The abilities of one student, alone or against another: what the command `examine` shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tutelage.core.errors import UsageError
from tutelage.core.evidence import Comparison, Score, SystemScores
from tutelage.core.languages import Direction
from tutelage.core.protocols import Progress, Silence
from tutelage.core.recipe import Recipe
from tutelage.core.retention import RetentionSettings
from tutelage.evaluation.retention.measuring import AbilityResult
from tutelage.evaluation.retention.open_requests import open_items
from tutelage.evaluation.retention.suite import Suite, sign_items
from tutelage.labelling.lending import lent_teachers
from tutelage.stages.retention.answers import (
    ABILITY_ANSWERS,
    AbilityAnswer,
    AnsweringStudent,
    AnswersInputs,
    results_of,
)
from tutelage.stages.retention.drift import Moved
from tutelage.stages.retention.harness import harness_stage
from tutelage.stages.retention.measurement import suite_of, weigh_abilities
from tutelage.storage.stages import StageFolder, StageTable
from tutelage.students.conversions import conversion_cache
from tutelage.students.decoder import Weights
from tutelage.students.loading import locate_student
from tutelage.students.naming import direction_of_run
from tutelage.students.promoted import is_run_folder, promoted_student
from tutelage.tasks.abilities.judgement import JudgedAnswers, judge_answers

FIRST, SECOND = "student", "against"
"""Names of the two students in tables of answers."""


@dataclass(frozen=True, slots=True)
class JudgeChoice:
    """Which teacher of which recipe judges open answers, and the folder of the runs whose ledger pays."""

    recipe: Recipe
    runs: Path
    teacher: str | None = None
    requests: int | None = None
    """Open requests at most; `None` means all."""


@dataclass(frozen=True, slots=True)
class AbilityReport:
    """The scores of a student, and with another one the comparisons and the retention of it."""

    student: str
    against: str | None
    items: int
    systems: tuple[SystemScores, ...]
    """That of the other student first, if there is one; the student's retention stands among its own scores."""
    comparisons: tuple[Comparison, ...]
    judged: JudgedAnswers | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """How students are opened, and where their answers are kept."""

    engine: str
    compute_type: str
    folder: StageFolder
    progress: Progress

    def student(self, name: str) -> AnsweringStudent:
        """A student by the name that the user gives it."""
        run = Path(name).expanduser()
        direction = direction_of_run(run) if is_run_folder(run) else Direction("en", "en")
        return AnsweringStudent(
            Weights(_folder_of(name)), direction, self.engine, self.compute_type, conversion_cache()
        )


def compare_abilities_of(
    student: str,
    *,
    against: str | None = None,
    settings: RetentionSettings | None = None,
    judge: JudgeChoice | None = None,
    answers: Path | None = None,
    engine: str = "auto",
    compute_type: str = "float32",
    seed: int = 1,
    resamples: int = 1000,
    progress: Progress | None = None,
) -> AbilityReport:
    """Scores of a causal student; with `against` what it kept of that one, and, with `judge`, who answers better.

    Students are named as `tutelage evaluate` takes them. `answers` is a folder in which the answers are kept, so that
    interrupted work goes on; none keeps nothing. StudentError for a student that only translates.
    """
    if judge is not None and against is None:
        raise UsageError("a judge compares two students.", where="--judge", fix="Name the other one with --against.")
    settings = settings or RetentionSettings()
    suite = suite_of(settings)
    progress = progress or Silence()
    with _kept(answers, progress) as folder:
        place = _Place(engine, compute_type, folder, progress)
        results = _measure(settings, suite, student, FIRST, place)
        first = () if against is None else _measure(settings, suite, against, SECOND, place)
        found = weigh_abilities(
            first or results,
            after=results,
            names=(against or student, student),
            signatures=(place.student(against or student).signature, place.student(student).signature),
            seed=seed,
            resamples=resamples,
        )
        if against is not None:
            found = found.with_drift(_drift(settings, suite, student, against, place, seed=seed, resamples=resamples))
        judged = _judge(judge, student, against, place, seed=seed, resamples=resamples) if judge and against else None
    if against is None:
        return AbilityReport(student, None, len(suite.items), found.systems[:1], ())
    return AbilityReport(student, against, len(suite.items), found.systems, found.comparisons, judged)


def _measure(
    settings: RetentionSettings, suite: Suite, student: str, name: str, place: _Place
) -> tuple[AbilityResult, ...]:
    results = results_of(suite, _answers(suite, student, name, place))
    if settings.lm_eval is None:
        return results
    told = harness_stage(settings.lm_eval, _folder_of(student), folder=place.folder, name=name)
    return (*results, *told)


def _answers(suite: Suite, student: str, name: str, place: _Place) -> StageTable[AbilityAnswer]:
    return place.folder.make(ABILITY_ANSWERS.named(f"abilities-{name}"), AnswersInputs(suite, place.student(student)))


def _drift(
    settings: RetentionSettings, suite: Suite, student: str, against: str, place: _Place, *, seed: int, resamples: int
) -> tuple[Score, ...]:
    one = place.student(student)
    moved = Moved(suite, place.student(against).weights, one.weights, one.direction, settings.drift)
    return moved.score(_answers(suite, against, SECOND, place), folder=place.folder, seed=seed, resamples=resamples)


def _judge(
    judge: JudgeChoice, student: str, against: str, place: _Place, *, seed: int, resamples: int
) -> JudgedAnswers:
    items = open_items(limit=judge.requests)
    suite = Suite(items, sign_items(items))
    texts = [
        {answer.id: answer.text.strip() for answer in _answers(suite, name, f"open-{role}", place)}
        for name, role in ((student, FIRST), (against, SECOND))
    ]
    with lent_teachers(judge.recipe, runs=judge.runs, purpose="abilities") as teachers:
        return judge_answers(
            {item.id: item.messages[0][1] for item in items},
            texts[0],
            against=texts[1],
            teacher=teachers.chat(judge.teacher),
            ledger=teachers.ledger,
            seed=seed,
            resamples=resamples,
            progress=place.progress,
        )


@contextmanager
def _kept(answers: Path | None, progress: Progress) -> Iterator[StageFolder]:
    if answers is not None:
        answers.mkdir(parents=True, exist_ok=True)
        yield StageFolder(answers, lambda _stage, _facts: None, progress=progress)
        return
    with TemporaryDirectory(prefix="tutelage-abilities-") as folder:
        yield StageFolder(Path(folder), lambda _stage, _facts: None, progress=progress)


def _folder_of(student: str) -> Path:
    run = Path(student).expanduser()
    return promoted_student(run) if is_run_folder(run) else locate_student(student)
