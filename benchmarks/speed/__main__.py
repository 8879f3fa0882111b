"""All speed benchmarks in one run, as one Markdown table: what `make bench` prints.

python -m benchmarks.speed --student embedded:en-pt
"""

from __future__ import annotations

import argparse
import sys

import torch

from benchmarks.speed.decoding import measure_decoding
from benchmarks.speed.figures import render_table
from benchmarks.speed.ledger import measure_ledger
from benchmarks.speed.material import add_arguments
from benchmarks.speed.memory import measure_memory
from benchmarks.speed.serving import measure_serving
from benchmarks.speed.syntax import measure_syntax
from benchmarks.speed.teacher_calls import measure_teacher_calls
from benchmarks.speed.training import measure_training
from benchmarks.speed.unlikelihood import measure_unlikelihood
from tutelage.core.machine import usable_cores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--threads", type=int, default=usable_cores())
    parser.add_argument("--segments", type=int, default=400, help="decoded")
    parser.add_argument("--examples", type=int, default=1500, help="trained on")
    parser.add_argument("--memory-segments", type=int, default=1_000_000)
    parser.add_argument("--ledger-rows", type=int, default=1_000_000)
    parser.add_argument("--tree-pairs", type=int, default=10_000)
    parser.add_argument("--call-seconds", type=float, default=60.0, help="that each chat server is asked")
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    print("decoding …", file=sys.stderr)
    figures = measure_decoding(
        chosen.student, text=chosen.text, segments=chosen.segments, rounds=chosen.rounds, threads=chosen.threads
    )
    print("training …", file=sys.stderr)
    figures += measure_training(chosen.student, text=chosen.text, examples=chosen.examples, rounds=chosen.rounds)
    print("unlikelihood …", file=sys.stderr)
    figures += measure_unlikelihood(chosen.student, text=chosen.text, examples=300, rounds=chosen.rounds)
    print("memory …", file=sys.stderr)
    figures += measure_memory(text=chosen.text, segments=chosen.memory_segments, translation=True)
    print("ledger …", file=sys.stderr)
    figures += measure_ledger(rows=chosen.ledger_rows)
    print("syntactic distance …", file=sys.stderr)
    figures += measure_syntax(text=None, sentences=0, pairs=chosen.tree_pairs, rounds=chosen.rounds)
    print("serving …", file=sys.stderr)
    figures += measure_serving(clients=64, segments=chosen.segments, rounds=chosen.rounds)
    print("teacher calls …", file=sys.stderr)
    figures += measure_teacher_calls(seconds=chosen.call_seconds)
    print(render_table(figures))


if __name__ == "__main__":
    main()
