"""The teachers of a recipe, opened when a step first needs them and closed with the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage.core.errors import RecipeError, UsageError, did_you_mean
from tutelage.core.glossary.glossary import Glossary
from tutelage.core.languages import Direction
from tutelage.core.protocols import TranslationTeacher
from tutelage.core.recipe import Recipe
from tutelage.core.records import Pair, Rejection, Segment
from tutelage.core.runner import LOCAL, Runner
from tutelage.core.teacher_settings import TeacherSettings
from tutelage.labelling.kinds.kind import Place
from tutelage.labelling.kinds.registry import kind_of
from tutelage.storage.ledger import Ledger
from tutelage.storage.ledger.places import is_url

if TYPE_CHECKING:
    from tutelage.teachers.chat import ChatTeacher


@dataclass(frozen=True, slots=True)
class AskedTeacher:
    """A chat teacher of the recipe as a stage reads it; opened when it is first asked."""

    name: str
    signature: str
    """What of it decides its answers: its kind and model, known without opening it."""
    teachers: Teachers

    @property
    def chat(self) -> ChatTeacher:
        """The teacher, its server started if it runs here."""
        return self.teachers.chat(self.name)

    @property
    def ledger(self) -> Ledger:
        """What every call to it passes."""
        return self.teachers.ledger


@dataclass(frozen=True, slots=True)
class Translator:
    """A teacher of the recipe in the role *translate* as a stage reads it; opened when it is first asked."""

    name: str
    signature: str
    """What of it decides its translations, known without opening it."""
    direction: Direction
    teachers: Teachers

    def open(self) -> TranslationTeacher:
        """The teacher, its server started if it runs here."""
        return self.teachers.translator(self.name, direction=self.direction)

    def translate(self, segments: Iterable[Segment]) -> Iterator[Pair | Rejection]:
        """One pair or rejection for each segment, in their order, streaming; every call passes the ledger."""
        return self.open().translate(segments, direction=self.direction)


class Teachers:
    """Opens teachers by the names the recipe gives them. In another process, it opens the ledger and teachers anew."""

    def __init__(
        self, recipe: Recipe, ledger: Ledger, *, glossary: Glossary | None = None, runner: Runner = LOCAL
    ) -> None:
        """With a glossary of the recipe's direction, chat teachers are told the terms of what they translate."""
        self._recipe, self._glossary = recipe, glossary
        self._settings, self._direction = recipe.teachers, recipe.direction.direction
        self.ledger, self.runner = ledger, runner
        self._open = ExitStack()
        self._chats: dict[str, ChatTeacher] = {}

    def __reduce__(self) -> tuple[Callable[..., Teachers], tuple[Any, ...]]:
        return _open_teachers, (self._recipe, self.ledger, self._glossary)

    def translator(self, name: str | None, *, direction: Direction | None = None) -> TranslationTeacher:
        """A teacher in the role *translate*; `direction` is what it is asked for; `None` means the recipe's."""
        name = choose_teacher(self._settings, name)
        settings = self._settings[name]
        if engine := kind_of(settings).engine:
            translator: TranslationTeacher = engine(settings, self.ledger, direction or self._direction)
            return translator
        from tutelage.labelling.chat_translator import ChatTranslator

        return ChatTranslator(
            self.chat(name),
            ledger=self.ledger,
            segments_per_call=_segments_per_call(settings),
            glossary=self._glossary_for(direction or self._direction),
        )

    def _glossary_for(self, direction: Direction) -> Glossary | None:
        return self._glossary if direction == self._direction else None

    def chat(self, name: str | None) -> ChatTeacher:
        """A chat teacher, its server started where it runs here; UsageError if it only translates."""
        name = choose_teacher(self._settings, name)
        if name not in self._chats:
            place = Place(self._batch_folder(), self._direction)
            self._chats[name] = self._open.enter_context(opened_chat(self._settings[name], place))
        return self._chats[name]

    def can_write(self, name: str | None) -> bool:
        """Whether a teacher plays the roles in which it writes, and does not only translate."""
        return kind_of(self._settings[choose_teacher(self._settings, name)]).can_write

    def pairs_at_once(self, name: str | None) -> int | None:
        """How many context pairs a teacher was trained to write to a question; `None`: any number."""
        return count_pairs_at_once(self._settings, name)

    def asked(self, name: str | None) -> AskedTeacher:
        """A chat teacher for a stage's inputs."""
        name = choose_teacher(self._settings, name)
        return AskedTeacher(name, sign_teacher(self._settings[name]), self)

    def translating(self, name: str | None, *, direction: Direction | None = None) -> Translator:
        """A translating teacher for a stage's inputs; `direction` as in `translator`."""
        name, asked = choose_teacher(self._settings, name), direction or self._direction
        if kind_of(self._settings[name]).engine:
            return Translator(name, self.translator(name, direction=asked).signature, asked, self)
        from tutelage.labelling.roles.translation import TranslateMany, TranslateRole

        glossary = self._glossary_for(asked)
        signature = f"{sign_teacher(self._settings[name])}/{TranslateRole(asked, glossary=glossary).signature}"
        if (most := _segments_per_call(self._settings[name])) > 1:
            signature += f"/{TranslateMany(asked, most=most, glossary=glossary).signature}"
        return Translator(name, signature, asked, self)

    def close(self) -> None:
        """End what was started."""
        self._open.close()

    def _batch_folder(self) -> Path:
        """Beside the ledger's file, for the same runs; here, where the ledger is a database."""
        shown = self.ledger.shown
        return Path("batches") if is_url(shown) else Path(shown).parent / "batches"


def _open_teachers(recipe: Recipe, ledger: Ledger, glossary: Glossary | None) -> Teachers:
    return Teachers(recipe, ledger, glossary=glossary)


def opened_chat(settings: TeacherSettings, place: Place) -> AbstractContextManager[ChatTeacher]:
    """A chat teacher for the length of a block; UsageError if it only translates."""
    chat = kind_of(settings).chat
    if chat is None:
        raise UsageError(f"{settings.shown} is a translation engine and cannot write.", fix="Name a chat teacher.")
    return chat(settings, place)


def sign_teacher(settings: TeacherSettings) -> str:
    """What of a teacher decides its answers: its kind, its model and how it is asked."""
    told = {name: getattr(settings, name, None) for name in ("max_tokens", "temperature")}
    others = "".join(f";{name}={value}" for name, value in told.items() if value is not None)
    return f"{settings.kind}:{kind_of(settings).sign(settings)}{others}"


def _segments_per_call(settings: TeacherSettings) -> int:
    return int(getattr(settings, "segments_per_call", 1))


def count_pairs_at_once(teachers: dict[str, TeacherSettings], name: str | None) -> int | None:
    """The same of a recipe's teacher before any is opened."""
    settings = teachers[choose_teacher(teachers, name)]
    count: int | None = kind_of(settings).pairs_at_once(settings)
    return count


def choose_teacher(teachers: dict[str, TeacherSettings], name: str | None) -> str:
    """The teacher called `name`, or the only one; RecipeError if that is not clear."""
    if name is None and len(teachers) == 1:
        return next(iter(teachers))
    if name is None:
        raise RecipeError(
            [f"say which one. {did_you_mean('', teachers)}" if teachers else "no [teachers.NAME] table is there."]
        )
    if name not in teachers:
        raise RecipeError([f"there is no teacher '{name}' in [teachers]. {did_you_mean(name, teachers)}"])
    return name


def teacher_problems(recipe: Recipe, name: str | None, *, key: str, chat: bool = False) -> list[str]:
    """What is wrong with naming a teacher so, in plain words; `chat` asks for one that can write."""
    try:
        chosen = choose_teacher(recipe.teachers, name)
    except RecipeError as error:
        return [f"{key}: {problem}" for problem in error.problems]
    if chat and not kind_of(recipe.teachers[chosen]).can_write:
        return [f"{key}: '{chosen}' is a translation engine and cannot write; name a chat teacher."]
    return []
