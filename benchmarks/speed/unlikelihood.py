"""What a training step with unlikelihood costs beside one of plain likelihood on the same number of sequences.

    python -m benchmarks.speed.unlikelihood --student embedded:en-pt --examples 300 --rounds 5

Both arms train the same student on the same batches, step by step; plain likelihood takes the conflicting sequences
for true ones. The first update of each round is not counted. A conflicting sample is the same source behind a language
mark, so that a student of one direction can be measured too: what it costs does not depend on what it says.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from benchmarks.speed.figures import Figure, cost_figure, rate_figure, render_table
from benchmarks.speed.material import DIRECTION, MANY, add_arguments, choose_pairs
from tutelage.core.machine import usable_cores
from tutelage.core.protocols import Silence
from tutelage.core.records import Example
from tutelage.core.settings import TrainSettings
from tutelage.core.training import EncodedExample, Unlikelihood
from tutelage.stages.student import example_of
from tutelage.stages.student_objective import Objective, student_objective
from tutelage.students.kinds.kind import AnyStudent
from tutelage.students.loading import load_student
from tutelage.training.tokenised import ExampleEncoder, TokenisedExamples, tokenise
from tutelage.training.train import TrainingData, train

MARK = "French:"
GOAL = 1.05
MOST_TOKENS = 256
"""Of a source, and of a target."""
MANY_UPDATES = 1_000_000
"""No checkpoint before."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A student whose conflicting samples are the same sources behind a mark."""

    student: AnyStudent

    def encode_examples(
        self, examples: Sequence[Example], *, max_source_tokens: int, max_target_tokens: int, conflicts: bool = False
    ) -> list[EncodedExample]:
        """Ids of the examples, and of the marked ones as their conflicting samples."""
        encode = partial(
            self.student.encode_examples, max_source_tokens=max_source_tokens, max_target_tokens=max_target_tokens
        )
        true, wrong = encode(examples), encode([marked(one) for one in examples])
        return [
            EncodedExample(one.true, other.true if conflicts else None) for one, other in zip(true, wrong, strict=True)
        ]


@dataclass(slots=True)
class Clock(Silence):
    """Time and tokens of the updates after the first."""

    moments: list[tuple[float, float, int]] = field(default_factory=list)

    def advance(self, count: int = 1, **_: float) -> None:
        """One update is done."""
        self.moments.append((time.perf_counter(), time.process_time(), count))

    def rates(self) -> tuple[float, float]:
        """Target tokens for a second on the wall, and of processor time."""
        (began, began_cpu, _), (ended, ended_cpu, _) = self.moments[0], self.moments[-1]
        tokens = sum(count for _, _, count in self.moments[1:])
        return tokens / (ended - began), tokens / (ended_cpu - began_cpu)


def tokenise_within(
    examples: Sequence[Example], encoder: ExampleEncoder, *, conflicts: bool = False
) -> TokenisedExamples:
    """The examples, encoded within the benchmarks' limits."""
    return tokenise(
        examples, encoder, max_source_tokens=MOST_TOKENS, max_target_tokens=MOST_TOKENS, conflicts=conflicts
    )


def measure_unlikelihood(name: str, *, text: Path | None, examples: int, rounds: int) -> list[Figure]:
    """Rates of both arms, and what ours costs beside the plain one."""
    student = load_student(name, direction=DIRECTION)
    chosen = [example_of(pair, kind="parallel") for pair in choose_pairs(text, examples, name=MANY)]
    pairs = tokenise_within(chosen, Marked(student), conflicts=True)
    ours = student_objective(student.states, label_smoothing=TrainSettings().label_smoothing)
    arms = {"plain": _arm(student, pairs, _all_likely(ours)), "ours": _arm(student, pairs, ours)}
    wall: dict[str, list[float]] = {arm: [] for arm in arms}
    cpu: dict[str, list[float]] = {arm: [] for arm in arms}
    for _ in range(rounds):
        for arm, work in arms.items():
            rate, cpu_rate = work()
            wall[arm].append(rate)
            cpu[arm].append(cpu_rate)
    what = f"cost of a step with unlikelihood : plain likelihood, same {2 * examples} sequences"
    figures = [
        rate_figure("training, plain likelihood", wall["plain"], "target tokens"),
        rate_figure("training, likelihood + unlikelihood", wall["ours"], "target tokens"),
        cost_figure(what, wall["ours"], wall["plain"], goal=GOAL),
    ]
    if not torch.accelerator.is_available():
        figures.append(cost_figure(f"{what}, in processor time", cpu["ours"], cpu["plain"]))
    return figures


def marked(example: Example) -> Example:
    return replace(example, id=f"{example.id}:marked", source=f"{MARK} {example.source}")


def _all_likely(objective: Objective) -> Objective:
    return lambda model, batch: objective(model, {key: value for key, value in batch.items() if key != "unlikely"})


def _arm(student: AnyStudent, pairs: TokenisedExamples, objective: Objective) -> Callable[[], tuple[float, float]]:
    data = TrainingData(pairs, None, student.tokenizer.pad_token_id, packed=student.packed)
    shared: dict[str, Any] = {
        "settings": TrainSettings(epochs=1, save_every=MANY_UPDATES), "seed": 1, "unlikelihood": Unlikelihood(),
    }  # fmt: skip

    def work() -> tuple[float, float]:
        clock = Clock()
        with tempfile.TemporaryDirectory() as folder:
            train(student.model, data, objective=objective, checkpoints=Path(folder), progress=clock, **shared)
        return clock.rates()

    return work


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--examples", type=int, default=300, help="true samples; as many conflicting ones come to them")
    parser.add_argument("--threads", type=int, default=usable_cores())
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    figures = measure_unlikelihood(chosen.student, text=chosen.text, examples=chosen.examples, rounds=chosen.rounds)
    print(render_table(figures))


if __name__ == "__main__":
    main()
