"""A causal student answers a suite: greedy, resumable, each answer checked as it comes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.decoding import Decoding
from tutelage.core.languages import Direction
from tutelage.core.stage import Stage, Work
from tutelage.evaluation.retention.checks import passes
from tutelage.evaluation.retention.items import AbilityItem, abilities_of
from tutelage.evaluation.retention.measuring import AbilityResult
from tutelage.evaluation.retention.suite import Suite, sign_items
from tutelage.students.batching import windows
from tutelage.students.chat_writer import ChatWriter, load_chat_student
from tutelage.students.decoder import Decoder, Weights
from tutelage.students.engines.answers import Prompt
from tutelage.students.engines.kinds import sign_arithmetic
from tutelage.students.engines.opening import open_causal_engine

OF_CHAT_MODELS = "General abilities, and their retention, are of chat models."
AT_ONCE = 32
"""Items that are answered together: at most so many are lost when the work is stopped."""


@dataclass(frozen=True, slots=True)
class AbilityAnswer:
    """What a student answered to one item, and whether it passed."""

    id: str
    ability: str
    text: str
    finished: bool
    """Whether it ended by itself; a cut answer is checked as it stands."""
    passed: bool


@dataclass(frozen=True, slots=True)
class AnsweringStudent:
    """A causal student that answers, always greedily, as a stage reads it; opened when the first item comes."""

    weights: Weights
    direction: Direction
    """It matters to translating alone, which is not asked for here."""
    engine: str
    compute_type: str
    conversions: Path
    """Folder of engines' converted students."""

    @classmethod
    def of(cls, decoder: Decoder) -> AnsweringStudent:
        """A student as the run decodes it."""
        settings = decoder.settings
        return cls(decoder.weights, decoder.direction, settings.engine, settings.compute_type, decoder.conversions)

    @property
    def signature(self) -> str:
        """Weights and arithmetic, for scores and content keys."""
        arithmetic = sign_arithmetic(self.engine, self.compute_type, self.weights.folder)
        return f"{self.weights.key}|{arithmetic}|greedy"

    def open(self) -> ChatWriter:
        """Student and engine; StudentError if it only translates, or cannot be decoded so."""
        student = load_chat_student(self.weights.folder, direction=self.direction, fix=OF_CHAT_MODELS)
        engine = open_causal_engine(student, name=self.engine, compute_type=self.compute_type, cache=self.conversions)
        return ChatWriter(student, engine)


@dataclass(frozen=True, slots=True)
class AnswersInputs:
    """What is asked, and who answers."""

    suite: Suite
    student: AnsweringStudent


def answer_suite(inputs: AnswersInputs, work: Work) -> Iterator[AbilityAnswer]:
    """An answer to each item of the suite that is not done; the student is opened only if some are left."""
    items = inputs.suite.items
    work.progress.start(work.name, total=len(items), unit="answers")
    work.progress.advance(len(work.done))
    todo = [item for item in items if item.id not in work.done]
    if todo:
        for answer in answer_items(inputs.student.open(), todo):
            yield answer
            work.progress.advance()
    work.progress.finish()


ABILITY_ANSWERS = Stage("abilities", 2, AbilityAnswer, answer_suite, resumes=True)
"""Named after the student where it is made: `abilities-before`."""


def answer_items(writer: ChatWriter, items: Iterable[AbilityItem]) -> Iterator[AbilityAnswer]:
    """Greedy answers to the items, those of equal length limits together; a prompt without room gets an empty one."""
    by_limit = defaultdict[int, list[AbilityItem]](list)
    for item in items:
        by_limit[item.max_answer_tokens].append(item)
    for limit, group in by_limit.items():
        for some in windows(group, AT_ONCE):
            yield from _answer_some(writer, some, limit=limit)


def results_of(suite: Suite, answers: Iterable[AbilityAnswer]) -> tuple[AbilityResult, ...]:
    """The marks of each ability, in the suite's order."""
    passed = {answer.id: answer.passed for answer in answers}
    return tuple(
        _result([item for item in suite.items if item.ability == ability], passed)
        for ability in abilities_of(suite.items)
    )


def _result(items: Sequence[AbilityItem], passed: Mapping[str, bool]) -> AbilityResult:
    """A mark for each unit: 1 if all of its items passed."""
    marks = dict.fromkeys((item.counted_as for item in items), 1.0)
    for item in items:
        if not passed[item.id]:
            marks[item.counted_as] = 0.0
    return AbilityResult(items[0].ability, marks, sign_items(items))


def _answer_some(writer: ChatWriter, items: Sequence[AbilityItem], *, limit: int) -> Iterator[AbilityAnswer]:
    prompts = [Prompt(item.messages) for item in items]
    answers = writer.complete(prompts, decoding=Decoding(max_target_tokens=limit))
    for item, answer in zip(items, answers, strict=True):
        passed = answer.tokens > 0 and passes(item, answer.text)
        yield AbilityAnswer(item.id, item.ability, answer.text, answer.finished, passed)
