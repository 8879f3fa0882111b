"""One process trains: what several would compute together is refused until it is right."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from tutelage.core.errors import UsageError

SIZES = ("WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")
"""Variables in which torchrun, accelerate and MPI tell each process how many there are."""


def count_processes(environment: Mapping[str, str] = os.environ) -> int:
    """How many processes were started to train together: what a launcher says, or the process group that is open."""
    told = (environment.get(name, "") for name in SIZES)
    sizes = [int(size) for size in told if size.isdecimal()]
    distributed = getattr(sys.modules.get("torch"), "distributed", None)
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        sizes.append(distributed.get_world_size())
    return max(sizes, default=1)


def require_one_process() -> None:
    """UsageError if several processes would train one student.

    Each would step by its own gradient: the objective is called past the wrapper that averages them, and what an
    update is divided by is the count of one process.
    """
    if (count := count_processes()) > 1:
        raise UsageError(
            f"{count} processes were started to train together, and a student is trained by one: their gradients would "
            "not be averaged.",
            where="training",
            fix="Start the command without torchrun, accelerate launch or mpirun; one process uses one accelerator.",
        )
