"""Training speed of our trainer beside transformers' `Seq2SeqTrainer`.

    python -m benchmarks.speed.training --student embedded:en-pt --examples 1500 --rounds 3

Same student, same examples, one epoch, full fine-tuning; tokenisation counts on both sides. The rate is that of target
tokens that gave a loss, padding left out. `Seq2SeqTrainer` runs once with its defaults (batches of 8 examples in random
order, float32), and once with batches as large as ours on average, which takes the smaller batch out of the comparison.
Ours runs in the precision that its own `auto` chooses, and once in float32; if that precision is bfloat16,
`Seq2SeqTrainer` runs once in it too, with the larger batches.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
import transformers

from benchmarks.speed.figures import Figure, measure_in_turns, rate_figure, ratio_figure, render_table
from benchmarks.speed.material import DIRECTION, MANY, add_arguments, choose_pairs, open_seq2seq
from tutelage.core.machine import usable_cores
from tutelage.core.protocols import Silence
from tutelage.core.records import Example, Pair
from tutelage.core.settings import TrainSettings
from tutelage.stages.tuning import tune_student
from tutelage.students.loading import load_student
from tutelage.training.tokenised import tokenise
from tutelage.training.train import plan_run, wants_bfloat16

DEFAULT_BATCH = 8
"""Of TrainingArguments."""
MAX_TOKENS = 256


def measure_training(name: str, *, text: Path | None, examples: int, rounds: int) -> list[Figure]:
    """Target tokens a second of the four arms, and our ratio to the others."""
    chosen = [_example(pair) for pair in choose_pairs(text, examples, name=MANY)]
    settings = TrainSettings(epochs=1, save_every=1_000_000)
    tokens, batch = _size_up(name, chosen, settings)
    arms = {
        "ours": _ours(name, chosen, settings),
        "float32": _ours(name, chosen, settings.model_copy(update={"precision": "float32"})),
        "plain": _plain(name, chosen, DEFAULT_BATCH, tokens),
        "level": _plain(name, chosen, batch, tokens),
    }
    precision = "bfloat16" if wants_bfloat16("auto") else "float32"
    if precision == "bfloat16":
        arms["bfloat16"] = _plain(name, chosen, batch, tokens, bf16=True)
    rates = measure_in_turns(arms, rounds=rounds)
    what = f"training, ours : Seq2SeqTrainer in bfloat16, batch {batch}"
    same = [ratio_figure(what, rates["ours"], rates["bfloat16"])] if "bfloat16" in rates else []
    batches = f"{settings.batch_tokens} padded tokens, {batch} examples on average"
    return [
        rate_figure(f"training, ours ({precision}, batches of {batches})", rates["ours"], "target tokens"),
        rate_figure("training, ours in float32", rates["float32"], "target tokens"),
        rate_figure(f"training, Seq2SeqTrainer, defaults (batch {DEFAULT_BATCH})", rates["plain"], "target tokens"),
        rate_figure(f"training, Seq2SeqTrainer, batch {batch}", rates["level"], "target tokens"),
        ratio_figure("training, ours : Seq2SeqTrainer's defaults", rates["ours"], rates["plain"], goal=1.5),
        ratio_figure(f"training, ours : Seq2SeqTrainer, batch {batch}", rates["ours"], rates["level"]),
        ratio_figure(f"training, ours in float32 : Seq2SeqTrainer, batch {batch}", rates["float32"], rates["level"]),
        *same,
    ]


def _example(pair: Pair) -> Example:
    return Example(pair.id, "translate", DIRECTION.source, DIRECTION.target, pair.source.text, pair.target.text)


def _size_up(name: str, examples: list[Example], settings: TrainSettings) -> tuple[int, int]:
    """Target tokens of the examples, and how many examples our batches hold on average."""
    student = load_student(name, direction=DIRECTION)
    tokenised = tokenise(examples, student, max_source_tokens=MAX_TOKENS, max_target_tokens=MAX_TOKENS)
    batches = plan_run(tokenised, settings, seed=1)
    return int(tokenised.lengths[:, 1].sum()), round(len(examples) / len(batches))


def _ours(name: str, examples: list[Example], settings: TrainSettings) -> Callable[[], float]:
    def train() -> float:
        with tempfile.TemporaryDirectory() as folder:
            _, summary = tune_student(
                load_student(name, direction=DIRECTION), examples,
                settings=settings, seed=1, checkpoints=Path(folder), progress=Silence(),
            )  # fmt: skip
        return summary.target_tokens

    return train


def _plain(name: str, examples: list[Example], batch: int, tokens: int, *, bf16: bool = False) -> Callable[[], float]:
    def train() -> float:
        student = open_seq2seq(name)
        student.target_start()
        encoded = student.tokenizer(
            [example.source for example in examples], text_target=[example.target for example in examples],
            truncation=True, max_length=MAX_TOKENS,
        )  # fmt: skip
        rows = [dict(zip(encoded, values, strict=True)) for values in zip(*encoded.values(), strict=True)]
        with tempfile.TemporaryDirectory() as folder:
            trainer = transformers.Seq2SeqTrainer(
                model=student.model,
                args=transformers.Seq2SeqTrainingArguments(
                    output_dir=folder, num_train_epochs=1, per_device_train_batch_size=batch, learning_rate=1e-4,
                    bf16=bf16, report_to=[], disable_tqdm=True, use_cpu=not torch.accelerator.is_available(),
                ),
                train_dataset=rows,
                data_collator=transformers.DataCollatorForSeq2Seq(student.tokenizer, model=student.model),
            )  # fmt: skip
            trainer.remove_callback(transformers.trainer_callback.PrinterCallback)
            trainer.train()
        return tokens

    return train


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--examples", type=int, default=1500)
    parser.add_argument("--threads", type=int, default=usable_cores())
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    print(
        render_table(measure_training(chosen.student, text=chosen.text, examples=chosen.examples, rounds=chosen.rounds))
    )


if __name__ == "__main__":
    main()
