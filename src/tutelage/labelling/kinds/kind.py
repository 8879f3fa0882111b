"""What a kind of teacher says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tutelage.core.languages import Direction
from tutelage.core.protocols import TranslationTeacher
from tutelage.core.recipe import Recipe
from tutelage.core.teacher_settings import TeacherSettings, WriterSettings
from tutelage.storage.ledger import Ledger
from tutelage.teachers.prices import Rates

if TYPE_CHECKING:
    from tutelage.teachers.chat import ChatTeacher

S = TypeVar("S", bound=TeacherSettings)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a teacher is opened."""

    batch_folder: Path
    """Where batches under way are remembered."""
    direction: Direction | None = None
    """The recipe's; `None` means that it is opened without one."""


def no_problems(_settings: Any, _recipe: Recipe) -> Iterable[str]:
    """Of a kind whose settings are all that can be wrong."""
    return ()


def free(_settings: Any) -> Rates:
    """The rates of what runs on this machine."""
    return Rates(0.0, 0.0)


def any_number(_settings: Any) -> int | None:
    """Of a teacher that writes as many pairs as it is asked for."""
    return None


def any_direction(_direction: Direction) -> bool:
    """Of a model that is asked in words."""
    return True


@dataclass(frozen=True, slots=True)
class TeacherKind(Generic[S]):
    """One kind of teacher: a line in `registry.py`, or an entry point of `tutelage.teachers` outside.

    It has `chat`, which plays every role, or `engine`, which only translates.
    """

    settings: type[S]
    """Its table in a recipe."""
    sign: Callable[[S], str]
    """What of the model decides its answers, known without opening it; where it is served does not."""
    chat: Callable[[S, Place], AbstractContextManager[ChatTeacher]] | None = None
    """Starts what is needed, and ends it."""
    engine: Callable[[S, Ledger, Direction], TranslationTeacher] | None = None
    """Its own signature must be known before it translates."""
    problems: Callable[[S, Recipe], Iterable[str]] = no_problems
    """What is wrong with the table in this recipe, each beginning with `.key: ` or `: `; asks nobody."""
    rates: Callable[[S], Rates] = free
    """What its tokens cost; UsageError for a table of prices that cannot be read."""
    translates: Callable[[Direction], bool] = any_direction
    """Whether it can translate so."""
    directions: str = "any direction"
    """What it translates, in a few words."""
    pairs_at_once: Callable[[S], int | None] = any_number
    """How many context pairs it was trained to write to a question; `None`: any number."""
    modules: tuple[str, ...] = ()
    """Optional Python modules that it imports."""
    starter: str = ""
    """Lines of its table in a starter recipe, as a Jinja template; empty: `tutelage init` offers none."""

    @property
    def can_write(self) -> bool:
        """Whether it plays the roles in which a teacher writes, and does not only translate."""
        return self.chat is not None


def asked_as_told(teacher: ChatTeacher, settings: WriterSettings) -> ChatTeacher:
    """A teacher that runs here, asked as the recipe says."""
    told = {name: getattr(settings, name) for name in ("structured", "max_tokens", "temperature")}
    return type(teacher)(teacher.settings.model_copy(update=told))
