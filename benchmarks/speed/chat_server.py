"""A chat server that answers every question alike after a fixed time, cheap enough to measure clients against.

    python -m benchmarks.speed.chat_server --latency 0.2 --capacity 40

Prints its address and serves until it is ended. Requests beyond the capacity get 429 at once. With `--echo MARK` it
answers with what stands between <MARK> and </MARK> in the question.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ANSWER: dict[str, Any] = {
    "id": "answer",
    "object": "chat.completion",
    "created": 0,
    "model": "measured",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": '{"word": "yes"}'}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 250, "completion_tokens": 6, "total_tokens": 256},
}


@contextmanager
def chat_server(
    *, latency_seconds: float, capacity: int | None = None, retry_after: str = "", echo: str = ""
) -> Iterator[str]:
    """The server in a process of its own; gives the address."""
    command = [sys.executable, "-m", "benchmarks.speed.chat_server"]
    command += ["--latency", str(latency_seconds), "--retry-after", retry_after, "--echo", echo]
    if capacity is not None:
        command += ["--capacity", str(capacity)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds before each answer")
    parser.add_argument("--capacity", type=int, help="requests answered at a time; default: any number")
    parser.add_argument("--retry-after", default="", help="header of refusals; default: none")
    parser.add_argument("--echo", default="", help="the mark around what is answered; default: always the same")
    asyncio.run(_serve(parser.parse_args()))


async def _serve(chosen: argparse.Namespace) -> None:
    good = _reply("200 OK", ANSWER)
    busy = _reply("429 Too Many Requests", {"error": {"message": "too many requests"}}, retry_after=chosen.retry_after)
    under_way = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal under_way
        try:
            while question := await _read_request(reader):
                if chosen.capacity is not None and under_way >= chosen.capacity:
                    writer.write(busy)
                    continue
                under_way += 1
                try:
                    await asyncio.sleep(chosen.latency)
                finally:
                    under_way -= 1
                writer.write(_reply("200 OK", _answer(_marked(question, chosen.echo))) if chosen.echo else good)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1000)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


def _marked(body: bytes, mark: str) -> str:
    """What stands between the marks in the last message."""
    question = str(json.loads(body)["messages"][-1]["content"])
    return question.rpartition(f"<{mark}>")[2].partition(f"</{mark}>")[0].strip("\n")


def _answer(text: str) -> object:
    (choice,) = ANSWER["choices"]
    return {**ANSWER, "choices": [{**choice, "message": {"role": "assistant", "content": text}}]}


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    """The body of one request."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    return await reader.readexactly(int(length))


def _reply(status: str, body: object, *, retry_after: str = "") -> bytes:
    data = json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n"
    return (head + (f"Retry-After: {retry_after}\r\n" if retry_after else "") + "\r\n").encode() + data


if __name__ == "__main__":
    main()
