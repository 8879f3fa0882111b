"""Updates of every objective, the same ones in one process and in several, which write what they found."""

import os
from pathlib import Path

import numpy as np
import torch
from torch.distributed.tensor import DTensor
from torch.optim.optimizer import register_optimizer_step_pre_hook

from tiny_students import sentences
from tutelage.core.languages import Direction
from tutelage.core.protocols import Silence
from tutelage.core.records import Example
from tutelage.core.settings import CorrectionSettings, LoraSettings, TrainSettings
from tutelage.core.training import Unlikelihood
from tutelage.stages.tuning import tune_student
from tutelage.students.loading import load_student

EN_PT = Direction("en", "pt-BR")
WRONG = {"unlikelihood": Unlikelihood(alpha=0.3)}
SPLIT = {"batch_tokens": 60, "accumulation": 4}
LORA = LoraSettings(rank=4, targets=("q_proj", "v_proj"))
ANCHORED = {"lora": LORA, "rationale_loss": "divergence", "rationale_weight": 4.0, "normalisation": "sequence"}
ANCHORED |= {"learning_rate": 2e-2, "max_updates": 2}
"""A fresh adapter diverges nowhere; after an update it does."""


def corrected(contrast):
    return {"corrections": CorrectionSettings(corrected_weight=2.0, contrast=contrast, contrast_weight=0.5)}


CASES = {
    "likelihood of tokens": ("nllb", {}, {}),
    "likelihood of sequences": ("nllb", {"normalisation": "sequence", "label_smoothing": 0.1}, {}),
    "three micro-batches for two": ("nllb", {"batch_tokens": 60, "accumulation": 3}, {}),
    "fewer examples than processes": ("nllb", {"batch_tokens": 1}, WRONG),
    "an update of four, the last of three": ("nllb", SPLIT | {"max_updates": 2}, WRONG),
    "unlikelihood of tokens": ("nllb", SPLIT, WRONG),
    "unlikelihood of sequences": ("nllb", SPLIT | {"normalisation": "sequence"}, WRONG),
    "unlikelihood as in the paper": ("nllb", {}, {"unlikelihood": Unlikelihood(0.3, "paper", "pushed")}),
    "correction by unlikelihood": ("nllb", SPLIT, corrected("unlikelihood")),
    "correction by cpo": ("nllb", SPLIT, corrected("cpo")),
    "correction by simpo": ("nllb", {"normalisation": "sequence"}, corrected("simpo")),
    "packed rationales": ("causal", {"rationale_weight": 0.5}, {}),
    "packed unlikelihood of sequences": ("causal", SPLIT | {"normalisation": "sequence"}, WRONG),
    "packed correction by simpo": ("causal", {}, corrected("simpo")),
    "LoRA": ("nllb", SPLIT | {"lora": LORA}, WRONG),
    "packed LoRA": ("causal", SPLIT | {"lora": LORA}, {}),
    "packed divergence": ("causal", SPLIT | ANCHORED, {}),
    "layers computed again": ("causal", {"gradient_checkpointing": True}, WRONG),
}
"""Family, settings, objective."""
DIVIDED = {
    "divided weights": ("nllb", SPLIT, WRONG),
    "divided weights of a preference": ("nllb", {"normalisation": "sequence"}, corrected("simpo")),
    "divided weights, fewer examples than processes": ("nllb", {"batch_tokens": 1}, WRONG),
    "divided weights, packed": ("causal", SPLIT | {"rationale_weight": 0.5}, WRONG),
    "divided weights, LoRA": ("nllb", SPLIT | {"lora": LORA}, WRONG),
    "divided weights, packed LoRA": ("causal", SPLIT | {"lora": LORA}, {}),
    "divided weights, packed divergence": ("causal", SPLIT | ANCHORED, {}),
    "divided weights, divergence, fewer examples than processes": ("causal", ANCHORED | {"batch_tokens": 1}, {}),
    "divided weights, divergence, layers computed again": ("causal", ANCHORED | {"gradient_checkpointing": True}, {}),
    "divided weights, layers computed again": ("causal", {"gradient_checkpointing": True}, WRONG),
}
"""The same, by processes that hold a part of the student each."""
CASES |= {name: (family, changes | {"sharding": "full"}, one) for name, (family, changes, one) in DIVIDED.items()}
IN_BFLOAT16 = {
    f"bfloat16, {name}": (family, changes | {"precision": "bfloat16"}, one)
    for name, (family, changes, one) in CASES.items()
    if name in {"likelihood of tokens", "packed rationales", "packed LoRA", *DIVIDED}
}
CASES |= IN_BFLOAT16


def examples(family, count=12):
    """Two directions, unequal lengths and weights, conflicts, hypotheses, and rationales for causal students."""
    directions = (Direction("en", "pt"), Direction("pt", "de"))
    return [
        Example(
            str(number), "translate", directions[number % 2].source, directions[number % 2].target, source, target,
            weight=1.0 + number % 2, conflict=(None, "en>de", "pt>en")[number % 3],
            rationale="of the old key" if family == "causal" and number % 2 else None,
            hypothesis=None if number % 4 == 3 else f"{target} line",
        )
        for number, (source, target) in enumerate(zip(sentences(count, seed=1), sentences(count, seed=2), strict=True))
    ]  # fmt: skip


def settings(**changes):
    plain = {"learning_rate": 1e-3, "precision": "float32", "schedule": "constant", "warmup_share": 0.0}
    plain |= {"label_smoothing": 0.0, "batch_tokens": 100_000, "max_updates": 1, "max_gradient_norm": 1e9}
    return TrainSettings(**(plain | changes))


def update(case, *, students, scratch):
    """The gradients of the last update as they are stepped by, and the losses."""
    family, changes, objective = CASES[case]
    torch.manual_seed(5)  # of a new adapter's weights
    student = load_student(str(students / family), direction=EN_PT)
    gradients = {}

    def keep(optimizer, _arguments, _named):
        for group, part in enumerate(optimizer.param_groups):
            for number, weight in enumerate(part["params"]):
                gradient = weight.grad.full_tensor() if isinstance(weight.grad, DTensor) else weight.grad
                gradients[f"{group}.{number}"] = gradient.detach().clone().numpy()

    hook = register_optimizer_step_pre_hook(keep)
    try:
        _, summary = tune_student(
            student, examples(family), settings=settings(**changes), seed=1, checkpoints=scratch, progress=Silence(),
            **objective,
        )  # fmt: skip
    finally:
        hook.remove()
    return gradients | {"losses": np.array([point.loss for point in summary.losses])}


LONG = {"learning_rate": 1e-2, "batch_tokens": 60, "accumulation": 2, "save_every": 2, "max_updates": 4}
"""Trained by one and by several, watched, and gone on with."""


DIVIDED_LONG = {"all": {"watch": "loss"}, "LoRA": {"watch": "loss", "lora": LORA}}
"""The same by processes that hold a part of the student each."""


def long_training(*, students, scratch, updates, **changes):
    """The weights after some updates, and the story."""
    torch.manual_seed(5)  # of a new adapter's weights
    student = load_student(str(students / "nllb"), direction=EN_PT)
    chosen = settings(**(LONG | {"max_updates": updates, "evaluate_every": 2, "watch": "chrf"} | changes))
    tuned, summary = tune_student(
        student, examples("nllb", 30), dev=examples("nllb", 7), settings=chosen, seed=1, checkpoints=scratch,
        progress=Silence(),
    )  # fmt: skip
    measured = [(point.dev_loss, point.dev_score) for point in summary.losses if point.dev_loss is not None]
    weights = {name: weight.detach().numpy() for name, weight in tuned.model.named_parameters()}
    return weights | {"measured": np.array(measured, dtype=float)}


def worker(rank, processes, port, students, out):
    """All cases in one of several processes, as a launcher would start it."""
    told = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": processes, "LOCAL_WORLD_SIZE": processes}
    told |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ |= {name: str(value) for name, value in told.items()}
    torch.set_num_threads(1)
    for case in CASES:
        np.savez(out / f"{case}.{rank}.npz", **update(case, students=students, scratch=out / "scratch" / case))
    found = long_training(students=students, scratch=out / "together", updates=4)
    np.savez(out / f"long.{rank}.npz", **found)
    found = long_training(students=students, scratch=out / "first one", updates=4)
    np.savez(out / f"gone on.{rank}.npz", **found)
    for tuning, changes in DIVIDED_LONG.items():
        for name in ("together", "first one"):
            scratch = out / f"{tuning}, {name}"
            found = long_training(students=students, scratch=scratch, updates=4, **changes, sharding="full")
            np.savez(out / f"{scratch.name}.{rank}.npz", **found)
    torch.distributed.destroy_process_group()


def load(path: Path):
    """What a worker wrote."""
    with np.load(path) as found:
        return dict(found)
