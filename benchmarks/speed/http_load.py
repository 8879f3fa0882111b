"""Clients of a server, as light as they can be: what they cost is not the server's.

python -m benchmarks.speed.http_load PORT --clients 64 < texts.json, in a process of its own
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import cycle


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=0.0, help="go round the texts so long; 0 asks each once")
    chosen = parser.parse_args(given)
    texts = json.load(sys.stdin)
    load = Load(chosen.port, texts, chosen.seconds)
    print(json.dumps(asyncio.run(load.run(chosen.clients))))


class Load:
    """Requests of one text each, over connections that are kept."""

    def __init__(self, port: int, texts: Sequence[str], seconds: float) -> None:
        self._port, self._seconds = port, seconds
        self._requests = [_request(port, text) for text in texts]
        self._latencies: list[float] = []
        self._failed = 0

    async def run(self, clients: int) -> dict[str, object]:
        """Seconds for all, and for each, and how many were not answered with a translation."""
        began = time.perf_counter()
        todo = self._todo(began)
        await asyncio.gather(*(self._ask(todo) for _ in range(clients)))
        return {"seconds": time.perf_counter() - began, "latencies": self._latencies, "failed": self._failed}

    def _todo(self, began: float) -> Iterator[bytes]:
        for request in cycle(self._requests) if self._seconds else self._requests:
            if self._seconds and time.perf_counter() - began > self._seconds:
                return
            yield request

    async def _ask(self, todo: Iterator[bytes]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        for request in todo:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
            self._latencies.append(time.perf_counter() - began)
            self._failed += not (head.startswith(b"HTTP/1.1 200 ") and b'"translatedText":"' in body)
        writer.close()


def _request(port: int, text: str) -> bytes:
    body = json.dumps({"q": text, "source": "en", "target": "pt-BR"}).encode()
    head = f"POST /translate HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


if __name__ == "__main__":
    main()
