"""The processes that train one student together, as a launcher started them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any, TypeVar

from tutelage.core.errors import UsageError
from tutelage.core.protocols import Progress, Silence

SIZES = ("WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")
"""Variables in which torchrun, accelerate and MPI tell each process how many there are."""
RANKS = ("RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK", "MV2_COMM_WORLD_RANK")
"""Variables in which they tell each process which it is."""
T = TypeVar("T")


def count_processes(environment: Mapping[str, str] = os.environ) -> int:
    """How many processes were started to train together: what a launcher says, or the process group that is open."""
    sizes = _told(SIZES, environment)
    if (group := _open_group()) is not None:
        sizes.append(group.get_world_size())
    return max(sizes, default=1)


def process_index(environment: Mapping[str, str] = os.environ) -> int:
    """Which of them this one is, from 0 on."""
    if (group := _open_group()) is not None:
        return int(group.get_rank())
    return max(_told(RANKS, environment), default=0)


def is_first_process() -> bool:
    """Whether this is the process that writes files and shows progress."""
    return process_index() == 0


def shown_once(progress: Progress) -> Progress:
    """The same progress in the first process, and silence in the others."""
    return progress if is_first_process() else Silence()


def told_by_first(value: T) -> T:
    """The value of the first process, in all of them; every process of an open group must ask."""
    group = _open_group()
    if group is None or group.get_world_size() == 1:
        return value
    told = [value]
    group.broadcast_object_list(told, src=0)
    return told[0]


def require_one_process() -> None:
    """UsageError if a whole run was started several times at once, which would pay teachers and write files twice."""
    if (count := count_processes()) > 1:
        raise UsageError(
            f"{count} processes were started to train together, and a run is one process: its teachers would be asked "
            "and its files written by each.",
            where="run",
            fix="Start the command without torchrun, accelerate launch or mpirun, and set train.processes in the step "
            f"to {count}: the run starts them itself while it trains.",
        )


def _told(names: tuple[str, ...], environment: Mapping[str, str]) -> list[int]:
    told = (environment.get(name, "") for name in names)
    return [int(number) for number in told if number.isdecimal()]


def _open_group() -> Any:
    distributed = getattr(sys.modules.get("torch"), "distributed", None)
    return distributed if distributed and distributed.is_available() and distributed.is_initialized() else None
