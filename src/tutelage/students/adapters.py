"""LoRA adapters on a student."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tutelage.core.errors import MissingExtraError, StudentError
from tutelage.core.settings import LoraSettings
from tutelage.students.kinds.kind import AnyStudent
from tutelage.students.student_folder import quiet_transformers, read_student


def add_adapter(student: AnyStudent, lora: LoraSettings, *, seed: int = 0) -> AnyStudent:
    """The student with a fresh LoRA adapter (Hu et al. 2021) on the layers `lora.targets`; only it will be trained.

    What the adapter begins with is drawn by the seed alone, whatever was drawn before.
    """
    try:
        import peft
        import torch
    except ImportError as error:
        raise MissingExtraError("peft", extra="train") from error
    config = peft.LoraConfig(
        task_type=student.adapter_task,
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(lora.targets),
    )
    try:
        with quiet_transformers(), torch.random.fork_rng():
            torch.manual_seed(seed)
            model = peft.get_peft_model(student.model, config)
    except ValueError as error:
        layers = sorted(linear_layers(student.model))
        raise StudentError(
            f"no layer of this student is called {' or '.join(lora.targets)}.",
            where="train.lora.targets",
            fix=f"Its layers: {', '.join(layers)}.",
        ) from error
    return dataclasses.replace(student, model=model)


@contextmanager
def in_bfloat16(student: AnyStudent, *, wanted: bool) -> Iterator[None]:
    """A block in which, if `wanted`, what the adapter does not train is held in bfloat16 under autocast.

    That halves the memory and leaves out casts at every product, peft's of the adapters' inputs among them.
    """
    if not wanted:
        yield
        return
    from peft.helpers import disable_input_dtype_casting

    hold_frozen_in_bfloat16(student)
    with disable_input_dtype_casting(student.model):
        yield


def hold_frozen_in_bfloat16(student: AnyStudent) -> None:
    """Hold what the adapter does not train in bfloat16, which rounds: see `on_exact_weights`."""
    import torch

    for weight in student.model.parameters():
        if not weight.requires_grad:
            weight.data = weight.data.to(torch.bfloat16)


def on_exact_weights(student: AnyStudent, lora: LoraSettings) -> AnyStudent:
    """The student's adapter on its weights as they were stored, so that merging rounds nothing away.

    The student that is given is emptied, so that its weights are never in memory twice.
    """
    import peft

    state = {name: weight.detach().cpu() for name, weight in peft.get_peft_model_state_dict(student.model).items()}
    student.model.to("meta")
    fresh = read_student(student.origin, direction=student.direction)
    exact = add_adapter(dataclasses.replace(student, model=fresh.model), lora)
    peft.set_peft_model_state_dict(exact.model, state)
    return dataclasses.replace(exact, model=exact.model.eval())


def linear_layers(model: Any) -> set[str]:
    """Names that `lora.targets` can take: those of the linear layers, without the output projection."""
    import torch

    linear = (name.rpartition(".")[2] for name, module in model.named_modules() if isinstance(module, torch.nn.Linear))
    return {name for name in linear if name != "lm_head"}
