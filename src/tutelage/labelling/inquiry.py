"""Asks a teacher about a whole table: progress outside, each outcome beside what was asked about."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from tutelage.core.counts import counted
from tutelage.core.errors import BudgetError, TeacherError
from tutelage.core.languages import Direction
from tutelage.core.protocols import Progress, TranslationTeacher
from tutelage.core.records import Pair, Rejection, Segment
from tutelage.core.table_problems import shortened
from tutelage.labelling.teachers import AskedTeacher, Translator
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.role import Answered, Identified, Role

Item = TypeVar("Item", bound=Identified)
Outcome = TypeVar("Outcome")


def inquire(
    items: Iterable[Item],
    *,
    role: Role[Any, Any],
    teacher: AskedTeacher,
    seed: int,
    progress: Progress,
    label: str,
    total: int | None,
    unit: str = "words",
) -> Iterator[tuple[Item, Answered | Rejection]]:
    """Every item with its answer or rejection, in their order, streaming; every call passes the ledger."""
    waiting: deque[Item] = deque()
    stream = _noted(items, waiting)
    with teacher.teachers.runner.open(Inquiry(role, teacher, seed)) as asked:
        progress.start(label, total=total, unit=unit)
        try:
            for outcome in asked(stream):
                yield waiting.popleft(), outcome
                progress.advance(1, **asked.figures)
        except (TeacherError, BudgetError):
            progress.finish("stopped")
            raise
        progress.finish()


def translate_all(
    segments: Iterable[Segment], *, translator: Translator, progress: Progress, total: int | None
) -> Iterator[Pair | Rejection]:
    """Pairs and rejections from a teacher, in the segments' order, streaming."""
    with translator.teachers.runner.open(TeacherTranslation(translator)) as translate:
        progress.start("teacher translates", total=total)
        try:
            for outcome in translate(segments):
                yield outcome
                progress.advance(1, **translate.figures)
        except (TeacherError, BudgetError):
            progress.finish("stopped")
            raise
        progress.finish()


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Questions to a teacher as work on rows."""

    role: Role[Any, Any]
    teacher: AskedTeacher
    seed: int

    @contextmanager
    def open(self) -> Iterator[OpenInquiry]:
        """The teacher, its server started if it runs here."""
        yield OpenInquiry(self)


class OpenInquiry:
    """A teacher that is asked about rows."""

    def __init__(self, inquiry: Inquiry) -> None:
        self._role, self._seed = inquiry.role, inquiry.seed
        self._chat, self._ledger = inquiry.teacher.chat, inquiry.teacher.ledger
        self.figures: Mapping[str, float] = {}

    def __call__(self, items: Iterable[Identified]) -> Iterator[Answered | Rejection]:
        """An answer or rejection for each item, in their order, streaming."""
        asking = ask(self._role, items, teacher=self._chat, ledger=self._ledger, seed=self._seed, ordered=True)
        for outcome in asking:
            self.figures = asking.figures
            yield outcome


@dataclass(frozen=True, slots=True)
class TeacherTranslation:
    """A teacher's translations as work on rows."""

    translator: Translator

    @contextmanager
    def open(self) -> Iterator[OpenTranslation]:
        """The teacher, its server started if it runs here."""
        yield OpenTranslation(self.translator.open(), self.translator.direction)


@dataclass(frozen=True, slots=True)
class OpenTranslation:
    """A teacher that translates rows."""

    teacher: TranslationTeacher
    direction: Direction

    @property
    def figures(self) -> Mapping[str, float]:
        """Of a chat model; an engine that runs here has neither tokens nor a price."""
        figures: Mapping[str, float] = getattr(self.teacher, "figures", {})
        return figures

    def __call__(self, segments: Iterable[Segment]) -> Iterator[Pair | Rejection]:
        """A pair or rejection for each segment, in their order, streaming."""
        return self.teacher.translate(segments, direction=self.direction)


def require_answers(outcomes: Iterable[Outcome | Rejection]) -> Iterator[Outcome | Rejection]:
    """The outcomes as they come; TeacherError behind the last if all are rejections, so that no stage keeps them."""
    rejections, answered = deque[Rejection](maxlen=1), False
    count = 0
    for outcome in outcomes:
        if isinstance(outcome, Rejection):
            rejections.append(outcome)
            count += 1
        else:
            answered = True
        yield outcome
    if rejections and not answered:
        last = rejections[0]
        raise TeacherError(
            f"none of the teacher's {counted(count, 'answer')} could be used; the last: {last.reason}"
            + (f" ({shortened(last.raw.strip())})" if last.raw.strip() else ""),
            fix="Look at the settings of the teacher's table. The same command asks again for what the server refused.",
        )


def _noted(items: Iterable[Item], waiting: deque[Item]) -> Iterator[Item]:
    for item in items:
        waiting.append(item)
        yield item
