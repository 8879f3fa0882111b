"""The cluster of a run: reached or started, and looked at before anything is worked on.

Ray tells its makers nothing about the use of it here, shows no page, and a cluster that is started here listens on the
loopback alone.
"""

from __future__ import annotations

import logging
import os
import platform
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage import __version__
from tutelage.core.counts import counted
from tutelage.core.errors import MissingExtraError, RunnerError
from tutelage.core.machine import usable_cores
from tutelage.core.recipe import RunnerSettings
from tutelage.core.runner import Runner
from tutelage.runners.ray.pipeline import RayRunner
from tutelage.storage.ledger.places import is_url

REACH_SECONDS = 10.0
"""A cluster's head answers in milliseconds, from another country too."""
STARTS = 3
"""Tries to start a cluster: Ray gives up after half a minute, which a busy machine may need."""
_VARIABLES = {"RAY_BACKEND_LOG_LEVEL": "fatal", "RAY_DATA_LOG_LEVEL": "ERROR", "RAY_worker_niceness": "0"}
"""What goes wrong is told in our own words, and workers do not stand back behind other programs; variables that are set
say otherwise."""
PROBE_SECONDS = 120.0
"""In which every machine must have started a process."""


@contextmanager
def opened_runner(settings: RunnerSettings, ledger: str | Path) -> Iterator[Runner]:
    """The workers of the cluster at the address, or of one that is started for the length of the block.

    RunnerError if there is none, if its machines have other versions than this one, if it has too little room, or if
    it has several machines and the ledger is a file on one.
    """
    ray = _import_ray(alone=settings.address is None)
    if ray.is_initialized():  # by whoever called us, who will end it too
        yield _runner(settings, ledger)
        return
    with _started(settings) if settings.address is None else _reached(settings.address):
        yield _runner(settings, ledger)


def _import_ray(*, alone: bool) -> Any:
    """Ray, told what it reads when it is imported; `alone` keeps it on the loopback."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if alone:  # Ray's own way on systems with a firewall that would ask
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    for name, value in _VARIABLES.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("ray", extra="ray") from error
    return ray


@contextmanager
def _started(settings: RunnerSettings) -> Iterator[None]:
    """A cluster of this machine's processes; what it keeps on disk goes away with it."""
    import ray

    # a worker that waits for a teacher needs no core of its own, so that there may be more of them than cores
    room = max(usable_cores(), (settings.workers or 1) * settings.cores_per_worker)
    folder = tempfile.mkdtemp(prefix="ray-", dir="/tmp" if Path("/tmp").is_dir() else None)  # sockets need short paths
    try:
        _start(room, folder)
        yield
    finally:
        ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


def _start(room: int, folder: str, *, tries: int = STARTS) -> None:
    import ray

    try:
        with _own_signals():
            ray.init(
                address="local", num_cpus=room, include_dashboard=False, log_to_driver=False,
                logging_level=logging.ERROR, _temp_dir=folder,
            )  # fmt: skip
    except Exception as error:  # of no class of its own
        ray.shutdown()
        if tries > 1:
            _start(room, folder, tries=tries - 1)
            return
        raise RunnerError(
            f"no Ray cluster can be started on this machine ({_first_line(error)}).",
            where="runner",
            fix="Try again when the machine is less busy, or set runner.kind = 'local'.",
        ) from error


@contextmanager
def _reached(address: str) -> Iterator[None]:
    import ray

    where = f"runner.address '{address}'"
    if address != "auto":
        _require_listener(address, where=where)
    try:
        with _own_signals():
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except ConnectionError as error:
        raise _no_cluster(where, _first_line(error)) from error
    except RuntimeError as error:  # Ray's word for a cluster of another version of Ray or Python
        raise RunnerError(
            f"the cluster cannot be used from here: {_first_line(error)}.",
            where=where,
            fix="Give all its machines the Python and the Ray of this one (pip install 'tutelage[ray]').",
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def _own_signals() -> Iterator[None]:
    """SIGTERM stays what it was, which Ray would take for itself."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)


def _require_listener(address: str, *, where: str) -> None:
    """Ray itself would try for a minute."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=REACH_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise _no_cluster(where, getattr(error, "strerror", None) or str(error)) from error


def _no_cluster(where: str, reason: str) -> RunnerError:
    return RunnerError(
        f"no Ray cluster answers there ({reason.rstrip('.')}).",
        where=where,
        fix="Start one with: ray start --head --port=6379, or leave the address out for one on this machine.",
    )


def _runner(settings: RunnerSettings, ledger: str | Path) -> RayRunner:
    machines = _probe_machines()
    require_same_versions(machines)
    require_shared_ledger(machines, ledger)
    return RayRunner(settings, workers=_count_workers(settings))


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine of the cluster."""

    address: str
    python: str
    tutelage: str
    """Empty if it is not installed there."""


def _probe_machines() -> list[Machine]:
    """Every machine, as a process of its own tells it."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    def describe() -> tuple[str, str]:  # inside, so that it is sent whole: Tutelage may not be there
        import platform

        try:
            from tutelage import __version__ as version
        except ImportError:
            version = ""
        return platform.python_version(), version

    probe = ray.remote(num_cpus=0, max_retries=0)(describe)
    nodes = [node for node in ray.nodes() if node["Alive"]]
    asked = [
        probe.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)).remote()
        for node in nodes
    ]
    try:
        told = ray.get(asked, timeout=PROBE_SECONDS)
    except ray.exceptions.RayError as error:
        raise RunnerError(
            f"a machine of the cluster does not start a process ({_first_line(error)}).",
            where="runner",
            fix="Look at it with: ray status. The same command tries again.",
        ) from error
    return [Machine(node["NodeManagerAddress"], *facts) for node, facts in zip(nodes, told, strict=True)]


def require_same_versions(machines: list[Machine]) -> None:
    """RunnerError for the first machine that has another Python or Tutelage than this process."""
    here = platform.python_version(), __version__
    for machine in machines:
        if (machine.python, machine.tutelage) != here:
            there = f"Tutelage {machine.tutelage}" if machine.tutelage else "no Tutelage"
            raise RunnerError(
                f"it has {there} and Python {machine.python}; here are Tutelage {here[1]} and Python {here[0]}.",
                where=f"machine {machine.address} of the cluster",
                fix="Install the same versions on all machines, and start the cluster's processes there again.",
            )


def require_shared_ledger(machines: list[Machine], ledger: str | Path) -> None:
    """RunnerError if the ledger is a file and there are several machines."""
    count = len({machine.address for machine in machines})
    if count > 1 and not is_url(ledger):
        raise RunnerError(
            f"the cluster has {count} machines, and a ledger in a file can be written on one alone.",
            where=f"ledger '{ledger}'",
            fix="Name a database that all machines reach: ledger = 'postgresql://user@host/database'.",
        )


def _count_workers(settings: RunnerSettings) -> int:
    """How many are wanted, or have room; RunnerError if there is too little."""
    import ray

    there = ray.cluster_resources()
    room = int(there.get("CPU", 0) // settings.cores_per_worker)
    if settings.gpus_per_worker:
        room = min(room, int(there.get("GPU", 0) / settings.gpus_per_worker + 1e-9))
    workers = settings.workers or room
    if workers > room or not room:
        wanted = _describe(settings.cores_per_worker, settings.gpus_per_worker)
        has = _describe(there.get("CPU", 0), there.get("GPU", 0))
        raise RunnerError(
            f"the cluster has room for {counted(room, 'worker')} of {wanted} each, and "
            f"{counted(workers or 1, 'is', 'are')} wanted; it has {has}.",
            where="runner.workers",
            fix="Want fewer, or give each one less (cores_per_worker, gpus_per_worker).",
        )
    return workers


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).rstrip(".:")


def _describe(cores: float, gpus: float) -> str:
    return f"{counted(cores, 'core')} and {counted(gpus, 'GPU')}"
