"""LoRA adapters on a student."""

from __future__ import annotations

import dataclasses
from typing import Any

from tutelage.core.errors import MissingExtraError, StudentError
from tutelage.core.settings import LoraSettings
from tutelage.students.loading import quiet_transformers
from tutelage.students.student import Student


def add_adapter(student: Student, lora: LoraSettings) -> Student:
    """The student with a fresh LoRA adapter (Hu et al. 2021) on the layers `lora.targets`; only it will be trained."""
    try:
        import peft
    except ImportError as error:
        raise MissingExtraError("peft", extra="train") from error
    config = peft.LoraConfig(
        task_type="SEQ_2_SEQ_LM",
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(lora.targets),
    )
    try:
        with quiet_transformers():
            model = peft.get_peft_model(student.model, config)
    except ValueError as error:
        layers = sorted(linear_layers(student.model))
        raise StudentError(
            f"no layer of this student is called {' or '.join(lora.targets)}.",
            where="train.lora.targets",
            fix=f"Its layers: {', '.join(layers)}.",
        ) from error
    return dataclasses.replace(student, model=model)


def linear_layers(model: Any) -> set[str]:
    """Names that `lora.targets` can take: those of the linear layers, without the output projection."""
    import torch

    linear = (name.rpartition(".")[2] for name, module in model.named_modules() if isinstance(module, torch.nn.Linear))
    return {name for name in linear if name != "lm_head"}
