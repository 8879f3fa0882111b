"""Trains a causal model with TRL's `SFTTrainer`; run by causal_training.py in an environment that has TRL.

It gets token ids with their completion masks, so that both sides train on the same tokens and neither tokenises. The
clock begins when the first update is done.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

Moments = list[tuple[float, float]]
"""Time on the wall and of the processor, at the end of each update."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--job", type=Path, required=True, help="JSON that causal_training.py wrote")
    chosen = parser.parse_args()
    job = json.loads(chosen.job.read_text(encoding="utf-8"))
    torch.set_num_threads(job["threads"])
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(_train(job, Path(folder))))


def _train(job: dict[str, Any], folder: Path) -> dict[str, float]:
    """What the updates after the first took, and the peak of the whole process."""
    import transformers
    import trl
    from datasets import Dataset

    class Counting(trl.SFTTrainer):  # type: ignore[misc]
        """Counts what each step is given: padding is no token of the data, and no response."""

        def training_step(self, model: Any, inputs: dict[str, Any], *arguments: Any) -> Any:
            ids, mask = inputs["input_ids"], inputs.get("attention_mask")
            counts.append((ids.numel() if mask is None else int(mask.sum()), int((inputs["labels"] != -100).sum())))
            return super().training_step(model, inputs, *arguments)

    class Clock(transformers.TrainerCallback):  # type: ignore[misc]
        """Looks at the time after each update."""

        def on_step_end(self, *_: Any, **__: Any) -> None:
            moments.append((time.perf_counter(), time.process_time()))

    counts: list[tuple[int, int]] = []
    moments: Moments = []
    rows = [json.loads(line) for line in Path(job["examples"]).read_text(encoding="utf-8").splitlines()]
    tokenizer = transformers.AutoTokenizer.from_pretrained(job["folder"])
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    trainer = Counting(
        model=job["folder"],
        args=trl.SFTConfig(**_arguments(job, folder)),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        peft_config=_adapter(job["lora"]),
        callbacks=[Clock()],
    )
    trainer.train()
    (tokens, responses) = (sum(column) for column in zip(*counts[1:], strict=True))
    return describe(moments, tokens=tokens, response_tokens=responses)


def _arguments(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Packed, one row takes the whole budget: TRL joins a batch's rows into one in any case."""
    return {
        "output_dir": str(folder), "max_steps": job["updates"], "learning_rate": job["learning_rate"],
        "packing": job["packing"], "max_length": job["batch_tokens"],
        "per_device_train_batch_size": 1 if job["packing"] else job["examples_per_batch"],
        "completion_only_loss": True, "bf16": job["bfloat16"], "gradient_checkpointing": False,
        "model_init_kwargs": {"dtype": "bfloat16" if job["lora"] and job["bfloat16"] else "float32"},
        "use_cpu": not torch.accelerator.is_available(), "save_strategy": "no", "report_to": [], "disable_tqdm": True,
    }  # fmt: skip


def _adapter(lora: dict[str, Any] | None) -> Any:
    if lora is None:
        return None
    import peft

    return peft.LoraConfig(
        task_type="CAUSAL_LM", r=lora["rank"], lora_alpha=lora["alpha"], lora_dropout=lora["dropout"],
        target_modules=lora["targets"],
    )  # fmt: skip


def describe(moments: Moments, *, tokens: int, response_tokens: int) -> dict[str, float]:
    """What both sides report; the counts are those of the updates after the first."""
    (began, began_cpu), (ended, ended_cpu) = moments[0], moments[-1]
    return {
        "tokens": tokens,
        "response_tokens": response_tokens,
        "seconds": ended - began,
        "processor_seconds": ended_cpu - began_cpu,
        "mebibytes": peak_mebibytes(),
    }


def peak_mebibytes() -> float:
    """Peak memory: of the GPU if there is one, else resident.

    Linux's `ru_maxrss` would begin with that of the process that started this one.
    """
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20
    status = Path("/proc/self/status")
    if status.is_file():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    import resource
    import sys

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


if __name__ == "__main__":
    main()
