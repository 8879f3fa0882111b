"""What this machine offers to the process."""

from __future__ import annotations

import os

_share: int | None = None


def take_cores(count: int) -> None:
    """Let this process use so many cores, as one of several on the machine."""
    global _share
    _share = count


def usable_cores() -> int:
    """Cores that the process may use: its share, else its affinity where the system tells one, else all of them."""
    if _share is not None:
        return _share
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor_seconds() -> float:
    """What this process and those that it has waited for have computed so far, over all cores."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
