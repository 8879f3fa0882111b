"""The scripted server as a process: prints its address on stdout and serves until it is ended.

    PYTHONPATH=tests python -m scripted.serve --key answers.json --port 0
    PYTHONPATH=tests python -m scripted.serve --key answers.json --latency 0.2 --capacity 40 --misbehave drop=0.01

Without a key every text field of an answer is the delimited text of the question: enough to measure speed.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from scripted.answer_key import read_key
from scripted.batches import BatchPlan
from scripted.keyed_teacher import KeyedTeacher
from scripted.llm import ScriptedLlm
from scripted.misbehaving import Mischief
from scripted.misbehaviour import Misbehave, behave
from scripted.questions import read_properties, read_question
from tutelage.core.errors import UsageError, UserError


class Echo:
    """Says the question's text again, in every field of the schema."""

    def __call__(self, messages: list[dict[str, str]]) -> str:
        return self.answer_request({"messages": messages})

    def answer_request(self, body: dict[str, Any]) -> str:
        """The first delimited part, or else the last message."""
        text = next(iter(read_question(body).parts.values()), body["messages"][-1]["content"])
        return json.dumps(dict.fromkeys(sorted(read_properties(body)), text), ensure_ascii=False)


def main() -> int:
    """Serve until SIGINT or SIGTERM; 2 for wrong arguments."""
    options = _parser().parse_args()
    try:
        llm = open_server(options)
    except UserError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with llm:
        print(llm.base_url, flush=True)
        ended.wait()
    return 0


def open_server(options: argparse.Namespace) -> ScriptedLlm:
    """The server that the options describe, not started yet; its key is read and indexed."""
    script: Any = Echo()
    if options.key is not None:
        script = KeyedTeacher(read_key(options.key), right_from=options.right_from)
        script.lookup.aligner  # noqa: B018 - made now, so that the first question does not wait for it
    return ScriptedLlm(
        script,
        misbehave=read_mischief(options.misbehave, seed=options.seed),
        latency_seconds=options.latency,
        capacity=options.capacity,
        retry_after=options.retry_after,
        batch=BatchPlan(polls=options.batch_polls),
        port=options.port,
        keep=False,
    )


def read_mischief(text: str, *, seed: int) -> Misbehave:
    """`busy=0.05,drop=0.01` as mischief; UsageError where it is not of that form."""
    if not text:
        return behave
    try:
        shares = {kind.strip(): float(share) for kind, share in (item.split("=") for item in text.split(","))}
    except ValueError as error:
        raise UsageError(f"'{text}' is not of the form kind=share,kind=share.", where="--misbehave") from error
    return Mischief(shares, seed=seed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="A chat server that answers by an answer key.")
    parser.add_argument("--key", type=Path, help="answer key (JSON, see answer_key.py)")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every answer takes")
    parser.add_argument("--capacity", type=int, help="requests at a time; those beyond get 429")
    parser.add_argument("--retry-after", default="", help="header of these 429")
    parser.add_argument("--right-from", type=float, default=1.0, help="agreement from which a hypothesis is right")
    parser.add_argument("--misbehave", default="", help="shares of misbehaviours: busy=0.05,drop=0.01")
    parser.add_argument("--batch-polls", type=int, default=1, help="polls after which a batch is done")
    parser.add_argument("--seed", type=int, default=0, help="of the misbehaviours")
    return parser


if __name__ == "__main__":
    sys.exit(main())
