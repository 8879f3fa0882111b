"""Our calling engine and bespokelabs-curator on the same chat server, in turns.

    python -m venv PEER && PEER/bin/pip install bespokelabs-curator
    python -m benchmarks.speed.labelling_peer --peer-python PEER/bin/python

The peer needs an environment of its own, since it brings litellm and more. Both ask the same questions, 64 in flight,
of a server that answers after 200 ms. Ours writes each answer to its ledger and checks it against a schema, the peer
writes its own cache. Start-up and imports of both are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

from benchmarks.speed.chat_server import chat_server
from benchmarks.speed.figures import Figure, ratio_figure, render_table
from benchmarks.speed.teacher_calls import CONCURRENCY, LATENCY_SECONDS, OneWord, Question, measure_calls

CLIENT = Path(__file__).with_name("curator_client.py")


def measure_peer(python: Path, *, calls: int, rounds: int) -> list[Figure]:
    """Answers a second and processor time a call of both, medians over the rounds, and their ratio."""
    ours, theirs = [], []
    with chat_server(latency_seconds=LATENCY_SECONDS) as url:
        for _ in range(rounds):
            mine = measure_calls(url, calls=calls)
            ours.append((mine.rate, mine.processor_seconds / mine.calls))
            theirs.append(_ask_peer(python, url, calls=calls))
    ideal = CONCURRENCY / LATENCY_SECONDS
    return [
        *(_figure(name, found, ideal) for name, found in (("ours", ours), ("curator", theirs))),
        ratio_figure("ours : curator, answers", [rate for rate, _ in ours], [rate for rate, _ in theirs]),
    ]


def _figure(name: str, found: list[tuple[float, float]], ideal: float) -> Figure:
    rate, cost = (statistics.median(column) for column in zip(*found, strict=True))
    return Figure(
        f"{name}: answers, 200 ms each, 64 in flight",
        f"{rate:,.0f}/s, {rate / ideal:.0%} of {ideal:,.0f}/s; processor {1000 * cost:.1f} ms a call",
    )


def _ask_peer(python: Path, url: str, *, calls: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        questions = Path(folder) / "questions.jsonl"
        role = OneWord()
        rows = ({"id": str(n), "prompt": role.render(Question(str(n)))[0].content} for n in range(calls))
        questions.write_text("".join(json.dumps(row) + "\n" for row in rows))
        options = ["--url", url, "--questions", str(questions), "--in-flight", str(CONCURRENCY), "--cache", folder]
        # it asks whether to phone home while it is imported
        environment = {**os.environ, "TELEMETRY_ENABLED": "false"}
        command = [str(python), str(CLIENT), *options]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found = json.loads(done.stdout.splitlines()[-1])
    if found["calls"] != calls:
        raise SystemExit(f"The peer answered {found['calls']} of {calls} questions.")
    return calls / found["seconds"], found["processor_seconds"] / calls


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", type=Path, required=True, help="Python of an environment with curator")
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    print(render_table(measure_peer(chosen.peer_python, calls=chosen.calls, rounds=chosen.rounds)))


if __name__ == "__main__":
    main()
