"""A trained patcher as a chat teacher: its model runs in this process, behind a server on the loopback."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tutelage.core.decoding import Decoding
from tutelage.core.errors import UserError
from tutelage.core.languages import Direction
from tutelage.core.teacher_settings import PatcherSettings
from tutelage.students.chat_writer import load_chat_student
from tutelage.students.conversions import conversion_cache
from tutelage.students.engines.answers import Prompt
from tutelage.students.engines.opening import open_causal_engine
from tutelage.students.kinds.registry import student_kind
from tutelage.students.loading import locate_student
from tutelage.students.promoted import is_run_folder, promoted_student
from tutelage.students.sidecar import read_sidecar, write_sidecar
from tutelage.students.student_folder import student_signature
from tutelage.teachers.chat import ChatTeacher, served_here
from tutelage.teachers.messages import ChatAnswer, ChatRequest
from tutelage.teachers.servers.loopback import LoopbackChat

LESSONS = "patcher.json"
"""Beside a trained patcher: what it was taught."""
LONGEST_WAIT_SECONDS = 3600.0
"""For one answer. What is slow here is slow because it works; asking again would only add to the work."""


class LocalPatcher:
    """A running patcher; a context manager that gives a `ChatTeacher` pointed at it.

    Questions are read by the model's own chat template, as they were in training. An answer's schema is not enforced:
    it is verified like any teacher's. Sampled answers depend on which questions happen to be decoded together.
    """

    def __init__(self, settings: PatcherSettings, *, direction: Direction) -> None:
        self._settings, self._direction = settings, direction
        self._server: LoopbackChat | None = None

    def start(self) -> ChatTeacher:
        """Loads the model and listens on a free port; StudentError if it is no chat model."""
        model = _Model(self._settings, direction=self._direction)
        self._server = LoopbackChat(model.answer, most_at_once=self._settings.concurrency)
        return served_here(
            self._server.start(),
            model=name_patcher(self._settings),
            slots=self._settings.concurrency,
            timeout_seconds=max(self._settings.timeout_seconds, LONGEST_WAIT_SECONDS),
        )

    def stop(self) -> None:
        """Ends the server; without effect where it does not run."""
        if self._server is not None:
            self._server.stop()
        self._server = None

    def __enter__(self) -> ChatTeacher:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def locate_patcher(model: str) -> Path:
    """The model folder: itself, or the one that a run promoted; UserError if there is none."""
    run = Path(model).expanduser()
    return promoted_student(run) if is_run_folder(run) else locate_student(model)


def is_patcher(model: str) -> bool:
    """Whether it is a chat model, which can be one; UserError if there is no student."""
    return student_kind(locate_patcher(model)).chats


def write_pairs_at_once(folder: Path, count: int) -> None:
    """Tell beside a patcher how many context pairs it was taught to write to a question."""
    write_sidecar(folder / LESSONS, {"pairs_at_once": count})


def read_pairs_at_once(settings: PatcherSettings) -> int:
    """What `write_pairs_at_once` has told; one, as an inversion teaches, if nothing has; StudentError if damaged."""
    count = read_sidecar(
        locate_patcher(settings.model or "") / LESSONS,
        _parse_pairs_at_once,
        says="how many pairs the patcher was taught to write",
        fix="Remove it to ask for one, or train the patcher again.",
    )
    return 1 if count is None else count


def _parse_pairs_at_once(stored: Any) -> int:
    count = stored["pairs_at_once"]
    if not (isinstance(count, int) and count > 0):
        raise ValueError("pairs_at_once must be a number above 0")
    return count


def name_patcher(settings: PatcherSettings) -> str:
    """The model's name by its weights and arithmetic, so that a patcher trained anew is another one to the ledger."""
    return f"patcher-{student_signature(locate_patcher(settings.model or ''))}-{settings.compute_type}"


class _Model:
    """The engine and the student that it decodes with."""

    def __init__(self, settings: PatcherSettings, *, direction: Direction) -> None:
        folder = locate_patcher(settings.model or "")
        self._student = load_chat_student(folder, direction=direction, fix="A patcher is a chat model.")
        self._engine = open_causal_engine(self._student, compute_type=settings.compute_type, cache=conversion_cache())

    def answer(self, requests: Sequence[ChatRequest]) -> list[ChatAnswer | UserError]:
        """Answers to requests of equal parameters; a question that leaves no room for an answer is refused."""
        conversations = [tuple((turn.role, turn.content) for turn in request.messages) for request in requests]
        lengths = [len(ids) for ids in self._student.encode_conversations(conversations)]
        room = self._student.context_tokens
        fitting = [turns for turns, length in zip(conversations, lengths, strict=True) if length < room]
        answers = iter(self._complete(fitting, requests[0]))
        return [_told(next(answers), length) if length < room else _too_long(length, room) for length in lengths]

    def _complete(self, conversations: Sequence[Any], like: ChatRequest) -> list[Any]:
        decoding = Decoding(
            max_target_tokens=like.max_tokens, sampling_temperature=like.temperature, seed=like.seed or 0
        )
        return list(self._engine.complete((Prompt(turns) for turns in conversations), decoding=decoding))


def _told(answer: Any, prompt_tokens: int) -> ChatAnswer:
    return ChatAnswer(answer.text, not answer.finished, prompt_tokens, answer.tokens)


def _too_long(length: int, room: int) -> UserError:
    return UserError(f"the question has {length} tokens, and the patcher reads fewer than {room}.")
