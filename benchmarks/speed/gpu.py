"""What a GPU does, in one call of under 8 minutes: training beside TRL and Seq2SeqTrainer, decoding by CTranslate2.

    python -m benchmarks.speed.gpu --peer-python PEER/bin/python --out RESULTS
    python -m benchmarks.speed.gpu --on cpu --toy        # every part in tiny form: does the script itself work?

Each part is a process of its own with a limit of time. Its figures are a JSON file in the folder as soon as it ends,
and what it told on the way is in a log beside them, so that a part that fails takes nothing from the others. Without
an environment with TRL (`--peer-python`; causal_training.py says how to make it) ours is measured alone. Nothing is
downloaded: the students and the text are those in the package, unless others are named.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from benchmarks.speed.causal_training import measure_causal_training
from benchmarks.speed.figures import Figure, measure_in_turns, rate_figure, ratio_figure, render_table
from benchmarks.speed.material import choose_pairs, open_seq2seq
from benchmarks.speed.training import measure_training
from tutelage.core.decoding import Decoding
from tutelage.core.machine import usable_cores
from tutelage.students.conversions import conversion_cache
from tutelage.students.engines.ctranslate2_engine import CTranslate2Engine
from tutelage.students.engines.device import VARIABLE


@dataclass(frozen=True, slots=True)
class Size:
    """How much each part does."""

    updates: int
    batch_tokens: int
    examples: int
    segments: int
    rounds: int


SIZES = {
    False: Size(updates=20, batch_tokens=16_384, examples=10_000, segments=4_000, rounds=2),
    True: Size(updates=2, batch_tokens=256, examples=24, segments=24, rounds=1),
}
"""For a GPU, and as a toy."""
LOWER = {"cuda": ("float16", "bfloat16", "int8_float16"), "cpu": ("int8",)}
"""Arithmetic that CTranslate2 is measured in beside float32."""


def measure_causal(chosen: argparse.Namespace, size: Size) -> list[Figure]:
    """LoRA on a chat model beside TRL: tokens a second and peak memory."""
    return measure_causal_training(
        chosen.peer_python, chosen.causal, text=chosen.text, updates=size.updates, batch_tokens=size.batch_tokens,
        rounds=size.rounds, threads=usable_cores(), tunings=("LoRA of rank 16",),
    )  # fmt: skip


def measure_seq2seq(chosen: argparse.Namespace, size: Size) -> list[Figure]:
    """An encoder-decoder beside Seq2SeqTrainer, in bfloat16 and float32."""
    return measure_training(chosen.student, text=chosen.text, examples=size.examples, rounds=size.rounds)


def measure_decoding(chosen: argparse.Namespace, size: Size) -> list[Figure]:
    """CTranslate2 in several arithmetics, and how many outputs are those of float32."""
    student, decoding = open_seq2seq(chosen.student), Decoding()
    sources = [pair.source.text for pair in choose_pairs(chosen.text, size.segments)]
    names = ("float32", *LOWER[chosen.on])
    engines = {
        name: CTranslate2Engine(student, cache=conversion_cache(), compute_type=name, threads=usable_cores())
        for name in names
    }
    outputs = {name: list(engine.translate(sources, decoding=decoding)) for name, engine in engines.items()}
    arms: dict[str, Callable[[], float]] = {
        name: lambda engine=engine: len(list(engine.translate(sources, decoding=decoding)))  # type: ignore[misc]
        for name, engine in engines.items()
    }
    rates = measure_in_turns(arms, rounds=size.rounds)
    figures = [
        rate_figure(f"decoding on {chosen.on}, CTranslate2 in {name}", rates[name], "segments") for name in names
    ]
    for name in LOWER[chosen.on]:
        same = sum(one == other for one, other in zip(outputs[name], outputs["float32"], strict=True))
        figures.append(ratio_figure(f"decoding on {chosen.on}, {name} : float32", rates[name], rates["float32"]))
        figures.append(Figure(f"outputs of {name} that are those of float32", f"{same} of {len(sources)}"))
    return figures


@dataclass(frozen=True, slots=True)
class Part:
    """One part, and the seconds that it may take."""

    measure: Callable[[argparse.Namespace, Size], list[Figure]]
    seconds: int


PARTS = {
    "causal": Part(measure_causal, 210),
    "seq2seq": Part(measure_seq2seq, 150),
    "decoding": Part(measure_decoding, 90),
}
"""Together under 8 minutes."""


def run_parts(arguments: list[str], out: Path, *, device: str, patience: float) -> dict[str, Any]:
    """What each part found, or why it failed; written as it comes. `patience` times its seconds are given to each."""
    found: dict[str, Any] = {}
    for name, part in PARTS.items():
        seconds = part.seconds * patience
        print(f"{name}: at most {seconds:.0f} s …", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", "benchmarks.speed.gpu", *arguments, "--part", name]
        if failed := _run(command, out / f"{name}.log", device=device, seconds=seconds):
            text = json.dumps({"failed": f"{failed}; see {name}.log"})
            (out / f"{name}.json").write_text(text, encoding="utf-8")
        found[name] = json.loads((out / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _run(command: list[str], log: Path, *, device: str, seconds: float) -> str | None:
    """Why it failed, if it did; what it started ends with it, or the next part would share the GPU."""
    with log.open("w", encoding="utf-8") as stream:
        environment = {**os.environ, VARIABLE: device}
        part = subprocess.Popen(command, env=environment, stdout=stream, stderr=stream, start_new_session=True)
        try:
            status = part.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(part.pid, signal.SIGKILL)
            part.wait()
            return f"it took more than {seconds:.0f} s"
    return None if status == 0 else f"exit status {status}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--toy", action="store_true", help="every part in tiny form, whose figures say nothing")
    parser.add_argument("--causal", default="embedded:smollm2", help="chat model that is trained with LoRA")
    parser.add_argument("--student", default="embedded:en-pt", help="encoder-decoder that is trained and decoded")
    parser.add_argument("--text", type=Path, help="bilingual text; default: as of the other speed benchmarks")
    parser.add_argument("--peer-python", type=Path, help="Python of an environment with trl")
    parser.add_argument("--out", type=Path, default=Path("gpu-results"))
    parser.add_argument("--part", choices=list(PARTS), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.on == "cuda" and not torch.cuda.is_available():
        raise SystemExit(
            "This machine has no CUDA GPU that torch can use; --on cpu --toy tries the script without one."
        )
    chosen.out.mkdir(parents=True, exist_ok=True)
    if chosen.part is not None:
        figures = PARTS[chosen.part].measure(chosen, SIZES[chosen.toy])
        text = json.dumps({"figures": [asdict(figure) for figure in figures]}, indent=1)
        (chosen.out / f"{chosen.part}.json").write_text(text, encoding="utf-8")
        return
    found = run_parts(sys.argv[1:], chosen.out, device=chosen.on, patience=1.0 if chosen.on == "cuda" else 5.0)
    figures = [Figure(**figure) for one in found.values() for figure in one.get("figures", [])]
    failed = {name: one["failed"] for name, one in found.items() if "failed" in one}
    machine = torch.cuda.get_device_name() if chosen.on == "cuda" else "no GPU"
    warning = "a toy, whose figures say nothing; " if chosen.toy else ""
    table = f"{warning}{machine}; {render_table(figures)}\n"
    (chosen.out / "table.md").write_text(table, encoding="utf-8")
    print(table)
    if failed:
        raise SystemExit("\n".join(f"{name}: {reason}" for name, reason in failed.items()))


if __name__ == "__main__":
    main()
