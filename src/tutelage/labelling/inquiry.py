"""Asks a teacher about a whole table: progress outside, each outcome beside what was asked about."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from tutelage.core.errors import BudgetError, TeacherError
from tutelage.core.protocols import Progress
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
    progress.start(label, total=total, unit=unit)
    asking = ask(role, _noted(items, waiting), teacher=teacher.chat, ledger=teacher.ledger, seed=seed, ordered=True)
    try:
        for outcome in asking:
            yield waiting.popleft(), outcome
            progress.advance(1, **asking.figures)
    except (TeacherError, BudgetError):
        progress.finish("stopped")
        raise
    progress.finish()


def translate_all(
    segments: Iterable[Segment], *, translator: Translator, progress: Progress, total: int | None
) -> Iterator[Pair | Rejection]:
    """Pairs and rejections from a teacher, in the segments' order, streaming."""
    teacher = translator.open()
    progress.start("teacher translates", total=total)
    try:
        for outcome in teacher.translate(segments, direction=translator.direction):
            yield outcome
            # an engine that runs here has neither tokens nor a price
            progress.advance(1, **getattr(teacher, "figures", {}))
    except (TeacherError, BudgetError):
        progress.finish("stopped")
        raise
    progress.finish()


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
            f"none of the teacher's {count:,} answers could be used; the last: {last.reason}"
            + (f" ({shortened(last.raw.strip())})" if last.raw.strip() else ""),
            fix="Look at the settings of the teacher's table. The same command asks again for what the server refused.",
        )


def _noted(items: Iterable[Item], waiting: deque[Item]) -> Iterator[Item]:
    for item in items:
        waiting.append(item)
        yield item
