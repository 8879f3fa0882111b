"""The stage `student` by several processes of this machine, which train one student together.

The run stays one process: only this stage starts others, and the first of them tells it how far they are. They are
started as torchrun starts its own, so that training need not know who did.
"""

from __future__ import annotations

import os
import queue
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tutelage.core.counts import counted
from tutelage.core.errors import StudentError, UsageError, UserError
from tutelage.core.protocols import Progress, Silence
from tutelage.core.stage import Work

LOOK_SECONDS = 0.2
"""Between looks at the processes."""
LOOPBACK = "127.0.0.1"

Train = Callable[[Work], None]
"""What one process does beside the others; the first of them writes the student."""


def train_by_processes(train: Train, work: Work, *, processes: int) -> None:
    """Train in so many processes; StudentError if one ends before its work is done."""
    import torch
    from torch.distributed import TCPStore  # type: ignore[attr-defined]
    from torch.multiprocessing.spawn import ProcessExitedException, ProcessRaisedException, spawn

    _require_accelerators(processes, torch.accelerator.device_count())
    told = torch.multiprocessing.get_context("spawn").Queue()
    meeting = TCPStore(LOOPBACK, 0, is_master=True, wait_for_workers=False)  # on a free port, which is its own at once
    job = Job(train, replace(work, progress=Silence()), processes, meeting.port)
    workers: Any = spawn(  # type: ignore[no-untyped-call]
        _work, (job, told), nprocs=processes, join=False, daemon=True
    )
    try:
        while not workers.join(timeout=LOOK_SECONDS):
            _show(told, work.progress)
        _show(told, work.progress)
    except (ProcessExitedException, ProcessRaisedException) as error:
        _show(told, work.progress)
        raise StudentError(
            f"process {error.error_index} of {processes} that train together ended before its work was done: "
            f"{str(error).strip().splitlines()[-1]}.",
            where="train.processes",
            fix="Give the same command again: training goes on from its last checkpoint. If it was the memory, train "
            "with fewer processes or fewer train.batch_tokens.",
        ) from error
    finally:
        for process in workers.processes:
            process.terminate()


@dataclass(frozen=True, slots=True)
class Job:
    """What each of the processes is told."""

    train: Train
    work: Work
    processes: int
    port: int
    """Of the loopback, where they meet; this process listens there, as torchrun's does."""


@dataclass(frozen=True, slots=True)
class ToldProgress:
    """Progress that another process shows."""

    told: Any
    """A queue of what happened."""

    def start(self, name: str, *, total: int | None, unit: str = "segments") -> None:
        """Tell it."""
        self.told.put(("start", (name,), {"total": total, "unit": unit}))

    def advance(self, count: int = 1, **figures: float) -> None:
        """Tell it."""
        self.told.put(("advance", (count,), figures))

    def finish(self, note: str = "") -> None:
        """Tell it."""
        self.told.put(("finish", (note,), {}))

    def beside(self) -> Progress:
        """Only one piece of work can be told."""
        return Silence()


def _work(process: int, job: Job, told: Any) -> None:
    """One of the processes; an error that the user can mend is told in its own words."""
    import torch

    os.environ |= _environment(process, job)
    torch.set_num_threads(max(1, torch.get_num_threads() // job.processes))
    if torch.cuda.is_available():
        torch.cuda.set_device(process)
    work = job.work if process else replace(job.work, progress=ToldProgress(told))
    try:
        job.train(work)
    except UserError as error:
        told.put(("error", (type(error), error.what, error.where, error.fix), {}))
        raise
    finally:
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()


def _environment(process: int, job: Job) -> dict[str, str]:
    """What torchrun tells its processes."""
    told = {"RANK": process, "LOCAL_RANK": process, "WORLD_SIZE": job.processes, "LOCAL_WORLD_SIZE": job.processes}
    return {name: str(number) for name, number in told.items()} | {
        "MASTER_ADDR": LOOPBACK,
        "MASTER_PORT": str(job.port),
        "TORCHELASTIC_USE_AGENT_STORE": str(True),
        "TORCHELASTIC_RESTART_COUNT": "0",
    }


def _show(told: Any, progress: Progress) -> None:
    """What was told since, shown; the error of a process is raised here."""
    shown: dict[str, Callable[..., None]] = {
        "start": progress.start, "advance": progress.advance, "finish": progress.finish, "error": _raise,
    }  # fmt: skip
    while True:
        try:
            name, arguments, named = told.get(timeout=0.05)
        except queue.Empty:
            return
        shown[name](*arguments, **named)


def _raise(kind: type[UserError], what: str, where: str, fix: str) -> None:
    error = kind.__new__(kind)
    UserError.__init__(error, what, where=where, fix=fix)  # each kind has arguments of its own
    raise error


def _require_accelerators(processes: int, count: int) -> None:
    if 0 < count < processes:
        raise UsageError(
            f"{processes} processes were asked for, and this machine has {counted(count, 'accelerator')}, of which "
            "each process needs one.",
            where="train.processes",
            fix=f"Set it to {count} or less.",
        )
