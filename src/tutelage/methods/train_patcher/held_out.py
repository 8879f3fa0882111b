"""The stages in which students answer held-out demonstrations, and the evidence that is drawn from their answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.core.decoding import Decoding
from tutelage.core.errors import CorpusError
from tutelage.core.evidence import SystemScores
from tutelage.core.records import Rejection
from tutelage.core.signatures import content_key
from tutelage.corpora.normalising import short_hash
from tutelage.evaluation.significance import compare_paired, score_with_interval
from tutelage.methods.train_patcher.answers import judge_answer
from tutelage.methods.train_patcher.demonstrations import Demonstration, collect_questions
from tutelage.methods.train_patcher.questions import Question
from tutelage.methods.train_patcher.role_scores import TEST, Given, measure_roles
from tutelage.methods.train_patcher.settings import TrainPatcherSettings
from tutelage.methods.train_patcher.tables import PatcherTables
from tutelage.stages.context import StepContext
from tutelage.stages.evidence import Evidence, keep_evidence
from tutelage.storage.stages import StageTable
from tutelage.teachers.role import Role


@dataclass(frozen=True, slots=True)
class RoleAnswer:
    """What a student wrote for a held-out demonstration, and why it cannot be used, if it cannot."""

    id: str
    """Of the demonstration."""
    role: str
    text: str
    finished: bool
    """Whether it ended by itself."""
    fault: str | None


def measure_patcher(
    settings: TrainPatcherSettings,
    context: StepContext,
    tables: PatcherTables,
    demonstrations: StageTable[Demonstration],
    *,
    after: Path,
) -> Evidence:
    """The student before and after on the same held-out demonstrations, and the gate's decision."""
    questions = _held_out(settings, context, tables, demonstrations)
    recipe = context.recipe
    sampling = {"seed": recipe.seed, "resamples": recipe.evaluation.resamples}
    measured, systems = [], []
    for system, student in (("before", context.student), ("after", after)):
        answers = _answers_stage(settings, context, questions, key=demonstrations.key, student=student, name=system)
        statistics = measure_roles(_judge_all(settings, context, questions, answers))
        scores = tuple(score_with_interval(one, **sampling) for one in statistics)
        systems.append(SystemScores(system, TEST, context.signature(student), scores))
        measured.append(statistics)
    comparisons = [
        compare_paired(old, after=new, test=TEST, **sampling) for old, new in zip(*measured, strict=True) if old.n > 1
    ]
    return keep_evidence(context, systems, comparisons, rules=settings.gate)


def read_faults(context: StepContext) -> Iterator[Rejection]:
    """The new student's answers that cannot be used, for the report's counts."""
    from tutelage.storage.tables import read_table

    for answer in read_table(context.folder.path / "tests" / "answers-after.parquet", RoleAnswer):
        if answer.fault is not None:
            yield Rejection(answer.id, f"held-out {answer.role}", answer.fault, raw=answer.text)


def _held_out(
    settings: TrainPatcherSettings,
    context: StepContext,
    tables: PatcherTables,
    demonstrations: Iterable[Demonstration],
) -> list[Question]:
    """The questions held out, at most so many of each role, drawn by hash."""
    wanted = {one.id for one in demonstrations if one.held_out}
    drawn = sorted(
        (question for question in collect_questions(settings, context, tables) if question.id in wanted),
        key=lambda question: short_hash(question.id),
    )
    counts: Counter[str] = Counter()
    kept: dict[str, Question] = {}
    for question in drawn:
        if question.id not in kept and counts[question.role.name] < settings.measured_per_role:
            counts[question.role.name] += 1
            kept[question.id] = question
    if len(kept) < 2:
        raise CorpusError(
            "no demonstrations are held out to measure the patcher on.",
            where=str(context.folder.path),
            fix="Give a larger pool, or raise held_out.",
        )
    return list(kept.values())


def _answers_stage(
    settings: TrainPatcherSettings,
    context: StepContext,
    questions: Sequence[Question],
    *,
    key: str,
    student: Path,
    name: str,
) -> StageTable[RoleAnswer]:
    limit, direction = settings.train.max_target_tokens, context.recipe.direction.direction
    ids = [question.id for question in questions]
    content = content_key("answers", 1, key, ids, limit, context.signature(student), settings.mode, context.recipe.seed)

    def produce() -> Iterator[RoleAnswer]:
        by_role = defaultdict[str, list[Question]](list)
        for question in questions:
            by_role[question.role.name].append(question)
        context.progress.start(f"answer demonstrations, {name}", total=len(questions), unit="answers")
        for asked in by_role.values():
            yield from _answer(context, asked, student=student, limit=limit)
        context.progress.finish()

    def judged() -> Iterator[RoleAnswer]:
        known = {question.id: question for question in questions}
        for one in produce():
            verdict = judge_answer(
                known[one.id], one.text, direction=direction, mode=settings.mode, truncated=not one.finished
            )
            yield RoleAnswer(one.id, one.role, one.text, one.finished, verdict.fault)

    return context.folder.inner("tests").table(f"answers-{name}", RoleAnswer, key=content, produce=judged)


def _answer(context: StepContext, questions: Sequence[Question], *, student: Path, limit: int) -> Iterator[RoleAnswer]:
    """Answers at the role's temperature; none longer than what was trained."""
    from tutelage.students.engines.answers import Prompt
    from tutelage.students.engines.causal_engine import CausalEngine

    engine = context.engine(student)
    if not isinstance(engine, CausalEngine):
        raise TypeError(f"{student} is no chat model")
    prompts = [Prompt(tuple((turn.role, turn.content) for turn in one.role.render(one.item))) for one in questions]
    answers = engine.complete(prompts, decoding=_decoding(questions[0].role, limit=limit, seed=context.recipe.seed))
    for question, answer in zip(questions, answers, strict=True):
        yield RoleAnswer(question.id, question.role.name, answer.text, answer.finished, None)
        context.progress.advance()


def _decoding(role: Role[Any, Any], *, limit: int, seed: int) -> Decoding:
    return Decoding(max_target_tokens=min(role.max_tokens, limit), sampling_temperature=role.temperature, seed=seed)


def _judge_all(
    settings: TrainPatcherSettings, context: StepContext, questions: Sequence[Question], answers: Iterable[RoleAnswer]
) -> list[Given]:
    by_id = {answer.id: answer for answer in answers}
    direction = context.recipe.direction.direction
    return [
        Given(
            question,
            judge_answer(
                question,
                by_id[question.id].text,
                direction=direction,
                mode=settings.mode,
                truncated=not by_id[question.id].finished,
            ),
        )
        for question in questions
    ]
