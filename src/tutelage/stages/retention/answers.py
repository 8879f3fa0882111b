"""A causal student answers a suite: greedy, resumable, each answer checked as it comes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage.core.decoding import Decoding
from tutelage.core.errors import StudentError
from tutelage.core.protocols import Progress
from tutelage.core.signatures import content_key
from tutelage.evaluation.retention.checks import passes
from tutelage.evaluation.retention.items import AbilityItem, abilities_of
from tutelage.evaluation.retention.measuring import AbilityResult
from tutelage.evaluation.retention.suite import Suite, sign_items
from tutelage.storage.stages import StageFolder, StageTable
from tutelage.storage.tables import is_whole_table, read_table
from tutelage.students.batching import windows
from tutelage.students.causal_student import CausalStudent
from tutelage.students.kinds import AnyStudent

if TYPE_CHECKING:
    from tutelage.students.engines.causal_engine import CausalEngine

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
class Answerer:
    """A causal student and the engine that decodes with it."""

    student: CausalStudent
    engine: CausalEngine


def require_causal(student: AnyStudent) -> CausalStudent:
    """The student itself; StudentError where it only translates."""
    if isinstance(student, CausalStudent):
        return student
    raise only_translates(student.origin)


def only_translates(student: Path) -> StudentError:
    """The error for a student without general abilities."""
    return StudentError(
        "this student only translates, so it has no general abilities to measure.",
        where=str(student),
        fix="Abilities and retention are of causal (chat) students.",
    )


def answers_stage(
    suite: Suite,
    *,
    open_student: Callable[[], Answerer],
    signature: str,
    folder: StageFolder,
    name: str,
    progress: Progress,
    earlier: Sequence[Path] = (),
) -> StageTable[AbilityAnswer]:
    """The table `abilities-NAME` of a student's answers; an interrupted stage goes on after its last row.

    `signature` is that of the student; it is opened only where something is left to answer. `earlier` are tables of
    other steps, which may hold the same answers.
    """
    key = content_key("abilities", 1, suite.signature, signature)

    def produce(done: frozenset[str]) -> Iterator[AbilityAnswer]:
        same = next((path for path in earlier if is_whole_table(path, AbilityAnswer, key=key)), None)
        if same is not None:
            yield from (answer for answer in read_table(same, AbilityAnswer) if answer.id not in done)
            return
        progress.start(f"abilities, {name}", total=len(suite.items), unit="answers")
        progress.advance(len(done))
        todo = [item for item in suite.items if item.id not in done]
        if todo:
            for answer in answer_items(open_student(), todo):
                yield answer
                progress.advance()
        progress.finish()

    return folder.resumed_table(f"abilities-{name}", AbilityAnswer, key=key, produce=produce)


def answer_items(answerer: Answerer, items: Iterable[AbilityItem]) -> Iterator[AbilityAnswer]:
    """Greedy answers to the items, those of equal length limits together; a prompt without room gets an empty one."""
    by_limit = defaultdict[int, list[AbilityItem]](list)
    for item in items:
        by_limit[item.max_answer_tokens].append(item)
    for limit, group in by_limit.items():
        for some in windows(group, AT_ONCE):
            yield from _answer_some(answerer, some, limit=limit)


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


def _answer_some(answerer: Answerer, items: Sequence[AbilityItem], *, limit: int) -> Iterator[AbilityAnswer]:
    from tutelage.students.engines.answers import Prompt

    student = answerer.student
    lengths = [len(ids) for ids in student.encode_conversations([item.messages for item in items])]
    fits = [length < student.context_tokens for length in lengths]
    prompts = [Prompt(item.messages) for item, fit in zip(items, fits, strict=True) if fit]
    written = iter(answerer.engine.complete(prompts, decoding=Decoding(max_target_tokens=limit)))
    for item, fit in zip(items, fits, strict=True):
        if not fit:
            yield AbilityAnswer(item.id, item.ability, "", False, False)
            continue
        answer = next(written)
        yield AbilityAnswer(item.id, item.ability, answer.text, answer.finished, passes(item, answer.text))
