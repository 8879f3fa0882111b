"""How many calls a second the calling engine gets out of a chat server, beside what the server could give.

    python -m benchmarks.speed.teacher_calls --seconds 60
    python -m benchmarks.speed.teacher_calls --seconds 300          (the goals of the refusing server, as stated)

The server runs in a process of its own on the loopback and answers after 200 ms. With 64 calls in flight 320 answers a
second are ideal; a server that refuses (429) beyond 40 requests can give 200. Every answer is written to a ledger. The
client's library is imported before; the first connections and the last answers are in the figures.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openai  # noqa: F401 - takes most of a second, once
from pydantic import BaseModel, ConfigDict

from benchmarks.speed.chat_server import chat_server
from benchmarks.speed.figures import Figure, render_table
from tutelage.storage.ledger import Ledger
from tutelage.teachers.calling.asking import ask
from tutelage.teachers.chat import ChatSettings, ChatTeacher
from tutelage.teachers.messages import Message, delimit

LATENCY_SECONDS = 0.2
CONCURRENCY = 64
CAPACITY = 40


class Word(BaseModel):
    """The answer that is asked for."""

    model_config = ConfigDict(extra="forbid")

    word: str


@dataclass(frozen=True, slots=True)
class Question:
    """An item; its text is about as long as a question about a sentence."""

    id: str

    @property
    def text(self) -> str:
        """Unlike any other item's, so that nothing is found in the ledger."""
        return f"{self.id}: {'a sentence that is neither long nor short, ' * 20}"


class OneWord:
    """A role."""

    name, prompt_version, schema, temperature, max_tokens = "word", "word-1", Word, 0.0, 100

    def render(self, item: Question) -> list[Message]:
        """The delimited text."""
        return [Message("user", f"Say one word about it.\n\n{delimit(item.text)}")]

    def verify(self, item: Question, answer: Any) -> str | None:  # noqa: ARG002
        """Anything will do."""
        return None


@dataclass(frozen=True, slots=True)
class Measured:
    """One run against a server."""

    calls: int
    seconds: float
    processor_seconds: float
    longest_gap_seconds: float

    @property
    def rate(self) -> float:
        """Answers a second over the whole run, start and end included."""
        return self.calls / self.seconds


def measure_teacher_calls(*, seconds: float) -> list[Figure]:
    """Both servers, about `seconds` each."""
    return [
        *_compare("answers, 200 ms each, 64 in flight", CONCURRENCY, seconds=seconds, goal=0.95),
        *_compare("answers, refused beyond 40", CAPACITY, seconds=seconds, goal=0.85, capacity=CAPACITY),
        *_compare(
            "answers, refused beyond 40 with Retry-After: 1",
            CAPACITY,
            seconds=seconds,
            goal=0.85,
            capacity=CAPACITY,
            retry_after="1",
        ),
    ]


def _compare(
    what: str, at_a_time: int, *, seconds: float, goal: float, capacity: int | None = None, retry_after: str = ""
) -> Iterator[Figure]:
    ideal = at_a_time / LATENCY_SECONDS
    with chat_server(latency_seconds=LATENCY_SECONDS, capacity=capacity, retry_after=retry_after) as url:
        measured = measure_calls(url, calls=int(ideal * seconds))
    share = measured.rate / ideal
    yield Figure(what, f"{measured.rate:,.0f}/s, {share:.1%} of {ideal:,.0f}/s", f"≥ {goal:.0%}", reached=share >= goal)
    gap = measured.longest_gap_seconds
    yield Figure(f"{what}: longest time without an answer", f"{gap:.2f} s", "≤ 5 s", reached=gap <= 5)
    cost = measured.processor_seconds / measured.calls
    yield Figure(f"{what}: processor time of a call", f"{1000 * cost:.2f} ms")


def measure_calls(url: str, *, calls: int) -> Measured:
    """Our engine on one server, each answer into a new ledger."""
    settings = ChatSettings(base_url=url, model="measured", concurrency=CONCURRENCY, max_concurrency=CONCURRENCY)
    questions = (Question(str(number)) for number in range(calls))
    with tempfile.TemporaryDirectory() as folder, Ledger.open(Path(folder) / "ledger.sqlite") as ledger:
        outcomes = ask(OneWord(), questions, teacher=ChatTeacher(settings), ledger=ledger)
        began, processor_began = time.perf_counter(), time.process_time()
        last, gap = began, 0.0
        for _ in outcomes:
            now = time.perf_counter()
            last, gap = now, max(gap, now - last)
        return Measured(calls, last - began, time.process_time() - processor_began, gap)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="that each server is asked")
    print(render_table(measure_teacher_calls(seconds=parser.parse_args().seconds)))


if __name__ == "__main__":
    main()
