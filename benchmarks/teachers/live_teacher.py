"""The live chat model that a script asks: an endpoint, or a GGUF file behind llama.cpp's own server."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tutelage.teachers.chat import ChatSettings, ChatTeacher


def add_teacher_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that `open_teacher` reads."""
    parser.add_argument("--base-url", help="any OpenAI-compatible endpoint; default: a server here")
    parser.add_argument("--model", help="the model's name at the endpoint")
    parser.add_argument("--api-key-env", help="the environment variable with the key")
    parser.add_argument("--gguf", type=Path, help="a file that is served here; default: the embedded SmolLM2")
    parser.add_argument("--slots", type=int, default=4, help="answers that the server here writes at once")
    parser.add_argument("--threads", type=int, default=1, help="of the server here")
    parser.add_argument("--timeout-seconds", type=float, default=600.0, help="longest silence of the server here")


@contextmanager
def open_teacher(chosen: argparse.Namespace) -> Iterator[ChatTeacher]:
    """The endpoint that was named, or a server of its own, which ends with the block."""
    if chosen.base_url:
        settings = ChatSettings(base_url=chosen.base_url, model=chosen.model or "", api_key_env=chosen.api_key_env)
        yield ChatTeacher(settings)
        return
    from tutelage.teachers.servers.llama import LlamaServer

    with LlamaServer(
        chosen.gguf, threads=chosen.threads, slots=chosen.slots, timeout_seconds=chosen.timeout_seconds
    ) as teacher:
        yield teacher
