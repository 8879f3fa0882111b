"""Training speed and peak memory of our causal trainer beside TRL's `SFTTrainer`, in turns.

    python -m venv PEER && PEER/bin/pip install -c constraints.txt torch trl peft
    python -m benchmarks.speed.causal_training --peer-python PEER/bin/python

Same model, same token ids with a loss on the responses alone, same budget of tokens for a batch, same precision, same
number of updates, no gradient checkpointing, with a LoRA adapter and with all weights trained. Each side runs in a
process of its own; loading, tokenising and the first update are not counted. Tokens are those of the data: prompts and
responses, without padding. TRL runs with its packing, and once without it, with as many examples in a batch as ours
hold on average. Where other work shares the processor, look at the ratios in processor time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.speed.figures import Figure, ratio_figure, render_table
from benchmarks.speed.material import DIRECTION, MANY, add_arguments, choose_pairs
from benchmarks.speed.trl_client import describe
from benchmarks.speed.unlikelihood import MANY_UPDATES, Clock, tokenise_within
from tutelage.core.machine import usable_cores
from tutelage.core.records import Example
from tutelage.core.settings import LoraSettings, TrainSettings
from tutelage.stages.student import example_of
from tutelage.stages.tuning import tune_student
from tutelage.students.loading import load_student, locate_student
from tutelage.training.train import plan_run, wants_bfloat16

CLIENT = Path(__file__).with_name("trl_client.py")
ARMS = {"ours": "ours", "packed": "TRL, packing", "padded": "TRL, no packing"}
TUNINGS = {"LoRA of rank 16": LoraSettings(), "all weights": None}
GOAL_CPU, GOAL_GPU = 1.2, 1.0
PAIRS_PER_THOUSAND_TOKENS = 40
"""More than a batch can hold: a prompt alone has some 40 tokens."""
SEED = 1


@dataclass(frozen=True, slots=True)
class Job:
    """One training as both sides are told it."""

    student: str
    text: str | None
    pairs: int
    folder: str
    """Of the student's weights."""
    examples: str
    """The same examples for TRL, as JSON Lines: `input_ids` and `completion_mask`."""
    lora: dict[str, Any] | None
    batch_tokens: int
    examples_per_batch: int
    updates: int
    threads: int
    bfloat16: bool
    learning_rate: float
    packing: bool = True

    @property
    def settings(self) -> TrainSettings:
        """Ours, with the loss as TRL has it, without smoothing."""
        return TrainSettings(
            batch_tokens=self.batch_tokens, max_updates=self.updates, label_smoothing=0.0, save_every=MANY_UPDATES,
            learning_rate=self.learning_rate, lora=None if self.lora is None else LoraSettings(**self.lora),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the updates after the first took, and the peak of the process."""

    tokens: int
    response_tokens: int
    seconds: float
    processor_seconds: float
    mebibytes: float

    @property
    def rate(self) -> float:
        """Tokens of the data for a second."""
        return self.tokens / self.seconds

    @property
    def processor_rate(self) -> float:
        """The same for a second of processor time."""
        return self.tokens / self.processor_seconds


Measured = dict[str, list[Outcome]]
"""By arm, a list over rounds."""


def measure_causal_training(
    python: Path | None,
    name: str,
    *,
    text: Path | None,
    updates: int,
    batch_tokens: int,
    rounds: int,
    threads: int,
    tunings: Sequence[str] = tuple(TUNINGS),
) -> list[Figure]:
    """Rates and peaks of ours and of TRL (in the environment of `python`), and the ratios, for each tuning.

    Without `python` ours alone.
    """
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        job = _prepare(name, text, updates, batch_tokens, threads, Path(folder))
        for tuning in tunings:
            lora = TUNINGS[tuning]
            told = replace(job, lora=None if lora is None else lora.model_dump(mode="json"))
            measured: Measured = {arm: [] for arm in ARMS if python is not None or arm == "ours"}
            for _ in range(rounds):
                for arm, outcomes in measured.items():
                    outcomes.append(_run(arm, told, python, Path(folder)))
                    print(f"{tuning}, {ARMS[arm]}: {outcomes[-1]}", file=sys.stderr)
            figures += _figures(tuning, measured)
    return figures


def _prepare(name: str, text: Path | None, updates: int, batch_tokens: int, threads: int, folder: Path) -> Job:
    """The job, once what ours will train on is planned and written for TRL."""
    job = Job(
        name, None if text is None else str(text), PAIRS_PER_THOUSAND_TOKENS * updates * batch_tokens // 1000,
        str(locate_student(name)), str(folder / "examples.jsonl"), None, batch_tokens, 0, updates, threads,
        wants_bfloat16("auto"), TrainSettings().learning_rate,
    )  # fmt: skip
    student = load_student(name, direction=DIRECTION)
    tokenised = tokenise_within(_examples(job), student)
    batches = plan_run(tokenised, job.settings, seed=SEED, packed=True)
    with Path(job.examples).open("w", encoding="utf-8") as stream:
        for index in np.concatenate(batches):
            prompt, response = tokenised.source(index).tolist(), tokenised.target(index).tolist()
            row = {"input_ids": prompt + response, "completion_mask": [0] * len(prompt) + [1] * len(response)}
            stream.write(json.dumps(row) + "\n")
    return replace(job, examples_per_batch=round(sum(map(len, batches)) / len(batches)))


def _examples(job: Job) -> list[Example]:
    text = None if job.text is None else Path(job.text)
    return [example_of(pair, kind="parallel") for pair in choose_pairs(text, job.pairs, name=MANY)]


def _run(arm: str, job: Job, python: Path | None, folder: Path) -> Outcome:
    """One training in a process of its own."""
    path = folder / "job.json"
    path.write_text(json.dumps(asdict(replace(job, packing=arm != "padded"))), encoding="utf-8")
    own = [sys.executable, "-m", "benchmarks.speed.causal_training", "--child", str(path)]
    command = own if arm == "ours" else [str(python), str(CLIENT), "--job", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{ARMS[arm]} failed:\n{done.stderr[-2000:]}")
    return Outcome(**json.loads(done.stdout.splitlines()[-1]))


def _run_child(job: Job) -> None:
    """Train ours and print what it took."""
    torch.set_num_threads(job.threads)
    student, examples, clock = load_student(job.student, direction=DIRECTION), _examples(job), Clock()
    tokenised = tokenise_within(examples, student)
    batches = plan_run(tokenised, job.settings, seed=SEED, packed=True)
    tokens, response_tokens = (int(count) for count in tokenised.lengths[np.concatenate(batches[1:])].sum(axis=0))
    with tempfile.TemporaryDirectory() as folder:
        tune_student(student, examples, settings=job.settings, seed=SEED, checkpoints=Path(folder), progress=clock)
    moments = [(wall, processor) for wall, processor, _ in clock.moments]
    print(json.dumps(describe(moments, tokens=tokens + response_tokens, response_tokens=response_tokens)))


def _figures(tuning: str, measured: Measured) -> Iterator[Figure]:
    gpu = torch.cuda.is_available()
    for arm, outcomes in measured.items():
        yield Figure(f"training, {tuning}: {ARMS[arm]}", _describe(outcomes))
    ours = measured["ours"]
    for arm in (arm for arm in measured if arm != "ours"):
        what, theirs = f"training, {tuning}, ours : {ARMS[arm]}", measured[arm]
        yield ratio_figure(
            f"{what}, tokens/s", [one.rate for one in ours], [one.rate for one in theirs],
            goal=GOAL_GPU if gpu else GOAL_CPU,
        )  # fmt: skip
        if not gpu:
            rates = [[one.processor_rate for one in outcomes] for outcomes in (ours, theirs)]
            yield ratio_figure(f"{what}, tokens for a second of processor time", rates[0], rates[1], goal=GOAL_CPU)
        share = _middle([one.mebibytes for one in ours]) / _middle([one.mebibytes for one in theirs])
        yield Figure(f"{what}, peak memory", f"{share:.2f}×", "≤ 1×", share <= 1)


def _describe(outcomes: Sequence[Outcome]) -> str:
    rate = _middle([one.rate for one in outcomes])
    responses = _middle([one.response_tokens / one.seconds for one in outcomes])
    processor = _middle([one.processor_rate for one in outcomes])
    peak = _middle([one.mebibytes for one in outcomes])
    return (
        f"{rate:,.0f} tokens/s ({responses:,.0f} of responses); {processor:,.0f} for a second of processor time; "
        f"peak {peak:,.0f} MiB"
    )


def _middle(values: Sequence[float]) -> float:
    return statistics.median(values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.set_defaults(student="embedded:smollm2")
    parser.add_argument("--peer-python", type=Path, help="Python of an environment with trl")
    parser.add_argument("--updates", type=int, default=8, help="of each training; the first is not counted")
    parser.add_argument("--batch-tokens", type=int, default=2048)
    parser.add_argument("--threads", type=int, default=usable_cores())
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child is not None:
        _run_child(Job(**json.loads(chosen.child.read_text(encoding="utf-8"))))
        return
    if chosen.peer_python is None:
        parser.error("give --peer-python")
    figures = measure_causal_training(
        chosen.peer_python, chosen.student, text=chosen.text, updates=chosen.updates,
        batch_tokens=chosen.batch_tokens, rounds=chosen.rounds, threads=chosen.threads,
    )  # fmt: skip
    print(render_table(figures))


if __name__ == "__main__":
    main()
