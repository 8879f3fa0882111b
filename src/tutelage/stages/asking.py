"""Asks a chat teacher in a role: progress outside, each outcome beside what was asked about."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from tutelage.core.errors import BudgetError, TeacherError
from tutelage.core.recipe import Recipe
from tutelage.core.records import Rejection
from tutelage.labelling.teachers import choose_teacher
from tutelage.stages.context import StepContext
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.role import Answered, Identified, Role

Item = TypeVar("Item", bound=Identified)


def ask_about(
    context: StepContext,
    items: Iterable[Item],
    *,
    role: Role[Any, Any],
    teacher: str | None,
    seed: int,
    label: str,
    total: int | None,
    unit: str = "words",
) -> Iterator[tuple[Item, Answered | Rejection]]:
    """Every item with its answer or rejection, in their order, streaming; every call passes the ledger."""
    waiting: deque[Item] = deque()
    context.progress.start(label, total=total, unit=unit)
    chat, ledger = context.teachers.chat(teacher), context.teachers.ledger
    asking = ask(role, _noted(items, waiting), teacher=chat, ledger=ledger, seed=seed, ordered=True)
    try:
        for outcome in asking:
            yield waiting.popleft(), outcome
            context.progress.advance(1, **asking.figures)
    except (TeacherError, BudgetError):
        context.progress.finish("stopped")
        raise
    context.progress.finish()


def teacher_key(recipe: Recipe, name: str | None) -> tuple[str, str]:
    """What of a teacher decides its answers, known without opening it: for content keys."""
    settings = recipe.teachers[choose_teacher(recipe.teachers, name)]
    if settings.kind == "patcher":
        from tutelage.labelling.patcher import name_patcher

        return settings.kind, name_patcher(settings)
    return settings.kind, settings.model or ""


def _noted(items: Iterable[Item], waiting: deque[Item]) -> Iterator[Item]:
    for item in items:
        waiting.append(item)
        yield item
