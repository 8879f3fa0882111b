"""The chat teacher that judges: of a recipe, or an endpoint or local model named by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage.core.errors import RecipeError, UsageError
from tutelage.core.recipe import Recipe
from tutelage.core.teacher_settings import EndpointSettings, GgufSettings, TeacherSettings
from tutelage.labelling.kinds.kind import Place
from tutelage.labelling.lending import lent_teachers
from tutelage.labelling.teachers import opened_chat, teacher_problems
from tutelage.storage.ledger import Ledger
from tutelage.storage.ledger.accounts import LEDGER_FILE

if TYPE_CHECKING:
    from tutelage.teachers.chat import ChatTeacher

PURPOSE = "judge"


@dataclass(frozen=True, slots=True)
class RecipeJudge:
    """A teacher of a recipe, whose budget and ledger hold for it."""

    recipe: Recipe
    teacher: str | None = None


@dataclass(frozen=True, slots=True)
class OpenedJudge:
    """A teacher that can be asked, and the ledger that its answers pass."""

    teacher: ChatTeacher
    ledger: Ledger


def describe_judge(
    *, base_url: str | None = None, model: str | None = None, api_key_env: str | None = None
) -> TeacherSettings:
    """An endpoint, or without an address a GGUF file, or without either the embedded SmolLM2."""
    if base_url is None:
        return GgufSettings(model=model, threads=1, timeout_seconds=600)
    if model is None:
        raise UsageError(
            "the judge's model is not named.", where="--model", fix=f"Name a model that {base_url} serves."
        )
    return EndpointSettings(base_url=base_url, model=model, api_key_env=api_key_env)


@contextmanager
def opened_judge(judge: RecipeJudge | TeacherSettings, *, runs: Path) -> Iterator[OpenedJudge]:
    """The teacher for the length of the block; RecipeError if the recipe has no such chat teacher.

    Its calls are told in the ledger as the run `judge`, or `NAME/judge` of a recipe.
    """
    if isinstance(judge, RecipeJudge):
        problems = teacher_problems(judge.recipe, judge.teacher, key="--teacher", chat=True)
        if problems:
            raise RecipeError(problems)
        with lent_teachers(judge.recipe, runs=runs, purpose=PURPOSE) as teachers:
            yield OpenedJudge(teachers.chat(judge.teacher), teachers.ledger)
        return
    place = Place(runs / "batches")
    with opened_chat(judge, place) as teacher, Ledger.open(runs / LEDGER_FILE, run=PURPOSE) as ledger:
        yield OpenedJudge(teacher, ledger)
