"""The embedded chat teacher: llama.cpp's own server in this process, on a loopback port, with any GGUF file.

The weights run on llama.cpp's threads without holding Python's lock; the client is the one for any other endpoint.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

from tutelage.core.errors import TeacherError, UsageError
from tutelage.embedded import smollm2
from tutelage.embedded.llama_cpp import start_server
from tutelage.storage.digests import file_digest
from tutelage.teachers.chat import ChatTeacher, served_here


class LlamaServer:
    """A running server for one GGUF file; a context manager that gives a `ChatTeacher` pointed at it.

    `threads` is 1 unless you have cores to spare: llama.cpp's threads wait for one another by spinning, and with
    more of them than free cores it slows down a hundredfold. `slots` calls are decoded together, which costs little
    more than one; each has `context_tokens` for question and answer.
    """

    def __init__(
        self,
        gguf: Path | None = None,
        *,
        model: str | None = None,
        threads: int = 1,
        slots: int = 4,
        context_tokens: int = 2048,
        timeout_seconds: float = 600.0,
    ) -> None:
        self.gguf = _there(gguf) if gguf else smollm2.find_smollm2()
        self.model = model or name_gguf(gguf)
        self._threads, self._slots, self._context_tokens = threads, slots, context_tokens
        self._timeout_seconds = timeout_seconds
        self._server: Any = None

    def start(self) -> ChatTeacher:
        """Loads the model and listens on a free port of 127.0.0.1; TeacherError if the file cannot be loaded."""
        try:
            self._server = start_server(
                self.gguf, threads=self._threads, slots=self._slots, context_tokens=self._context_tokens
            )
        except RuntimeError as error:
            raise TeacherError(
                f"llama.cpp cannot load the model ({error}).",
                where=str(self.gguf),
                fix="Check that it is a whole GGUF.",
            ) from error
        return served_here(
            f"{self._server.listening_address}/v1",
            model=self.model,
            slots=self._slots,
            timeout_seconds=self._timeout_seconds,
        )

    def stop(self) -> None:
        """Ends the server and frees the model; without effect where it does not run."""
        # the last reference: dropping it closes the port and joins llama.cpp's threads
        self._server = None

    def __enter__(self) -> ChatTeacher:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def name_gguf(gguf: Path | None) -> str:
    """The model's name by its file and what is in it; `None` means the embedded one, which need not be there.

    Another file of the same name is another model to the ledger and to stages. UsageError if there is no such file.
    """
    file, digest = (Path(smollm2.FILE), smollm2.SHA256) if gguf is None else (gguf, file_digest(_there(gguf)))
    return f"{file.stem}-{digest[:16]}"


def _there(gguf: Path) -> Path:
    file = gguf.expanduser()
    if not file.is_file():
        raise UsageError(f"there is no GGUF file '{file}'.", fix="Give the path of a .gguf file.")
    return file
