"""What the untouched backbone writes: conversations to mix in, and how often it stops at once after a translation."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tutelage.core.decoding import Decoding
from tutelage.core.languages import Direction
from tutelage.core.records import Pair
from tutelage.stages.rehearsal.rationale import whole_sentences
from tutelage.students.chat_writer import ChatWriter

ANSWERING = Decoding(max_target_tokens=90)
LOOK_TOKENS = 8
"""What is decoded to see whether anything follows; some begin with line breaks."""
FORMS = (
    "Explain in two or three sentences what {subject} is good for.",
    "Give me some advice about {subject}.",
    "Write a short paragraph about {subject}.",
    "What should a beginner know about {subject}?",
    "Name three things that one needs for {subject}.",
    "Tell a friend why you like {subject}.",
)
SUBJECTS = (
    "gardening", "swimming", "photography", "knitting", "chess", "hiking", "a diary", "a bicycle", "camping",
    "painting", "a choir", "good shoes", "a calendar", "woodwork", "a balcony", "fishing", "a newspaper", "singing",
    "a campfire", "a long holiday", "a shared kitchen", "a rainy weekend", "a new neighbour", "a vegetable soup",
    "an umbrella",
)  # fmt: skip
"""As many as have no factor in common with the forms, so that going round both meets every pair of them."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """How often nothing was written on after a translation."""

    direction: str
    separator: bool
    stopped: int
    n: int


def list_requests() -> Iterator[str]:
    """Requests about everyday subjects; none is of a kind that the abilities are measured with."""
    for number in range(len(FORMS) * len(SUBJECTS)):
        yield FORMS[number % len(FORMS)].format(subject=SUBJECTS[number % len(SUBJECTS)])


def write_conversations(path: Path, *, student: str, compute_type: str, count: int) -> Path:
    """A file of so many requests with the backbone's own answers, as far as it has whole sentences; made once.

    Where there are fewer requests, they are asked again and the answers are sampled.
    """
    if not path.is_file():
        writer = open_backbone(student, Direction("pt-BR", "en"), compute_type=compute_type, work=path.parent)
        requests = list(list_requests())
        rows: list[dict[str, Any]] = []
        for turn in range(math.ceil(count / len(requests))):
            rows += _converse(writer, requests[: count - turn * len(requests)], turn=turn)
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        _write_whole(path, "\n".join(lines) + "\n")
    return path


def measure_stopping(
    path: Path, pairs: Sequence[Pair], *, student: str, compute_type: str, direction: Direction
) -> list[Stopping]:
    """Out of both directions of the pairs, with a blank line after the translation and without; measured once."""
    if not path.is_file():
        writer = open_backbone(student, direction, compute_type=compute_type, work=path.parent)
        found = [*_stopping(pairs, direction, writer), *_stopping(_turned(pairs), _back(direction), writer)]
        _write_whole(path, json.dumps([asdict(one) for one in found], indent=1))
    return [Stopping(**row) for row in json.loads(path.read_text())]


def open_backbone(
    student: str, direction: Direction, *, compute_type: str, work: Path, folder: Path | None = None
) -> ChatWriter:
    """The backbone and its engine, or what was made of it in `folder`."""
    from tutelage.students.chat_writer import load_chat_student
    from tutelage.students.conversions import conversion_cache
    from tutelage.students.engines.opening import open_causal_engine
    from tutelage.students.loading import locate_student

    loaded = load_chat_student(folder or locate_student(student), direction=direction, fix="Name a chat model.")
    engine = open_causal_engine(loaded, compute_type=compute_type, cache=conversion_cache(run=work))
    return ChatWriter(loaded, engine)


def _converse(writer: ChatWriter, requests: Sequence[str], *, turn: int) -> Iterator[dict[str, Any]]:
    from tutelage.students.engines.answers import Prompt

    prompts = [Prompt((("user", request),)) for request in requests]
    answers = writer.complete(
        prompts, decoding=replace(ANSWERING, sampling_temperature=0.8 if turn else 0.0, seed=turn)
    )
    for request, answer in zip(requests, answers, strict=True):
        text = answer.text.strip() if answer.finished else whole_sentences(answer.text)
        if text:
            turns = (("user", request), ("assistant", text))
            yield {"messages": [{"role": role, "content": content} for role, content in turns]}


def _stopping(pairs: Sequence[Pair], direction: Direction, writer: ChatWriter) -> Iterator[Stopping]:
    from tutelage.students.engines.answers import Prompt
    from tutelage.students.extraction import SEPARATOR

    asked = [writer.student.conversation(pair.source.text, direction) for pair in pairs]
    for separator in (False, True):
        starts = [pair.target.text + (SEPARATOR if separator else "") for pair in pairs]
        prompts = [Prompt(messages, start) for messages, start in zip(asked, starts, strict=True)]
        answers = writer.complete(prompts, decoding=Decoding(max_target_tokens=LOOK_TOKENS))
        stopped = sum(answer.finished and not answer.text.strip() for answer in answers)
        yield Stopping(str(direction), separator, stopped, len(pairs))


def _turned(pairs: Sequence[Pair]) -> list[Pair]:
    return [Pair(pair.target, pair.source) for pair in pairs]


def _back(direction: Direction) -> Direction:
    return Direction(direction.target, direction.source)


def _write_whole(path: Path, text: str) -> None:
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
