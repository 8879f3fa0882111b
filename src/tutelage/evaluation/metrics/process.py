"""A scorer as a process that is started once and asked in batches; one line of JSON there and one back.

Its first line says what it is (`Greeting`). A request is `{"segments": [...]}`, its answer `{"scores": [...]}` with as
many numbers, or `{"error": "why"}`. It ends when its standard input does, so that none outlives the program that
started it, however that ends.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import json
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from typing import IO, Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tutelage.core.counts import counted
from tutelage.core.errors import MetricError
from tutelage.core.metrics import MetricSegment

_TOLD_LINES = 5
"""Of its last messages, when it fails."""
_LONGEST_LOG = 4096
"""Bytes of its messages that are looked at for these."""


class Greeting(BaseModel):
    """What a scorer says of itself before it is asked anything."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Annotated[str, Field(min_length=1)]
    """Of the program or package that scores."""
    model: Annotated[str, Field(min_length=1)]
    """Name of the weights; with their digest, other weights of the same name are told apart."""
    licence: str = "unknown"
    """Of the weights."""
    higher_is_better: bool = True
    needs_reference: bool = True
    """Whether a score depends on the reference."""


class Answer(BaseModel):
    """What a scorer answers to a request."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    scores: list[float] = []
    error: str = ""


Told = TypeVar("Told", Greeting, Answer)


class ScorerProcess:
    """A scorer that is started when it is first needed, and again if it has ended."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self._where, self._command = f"evaluation.metrics.{name}", list(command)
        self._process: subprocess.Popen[str] | None = None
        self._greeting: Greeting | None = None
        self._log: IO[bytes] | None = None
        self._lock = threading.Lock()
        atexit.register(self.close)

    @property
    def greeting(self) -> Greeting:
        """What the scorer says of itself; MetricError if it cannot be started."""
        with self._lock:
            return self._started()

    def ask(self, segments: Sequence[MetricSegment]) -> list[float]:
        """The scores of one batch."""
        with self._lock:
            self._started()
            answer = self._exchange({"segments": [dataclasses.asdict(segment) for segment in segments]})
        if answer.error:
            raise self._failed(f"the scorer could not score: {answer.error}")
        if len(answer.scores) != len(segments):
            raise self._failed(
                f"the scorer gave {counted(len(answer.scores), 'score')} for {counted(len(segments), 'segment')}."
            )
        return answer.scores

    def close(self) -> None:
        """End the scorer by the end of its input."""
        process, self._process = self._process, None
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    _close_quietly(pipe)
            if process.poll() is None:
                process.terminate()
            process.wait()

    def _started(self) -> Greeting:
        if self._process is not None and self._process.poll() is None and self._greeting is not None:
            return self._greeting
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - read after the scorer has ended
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                encoding="utf-8",
                start_new_session=True,  # an interruption is ours to answer; the scorer ends with its input
            )
        except OSError as error:
            raise MetricError(
                f"'{self._command[0]}' cannot be started ({error.strerror or error}).",
                where=self._where,
                fix="Check its command, or install a metric with: tutelage metrics add NAME",
            ) from error
        again = self._read(Greeting)
        if self._greeting is not None and again != self._greeting:
            raise self._failed("the scorer was started again and says that it is another one.")
        self._greeting = again
        return again

    def _exchange(self, request: dict[str, Any]) -> Answer:
        pipe = self._process.stdin if self._process is not None else None
        try:
            if pipe is not None:
                pipe.write(json.dumps(request, ensure_ascii=False) + "\n")
                pipe.flush()
        except OSError as error:
            raise self._failed("the scorer has ended.") from error
        return self._read(Answer)

    def _read(self, kind: type[Told]) -> Told:
        pipe = self._process.stdout if self._process is not None else None
        line = pipe.readline() if pipe is not None else ""
        if not line:
            raise self._failed("the scorer has ended.")
        try:
            return kind.model_validate_json(line)
        except ValidationError as error:
            reason = error.errors()[0]["msg"]
            raise self._failed(
                f"the scorer wrote {line.strip()[:80]!r}, which is no {kind.__name__} ({reason})."
            ) from None

    def _failed(self, what: str) -> MetricError:
        """The error with what the scorer last said; it is ended, so that it can be started anew."""
        self.close()
        lines = self._last_lines()
        said = "\nIts last lines were:\n" + "\n".join(f"  {line}" for line in lines) + "\n" if lines else ""
        fix = "What was scored is kept; mend it and give the same command again."
        return MetricError(f"{what}{said}", where=self._where, fix=fix)

    def _last_lines(self) -> list[str]:
        if self._log is None:
            return []
        end = self._log.seek(0, 2)
        self._log.seek(max(0, end - _LONGEST_LOG))
        lines = self._log.read().decode("utf-8", "replace").splitlines()
        return [line for line in lines if line.strip()][-_TOLD_LINES:]


def _close_quietly(pipe: IO[str]) -> None:
    with contextlib.suppress(OSError):  # what was still to be written has no reader any more
        pipe.close()
