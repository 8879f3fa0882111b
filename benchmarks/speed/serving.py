"""How near a server with many clients comes to its engine alone, on the same segments in turns; and ten minutes of it.

python -m benchmarks.speed.serving --clients 64 --segments 1000
python -m benchmarks.speed.serving --minutes 10
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed.figures import Figure, cost_figure, measure_in_turns, rate_figure, ratio_figure, render_table
from tutelage.core.decoding import Decoding
from tutelage.core.languages import Direction
from tutelage.core.recipe import TextSettings
from tutelage.corpora.texts import Text
from tutelage.serving.students import Opening

EN_PT = Direction("en", "pt-BR")
STUDENT = "embedded:en-pt"


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--segments", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=0.0, help="instead: full load for so long, memory watched")
    chosen = parser.parse_args(given)
    if chosen.minutes:
        figures = measure_load(minutes=chosen.minutes, clients=chosen.clients, segments=chosen.segments)
    else:
        figures = measure_serving(clients=chosen.clients, segments=chosen.segments, rounds=chosen.rounds)
    print(render_table(figures))


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A server that runs beside this process."""

    pid: int
    port: int

    @property
    def processor_seconds(self) -> float:
        """What it has used of the cores so far."""
        fields = (Path("/proc") / str(self.pid) / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory_mib(self) -> float:
        """Of its pages in memory."""
        return int((Path("/proc") / str(self.pid) / "statm").read_text().split()[1]) * 4096 / 2**20


def measure_serving(*, clients: int, segments: int, rounds: int) -> list[Figure]:
    """The engine alone, with protection, in batches as large as many clients are, and behind the server."""
    sources = read_sources(segments)
    engine = Opening().open_engine(STUDENT, EN_PT)
    latencies: list[list[float]] = []
    work: dict[str, list[float]] = {"raw": [], "served": []}
    """Segments for a second of a core, which other programs on the machine take nothing from."""

    def alone() -> float:
        before = time.process_time()
        list(engine.inner.translate(sources, decoding=Decoding()))
        work["raw"].append(len(sources) / (time.process_time() - before))
        return len(sources)

    def in_batches() -> float:
        for start in range(0, len(sources), clients):
            list(engine.translate(sources[start : start + clients], decoding=Decoding()))
        return len(sources)

    with served() as server:

        def ask() -> float:
            before = server.processor_seconds
            found = put_load(server, sources, clients=clients)
            work["served"].append(len(sources) / (server.processor_seconds - before))
            latencies.append(sorted(found.latencies))
            return len(sources)

        arms: dict[str, Callable[[], float]] = {
            "raw": alone,
            "protected": lambda: len(list(engine.translate(sources, decoding=Decoding()))),
            "batches": in_batches,
            "served": ask,
        }
        measure_in_turns(arms, rounds=1)
        latencies.clear()
        for warmed in work.values():
            warmed.clear()
        rates = measure_in_turns(arms, rounds=rounds)
    own = [clients / rate for rate in rates["batches"]]
    slowest = [one[int(0.95 * len(one))] for one in latencies]
    what = f"{clients} clients, one segment a request"
    return [
        rate_figure("Serving: CTranslate2 alone, all segments at once", rates["raw"], "segments"),
        ratio_figure(f"Serving: {what}, over CTranslate2 alone", rates["served"], rates["raw"], goal=0.9),
        ratio_figure(
            "… the same for a second of a core, the clients' own left out", work["served"], work["raw"], goal=0.9
        ),
        ratio_figure("… over the same with protection", rates["served"], rates["protected"]),
        ratio_figure(f"… over protected batches of {clients}", rates["served"], rates["batches"]),
        cost_figure(
            "… p95 of a request over such a batch's own time", [1 / s for s in slowest], [1 / o for o in own], goal=2
        ),
    ]


def measure_load(*, minutes: float, clients: int, segments: int) -> list[Figure]:
    """Full load for some minutes: what was not answered, and the server's memory in the first and the last third."""
    sources, memory, stopped = read_sources(segments), list[float](), threading.Event()
    with served() as server:
        put_load(server, sources, clients=clients)

        def watch() -> None:
            while not stopped.wait(1.0):
                memory.append(server.memory_mib)

        watching = threading.Thread(target=watch)
        watching.start()
        found = put_load(server, sources, clients=clients, seconds=60 * minutes)
        stopped.set()
        watching.join()
    third = max(1, len(memory) // 3)
    first, last = statistics.median(memory[:third]), statistics.median(memory[-third:])
    answers = len(found.latencies)
    return [
        Figure(f"{minutes:g} minutes of {clients} clients", f"{answers:,} answers, {answers / found.seconds:,.0f}/s"),
        Figure("… not answered with a translation", f"{found.failed:,}", "0", not found.failed),
        Figure(
            "… memory in the last third over the first",
            f"{last / first:.3f}× ({first:,.0f} → {last:,.0f} MiB, at most {max(memory):,.0f})",
            "≤ 1.05×",
            last <= 1.05 * first,
        ),
    ]


def read_sources(segments: int) -> list[str]:
    """JupyterLab's messages."""
    settings = TextSettings(path="embedded:jupyterlab", limit=segments)
    return [one.text for one in Text("pool", settings, EN_PT).segments()]


@contextmanager
def served(student: str = STUDENT, *options: str) -> Iterator[ServerProcess]:
    """A server as the command starts it."""
    command = [sys.executable, "-m", "tutelage", "serve", student, "--port", "0", "--no-suggestions", *options]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder)
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline().rsplit(":", 1)[1])
            yield ServerProcess(process.pid, port)
        finally:
            process.terminate()
            process.wait()


@dataclass(frozen=True, slots=True)
class Found:
    """What clients found."""

    seconds: float
    latencies: list[float]
    failed: int


def put_load(server: ServerProcess, sources: Sequence[str], *, clients: int, seconds: float = 0.0) -> Found:
    """Ask from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.speed.http_load", str(server.port), "--clients", str(clients)]
    done = subprocess.run(
        [*command, "--seconds", str(seconds)], input=json.dumps(sources), text=True, stdout=subprocess.PIPE, check=True
    )
    return Found(**json.loads(done.stdout))


if __name__ == "__main__":
    main()
