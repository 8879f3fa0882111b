"""How long a training on very many examples takes to begin, and how much memory it takes.

    python -m benchmarks.speed.large_training --examples 1000000

Every size runs in a process of its own, twice: the first time the examples are tokenised into files, and the second
time, as after a kill or in another process, these are mapped. Both times the whole plan of one epoch is made and 100
updates' batches are drawn from it, but nothing is computed on them. Letters stand in for a student's tokens.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from benchmarks.speed.figures import Figure, render_table
from benchmarks.speed.memory import measured_apart, peak_mebibytes
from tutelage.core.records import Example
from tutelage.core.settings import TrainSettings
from tutelage.core.training import EncodedExample, EncodedSample
from tutelage.training.collation import Collator, make_loader
from tutelage.training.token_folder import kept_tokens
from tutelage.training.tokenised import tokenise
from tutelage.training.train import count_tokens, plan_run

SHARES = (0.1, 1.0)
BATCHES = 100


class Letters:
    """Encodes each letter as a token."""

    def encode_examples(
        self, examples: Sequence[Example], *, max_source_tokens: int, max_target_tokens: int, conflicts: bool = False
    ) -> list[EncodedExample]:
        """Ids of each example, which has no conflict."""
        del conflicts
        return [
            EncodedExample(
                EncodedSample(
                    list(one.source.encode()[:max_source_tokens]), list(one.target.encode()[:max_target_tokens])
                )
            )
            for one in examples
        ]


def measure_large_training(examples: int) -> list[Figure]:
    """Seconds to the first batch and peak memory, for a tenth and for all of the examples."""
    figures = []
    for share in SHARES:
        count = int(examples * share)
        with tempfile.TemporaryDirectory() as folder:
            for what in ("first start", "later start"):
                found = _measure(Path(folder) / "tokens", count)
                figures += [
                    Figure(f"{what}, {count:,} examples, to the first batch", f"{found['seconds']:.1f} s"),
                    Figure(
                        f"{what}, {count:,} examples, memory",
                        f"{found['own']:,.0f} MiB of its own in training; peak {found['mebibytes']:,.0f} MiB with what "
                        "is mapped of the files",
                    ),
                ]
    return figures


def _measure(folder: Path, count: int) -> dict[str, float]:
    return measured_apart("benchmarks.speed.large_training", "--child", folder, "--examples", count)


def _examples(count: int) -> Iterator[Example]:
    for number in range(count):
        text = "open the file " * (1 + number % 3)
        yield Example(str(number), "translate", "en", "pt", f"{text}{number}", f"{number} {text}")


def _run_child(folder: Path, count: int) -> None:
    began = time.perf_counter()
    settings = TrainSettings(epochs=1)
    tokens = kept_tokens(
        folder,
        lambda aside: tokenise(_examples(count), Letters(), max_source_tokens=64, max_target_tokens=64, folder=aside),
    )
    batches = plan_run(tokens, settings, seed=1)
    count_tokens(batches, tokens, settings.accumulation)
    loader = iter(make_loader(batches, Collator(tokens, 0)))
    next(loader)
    seconds = time.perf_counter() - began
    for _ in islice(loader, BATCHES):
        pass
    print(json.dumps({"seconds": seconds, "mebibytes": peak_mebibytes(), "own": _own_mebibytes()}))


def _own_mebibytes() -> float:
    """Resident memory that is no mapped file, which the system takes back when it likes; 0 where it is not told."""
    status = Path("/proc/self/status")
    return int(status.read_text().partition("RssAnon:")[2].split()[0]) / 1024 if status.is_file() else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=1_000_000)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child is not None:
        _run_child(chosen.child, chosen.examples)
    else:
        print(render_table(measure_large_training(chosen.examples)))


if __name__ == "__main__":
    main()
