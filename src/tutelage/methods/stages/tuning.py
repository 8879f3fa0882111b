"""Examples in, tuned student out: the joint of students, objectives and training that every method uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from torch import Tensor

from tutelage.core.protocols import Progress
from tutelage.core.records import Example
from tutelage.core.settings import TrainSettings
from tutelage.core.training import IGNORED, TrainingSummary
from tutelage.objectives.likelihood import projected_likelihood
from tutelage.students.adapters import add_adapter
from tutelage.students.families import decode_states, shift_right
from tutelage.students.student import Student
from tutelage.training.blending import blended
from tutelage.training.tokenised import TokenisedExamples, tokenise
from tutelage.training.train import TrainingData, train


def tune_student(
    student: Student,
    examples: Iterable[Example],
    *,
    dev: Iterable[Example] = (),
    settings: TrainSettings,
    seed: int,
    checkpoints: Path,
    progress: Progress,
) -> tuple[Student, TrainingSummary]:
    """The student after training on `examples` with likelihood, and how it went; its model is changed in place."""
    if settings.lora is not None:
        student = add_adapter(student, settings.lora)
    tokenised, watched = _tokenise(examples, student, settings), _tokenise(dev, student, settings)
    data = TrainingData(tokenised, watched if len(watched) else None, student.tokenizer.pad_token_id)
    with blended(student.model, share=settings.blend):
        summary = train(
            student.model,
            data,
            objective=likelihood_objective(student.family, label_smoothing=settings.label_smoothing),
            settings=settings,
            seed=seed if settings.seed is None else settings.seed,
            checkpoints=checkpoints,
            progress=progress,
        )
    return student, summary


def likelihood_objective(family: str, *, label_smoothing: float) -> Callable[[Any, dict[str, Tensor]], Tensor]:
    """(model, batch) → summed smoothed likelihood; smoothing is left out when the model is in eval mode."""

    def objective(model: Any, batch: dict[str, Tensor]) -> Tensor:
        import torch

        labels = batch["labels"]
        padded = labels.masked_fill(labels == IGNORED, model.config.pad_token_id)
        inputs = {
            "input_ids": batch["input_ids"],
            "attention_mask": batch["attention_mask"],
            "decoder_input_ids": shift_right(padded, family=family, config=model.config),
        }
        output = decode_states(model, inputs)
        device = labels.device.type
        low = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else None
        return projected_likelihood(
            output.states,
            output.projection,
            labels,
            bias=output.bias,
            weights=batch["weights"],
            label_smoothing=label_smoothing if model.training else 0.0,
            compute_dtype=low,
        )

    return objective


def _tokenise(examples: Iterable[Example], student: Student, settings: TrainSettings) -> TokenisedExamples:
    return tokenise(
        examples,
        student,
        max_source_tokens=settings.max_source_tokens,
        max_target_tokens=settings.max_target_tokens,
    )
