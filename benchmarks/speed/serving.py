"""How near a server with many clients comes to its engine alone, on the same segments in one run.

python -m benchmarks.speed.serving --clients 64 --segments 1000
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx

from tutelage.core.decoding import Decoding
from tutelage.core.languages import Direction
from tutelage.core.recipe import TextSettings
from tutelage.corpora.texts import Text
from tutelage.serving.app import make_app
from tutelage.serving.server import Server
from tutelage.serving.service import Service
from tutelage.serving.students import Opening
from tutelage.serving.translator import Translator

EN_PT = Direction("en", "pt-BR")


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--segments", type=int, default=1000)
    arguments = parser.parse_args(given)
    settings = TextSettings(path="embedded:jupyterlab", limit=arguments.segments)
    sources = [one.text for one in Text("pool", settings, EN_PT).segments()]
    engine = Opening().open_engine("embedded:en-pt", EN_PT)
    list(engine.translate(sources[:50], decoding=Decoding()))
    started = time.perf_counter()
    list(engine.inner.translate(sources, decoding=Decoding()))
    raw = time.perf_counter() - started
    started = time.perf_counter()
    list(engine.translate(sources, decoding=Decoding()))
    guarded = time.perf_counter() - started
    served, latencies = measure(sources, clients=arguments.clients)
    latencies.sort()
    print(f"{len(sources)} segments: engine {raw:.2f} s, with protection {guarded:.2f} s")
    print(f"{arguments.clients} clients, one segment a request: {served:.2f} s, {raw / served:.0%} of the engine alone")
    print(f"latency: median {latencies[len(latencies) // 2]:.3f} s, p95 {latencies[int(len(latencies) * 0.95)]:.3f} s")


def measure(sources: Sequence[str], *, clients: int) -> tuple[float, list[float]]:
    """Seconds for all, and for each."""
    started_up = threading.Event()
    served = Opening().open("embedded:en-pt", EN_PT)
    server = Server(make_app(Service(Translator([served]))), port=0, started=lambda _: started_up.set())
    thread = threading.Thread(target=server.run)
    thread.start()
    started_up.wait()
    latencies: list[float] = []

    def ask(source: str) -> None:
        began = time.perf_counter()
        client.post("/translate", json={"q": source, "source": "en", "target": "pt-BR"}).raise_for_status()
        latencies.append(time.perf_counter() - began)

    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    with httpx.Client(base_url=server.address, timeout=120, limits=limits) as client:
        ask(sources[0])
        latencies.clear()
        started = time.perf_counter()
        with ThreadPoolExecutor(clients) as threads:
            list(threads.map(ask, sources))
        seconds = time.perf_counter() - started
    server.should_exit = True
    thread.join()
    served.queue.close()
    return seconds, latencies


if __name__ == "__main__":
    main()
