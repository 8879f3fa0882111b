"""Examples in, tuned student out: the joint of students, objectives and training that every method uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from torch import Tensor

from tutelage.core.languages import language_name
from tutelage.core.protocols import Progress
from tutelage.core.records import Example
from tutelage.core.settings import TrainSettings
from tutelage.core.training import IGNORED, TrainingSummary
from tutelage.objectives.likelihood import projected_likelihood
from tutelage.students.adapters import add_adapter, in_bfloat16, on_exact_weights
from tutelage.students.causal_states import causal_states, check_trainable
from tutelage.students.causal_student import CausalStudent
from tutelage.students.families import CAUSAL, decode_states, shift_right
from tutelage.students.kinds import AnyStudent
from tutelage.students.script_coverage import check_coverage, measure_coverage
from tutelage.training.blending import blended
from tutelage.training.tokenised import TokenisedExamples, tokenise, tokenise_chats
from tutelage.training.train import TrainingData, train, wants_bfloat16

SAMPLE = 200
"""Targets on which the student's vocabulary is checked."""

Objective = Callable[[Any, dict[str, Tensor]], Tensor]


def tune_student(
    student: AnyStudent,
    examples: Iterable[Example],
    *,
    dev: Iterable[Example] = (),
    settings: TrainSettings,
    seed: int,
    checkpoints: Path,
    progress: Progress,
) -> tuple[AnyStudent, TrainingSummary]:
    """The student after training on `examples` with likelihood, and how it went; its model is changed in place.

    StudentError before training for a causal student that cannot be trained, or cannot write the target language.
    """
    if isinstance(student, CausalStudent):
        examples = _checked(student, examples, progress)
    if settings.lora is not None:
        student = add_adapter(student, settings.lora)
    causal = student.family == CAUSAL
    narrowed = causal and settings.lora is not None and wants_bfloat16(settings.precision)
    tokenised, watched = _tokenise(examples, student, settings), _tokenise(dev, student, settings)
    data = TrainingData(tokenised, watched if len(watched) else None, student.tokenizer.pad_token_id, packed=causal)
    with blended(student.model, share=settings.blend), in_bfloat16(student, wanted=narrowed):
        summary = train(
            student.model,
            data,
            objective=likelihood_objective(student.family, label_smoothing=settings.label_smoothing),
            settings=settings,
            seed=seed if settings.seed is None else settings.seed,
            checkpoints=checkpoints,
            progress=progress,
        )
    if narrowed and settings.lora is not None:
        student = on_exact_weights(student, settings.lora)
    return student, summary


def likelihood_objective(family: str, *, label_smoothing: float) -> Objective:
    """(model, batch) → summed smoothed likelihood; smoothing is left out when the model is in eval mode."""
    if family == CAUSAL:
        return lambda model, batch: _causal_likelihood(model, batch, label_smoothing=label_smoothing)

    def objective(model: Any, batch: dict[str, Tensor]) -> Tensor:
        labels = batch["labels"]
        padded = labels.masked_fill(labels == IGNORED, model.config.pad_token_id)
        inputs = {
            "input_ids": batch["input_ids"],
            "attention_mask": batch["attention_mask"],
            "decoder_input_ids": shift_right(padded, family=family, config=model.config),
        }
        output = decode_states(model, inputs)
        return projected_likelihood(
            output.states,
            output.projection,
            labels,
            bias=output.bias,
            weights=batch["weights"],
            label_smoothing=label_smoothing if model.training else 0.0,
            compute_dtype=_low_precision(labels),
        )

    return objective


def _causal_likelihood(model: Any, batch: dict[str, Tensor], *, label_smoothing: float) -> Tensor:
    """Of packed rows, whose labels stand where they are predicted from; each token has its example's weight."""
    labels = batch["labels"]
    supervised = labels != IGNORED
    output = causal_states(model, batch["input_ids"], batch["position_ids"])
    return projected_likelihood(
        output.states[supervised][:, None],
        output.projection,
        labels[supervised][:, None],
        bias=output.bias,
        weights=batch["weights"][supervised],
        label_smoothing=label_smoothing if model.training else 0.0,
        compute_dtype=_low_precision(labels),
    )


def _low_precision(labels: Tensor) -> Any:
    """The dtype of autocast where it is on."""
    import torch

    device = labels.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else None


def _checked(student: CausalStudent, examples: Iterable[Example], progress: Progress) -> Iterator[Example]:
    """The same examples, once the model and a sample of the targets have been looked at."""
    check_trainable(student.model)
    rest = iter(examples)
    sample = list(islice(rest, SAMPLE))
    translated = [example.target for example in sample if not example.messages]
    warning = check_coverage(
        measure_coverage(student.tokenizer, translated), language=language_name(student.direction.target)
    )
    if warning:
        progress.start("check vocabulary", total=None)
        progress.finish(warning)
    return chain(sample, rest)


def _tokenise(examples: Iterable[Example], student: AnyStudent, settings: TrainSettings) -> TokenisedExamples:
    limits = {"max_source_tokens": settings.max_source_tokens, "max_target_tokens": settings.max_target_tokens}
    if isinstance(student, CausalStudent):
        return tokenise_chats(examples, student, **limits)
    return tokenise(examples, student, **limits)
