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
from tutelage.core.stage import Stage, Work
from tutelage.corpora.normalising import short_hash
from tutelage.evaluation.significance import compare_paired, score_each
from tutelage.methods.train_patcher.answers import judge_answer
from tutelage.methods.train_patcher.demonstrations import Demonstration, Lessons
from tutelage.methods.train_patcher.questions import Question
from tutelage.methods.train_patcher.role_scores import TEST, Given, measure_roles
from tutelage.methods.train_patcher.settings import TrainPatcherSettings
from tutelage.stages.context import StepContext
from tutelage.stages.evidence import keep_evidence
from tutelage.stages.outcome import Evidence
from tutelage.storage.stages import StageTable
from tutelage.students.chat_writer import open_writer
from tutelage.students.decoder import Decoder
from tutelage.students.engines.answers import Answer, Prompt
from tutelage.students.engines.causal_engine import CausalEngine
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
    lessons: Lessons,
    demonstrations: StageTable[Demonstration],
    *,
    after: Path,
) -> Evidence:
    """The student before and after on the same held-out demonstrations, and the gate's decision."""
    held_out = HeldOut(lessons, demonstrations, settings.measured_per_role)
    questions = held_out.questions()
    if len(questions) < 2:
        raise CorpusError(
            "no demonstrations are held out to measure the patcher on.",
            where=str(context.folder.path),
            fix="Give a larger pool, or raise held_out.",
        )
    recipe, longest, folder = context.recipe, settings.train.max_target_tokens, context.folder.inner("tests")
    sampling = {"seed": recipe.seed, "resamples": recipe.evaluation.resamples}
    measured, systems = [], []
    for system, student in (("before", context.student), ("after", after)):
        inputs = AnswersInputs(held_out, context.decoder(student), longest, recipe.seed)
        answers = folder.make(ANSWERS.named(f"answers-{system}"), inputs)
        statistics = measure_roles(_judge_all(lessons, questions, answers))
        scores = score_each(statistics, **sampling)
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


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The demonstrations that are measured on: at most so many of each role, drawn by hash."""

    lessons: Lessons
    demonstrations: StageTable[Demonstration]
    per_role: int

    def questions(self) -> list[Question]:
        """Them, each once."""
        wanted = {one.id for one in self.demonstrations if one.held_out}
        drawn = sorted(
            (question for question in self.lessons.questions() if question.id in wanted),
            key=lambda question: short_hash(question.id),
        )
        counts: Counter[str] = Counter()
        kept: dict[str, Question] = {}
        for question in drawn:
            if question.id not in kept and counts[question.role.name] < self.per_role:
                counts[question.role.name] += 1
                kept[question.id] = question
        return list(kept.values())


@dataclass(frozen=True, slots=True)
class AnswersInputs:
    """The held-out demonstrations and the student that answers them; no answer is longer than what was trained."""

    held_out: HeldOut
    student: Decoder
    longest: int
    seed: int


def answer_held_out(inputs: AnswersInputs, work: Work) -> Iterator[RoleAnswer]:
    """The student's answers, at each role's temperature, with what is wrong with them."""
    questions, lessons = inputs.held_out.questions(), inputs.held_out.lessons
    by_role = defaultdict[str, list[Question]](list)
    for question in questions:
        by_role[question.role.name].append(question)
    work.progress.start("answer demonstrations", total=len(questions), unit="answers")
    engine = open_writer(inputs.student).engine
    for asked in by_role.values():
        for question, one in zip(asked, _answer(engine, asked, inputs), strict=True):
            verdict = judge_answer(
                question, one.text, direction=lessons.direction, mode=lessons.mode, truncated=not one.finished
            )
            yield RoleAnswer(question.id, question.role.name, one.text, one.finished, verdict.fault)
            work.progress.advance()
    work.progress.finish()


ANSWERS = Stage("answers", 2, RoleAnswer, answer_held_out)


def _answer(engine: CausalEngine, questions: Sequence[Question], inputs: AnswersInputs) -> Iterator[Answer]:
    prompts = [Prompt(tuple((turn.role, turn.content) for turn in one.role.render(one.item))) for one in questions]
    return engine.complete(prompts, decoding=_decoding(questions[0].role, limit=inputs.longest, seed=inputs.seed))


def _decoding(role: Role[Any, Any], *, limit: int, seed: int) -> Decoding:
    return Decoding(max_target_tokens=min(role.max_tokens, limit), sampling_temperature=role.temperature, seed=seed)


def _judge_all(lessons: Lessons, questions: Sequence[Question], answers: Iterable[RoleAnswer]) -> list[Given]:
    by_id = {answer.id: answer for answer in answers}
    return [
        Given(
            question,
            judge_answer(
                question,
                by_id[question.id].text,
                direction=lessons.direction,
                mode=lessons.mode,
                truncated=not by_id[question.id].finished,
            ),
        )
        for question in questions
    ]
