"""Asks a chat teacher in a role, for stages that still write their keys by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from tutelage.core.recipe import Recipe
from tutelage.core.records import Rejection
from tutelage.labelling.inquiry import inquire
from tutelage.labelling.teachers import choose_teacher, sign_teacher
from tutelage.stages.context import StepContext
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
    return inquire(
        items, role=role, teacher=context.teachers.asked(teacher), seed=seed, progress=context.progress, label=label,
        total=total, unit=unit,
    )  # fmt: skip


def teacher_key(recipe: Recipe, name: str | None) -> str:
    """What of a teacher decides its answers, known without opening it: for content keys."""
    return sign_teacher(recipe.teachers[choose_teacher(recipe.teachers, name)])
