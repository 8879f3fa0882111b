"""The stages `demonstrations` and `examples`: questions with the answers that are shown, and what is trained on.

Demonstrations are split by source segment: everything that was said about a held-out segment is held out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import CorpusError
from tutelage.core.languages import Direction
from tutelage.core.records import Example, Provenance, Rejection
from tutelage.core.settings import TrainSettings
from tutelage.core.stage import Stage, Work
from tutelage.corpora.normalising import short_hash
from tutelage.labelling.analyses import read_analyses
from tutelage.labelling.error_words import first_feedback
from tutelage.labelling.roles.analogies import NameAnalogies
from tutelage.labelling.roles.analysis import Analyse
from tutelage.labelling.roles.error_spans import Mode
from tutelage.labelling.roles.feedback import GiveFeedback
from tutelage.methods.train_patcher.answers import judge_answer
from tutelage.methods.train_patcher.questions import (
    Question,
    analogy_questions,
    analysis_questions,
    feedback_questions,
    inverted_questions,
    written_questions,
)
from tutelage.methods.train_patcher.settings import ContextDemonstrationSettings, RoleName, TrainPatcherSettings
from tutelage.methods.train_patcher.tables import PatcherTables
from tutelage.stages.context import StepContext
from tutelage.stages.rejections import tell_rejections
from tutelage.storage.stages import StageTable
from tutelage.students.chat_writer import load_chat_student
from tutelage.students.decoder import Weights

HASHES = 2**32
"""Hashes of ids are spread over so many values for the split."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """One question of a role as the model reads it, and the answer that it should write."""

    id: str
    role: str
    segment_id: str
    held_out: bool
    messages: tuple[tuple[str, str], ...]
    """Role and content of each turn."""
    response: str
    """The answer as JSON."""
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Lessons:
    """What is demonstrated: the tables of every role that is learned, and how they are asked about."""

    tables: PatcherTables
    roles: tuple[RoleName, ...]
    contexts: ContextDemonstrationSettings
    words_per_aspect: int
    mode: Mode
    direction: Direction

    def questions(self) -> Iterator[Question]:
        """The questions of every role that is learned, with the teacher's answers."""
        tables, direction = self.tables, self.direction
        if "feedback" in self.roles:
            yield from feedback_questions(tables.feedback, role=GiveFeedback(direction, mode=self.mode))
        if tables.errors is None:
            return
        errors = list(tables.errors)
        first, analyses = first_feedback(errors, tables.feedback), read_analyses(tables.analyses) or {}
        if "analyse" in self.roles and tables.analyses is not None:
            yield from analysis_questions(tables.analyses, first=first, role=Analyse(direction.source))
        if tables.written is not None:
            count = self.contexts.per_error
            yield from written_questions(
                tables.written, errors=errors, analyses=analyses, direction=direction, count=count
            )
        elif "contexts" in self.roles:
            yield from inverted_questions(errors, first=first, analyses=analyses, direction=direction)
        if tables.named is not None:
            role = NameAnalogies(direction, asked=self.words_per_aspect)
            yield from analogy_questions(tables.named, errors=errors, first=first, role=role)


@dataclass(frozen=True, slots=True)
class DemonstrationsInputs:
    """What is demonstrated, and the share of it that is held out."""

    lessons: Lessons
    held_out: float
    seed: int


def demonstrate(inputs: DemonstrationsInputs, _: Work) -> Iterator[Demonstration | Rejection]:
    """Every answer that holds when it is read back; the others are rejections of the stage."""
    lessons = inputs.lessons
    for question in _each_once(lessons.questions()):
        response = question.answer.model_dump_json()
        fault = judge_answer(question, response, direction=lessons.direction, mode=lessons.mode).fault
        if fault is not None:
            yield Rejection(question.id, "demonstrations", fault, raw=response, provenance=question.provenance)
            continue
        yield Demonstration(
            question.id,
            question.role.name,
            question.segment_id,
            is_held_out(question.segment_id, share=inputs.held_out, seed=inputs.seed),
            tuple((turn.role, turn.content) for turn in question.role.render(question.item)),
            response,
            question.provenance,
        )


@dataclass(frozen=True, slots=True)
class ExamplesInputs:
    """The demonstrations, and the student that must have room for them."""

    demonstrations: StageTable[Demonstration]
    student: Weights
    max_target_tokens: int
    direction: Direction


def fit_demonstrations(inputs: ExamplesInputs, _: Work) -> Iterator[Example | Rejection]:
    """The demonstrations to be trained on, as conversations; those that the student has no room for are rejected."""
    room = _Room(inputs)
    for one in inputs.demonstrations:
        if not one.held_out:
            fault = room.fault(one)
            rejected = Rejection(one.id, "examples", fault or "", raw=one.response, provenance=one.provenance)
            yield rejected if fault else _example(one, inputs.direction)


DEMONSTRATIONS = Stage("demonstrations", 2, Demonstration, demonstrate)
EXAMPLES = Stage("examples", 2, Example, fit_demonstrations)


def demonstrations_stage(
    settings: TrainPatcherSettings, context: StepContext, lessons: Lessons
) -> StageTable[Demonstration]:
    """The demonstrations; CorpusError if there is none to train on."""
    inputs = DemonstrationsInputs(lessons, settings.held_out, context.recipe.seed)
    made = context.folder.make(DEMONSTRATIONS, inputs)
    if not any(not one.held_out for one in made):
        raise CorpusError(
            "there is no demonstration to train on: no answer of the teacher held."
            + tell_rejections(*lessons.tables.rejections(), made.rejections()),
            where=str(context.folder.path),
            fix="The *.rejected.parquet files there tell the reasons. A larger pool or another teacher gives more.",
        )
    return made


def examples_stage(
    context: StepContext, demonstrations: StageTable[Demonstration], *, student: Path, train: TrainSettings
) -> StageTable[Example]:
    """The examples; CorpusError if none fits the student."""
    direction = context.recipe.direction.direction
    inputs = ExamplesInputs(demonstrations, Weights(student), train.max_target_tokens, direction)
    examples = context.folder.make(EXAMPLES, inputs)
    if not examples.rows:
        raise CorpusError(
            "every demonstration is too long for the student.",
            where=str(examples.path.parent),
            fix="Raise train.max_target_tokens, or take a student that reads more tokens at once.",
        )
    return examples


def is_held_out(segment_id: str, *, share: float, seed: int) -> bool:
    """Whether what was said about the segment is kept from training; decided by its id alone."""
    return short_hash(f"held-out:{seed}", segment_id) % HASHES < share * HASHES


def _each_once(questions: Iterable[Question]) -> Iterator[Question]:
    seen: set[str] = set()
    for question in questions:
        if question.id not in seen:
            seen.add(question.id)
            yield question


def _example(one: Demonstration, direction: Direction) -> Example:
    return Example(
        id=f"demonstration:{one.id}",
        task=one.role,
        source_lang=direction.source,
        target_lang=direction.target,
        source="",
        target=one.response,
        kind="demonstration",
        provenance=one.provenance,
        messages=one.messages,
    )


class _Room:
    """Whether a demonstration fits: a response cut short would teach answers that cannot be read."""

    def __init__(self, inputs: ExamplesInputs) -> None:
        self._student = load_chat_student(
            inputs.student.folder,
            direction=inputs.direction,
            fix="Name a chat model as student.model, and the translator as the step's translator.",
        )
        self._most = inputs.max_target_tokens

    def fault(self, one: Demonstration) -> str | None:
        """Why it cannot be trained on, or none."""
        prompt = len(self._student.encode_conversations([one.messages])[0])
        response = len(self._student.encode_targets([one.response], max_tokens=self._student.context_tokens)[0])
        if prompt + response > self._student.context_tokens:
            return "longer_than_the_students_context"
        return "longer_than_max_target_tokens" if response > self._most else None
