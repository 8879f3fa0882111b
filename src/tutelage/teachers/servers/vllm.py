"""A chat teacher without a server of yours: vLLM's own, started as a process of this machine and ended with the run."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from tutelage.core.errors import TeacherError
from tutelage.core.teacher_settings import VllmSettings
from tutelage.embedded.vllm_server import VllmServer
from tutelage.teachers.chat import ChatTeacher, served_here


class VllmTeacher:
    """A context manager that gives a `ChatTeacher` pointed at a server with the model; `name` is the ledger's word."""

    def __init__(self, settings: VllmSettings, *, name: str) -> None:
        self._settings, self._name = settings, name
        self._server: VllmServer | None = None

    def __enter__(self) -> ChatTeacher:
        settings, adapter = self._settings, self._settings.adapter
        options = ["--max-model-len", str(settings.context_tokens), "--dtype", settings.compute_type]
        try:
            self._server = VllmServer(
                settings.model or "", name=self._name, adapter=Path(adapter) if adapter else None, options=options
            )
        except RuntimeError as error:
            raise TeacherError(
                f"vLLM cannot serve the model ({error}).",
                where=settings.model or "",
                fix="Mend what it tells; options of this machine stand behind the path in TUTELAGE_VLLM.",
            ) from error
        return served_here(
            f"http://{self._server.address}/v1",
            model=self._name,
            slots=settings.concurrency,
            timeout_seconds=settings.timeout_seconds,
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.stop()
        self._server = None
