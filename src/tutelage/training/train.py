"""Train a student on examples: plan the batches, run the trainer, keep the best weights."""

from __future__ import annotations

import logging
import math
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from tutelage.core.protocols import Progress
from tutelage.core.settings import TrainSettings
from tutelage.core.training import TrainingSummary, Unlikelihood
from tutelage.training.adapter_products import joined_adapters
from tutelage.training.attention import attending_by_products
from tutelage.training.batches import Batches, plan_batches
from tutelage.training.checkpoints import newest_checkpoint
from tutelage.training.collation import Collator, PackedCollator, make_loader
from tutelage.training.packing import plan_packed_batches
from tutelage.training.processes import require_one_process
from tutelage.training.tokenised import TokenisedExamples
from tutelage.training.trainer import LossCurve, Objective, PlannedTrainer, RunPlan, loss_points
from tutelage.training.weighting import Weighting


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What to train on, and what to watch (none: nothing is watched; its true samples only)."""

    examples: TokenisedExamples
    dev: TokenisedExamples | None
    pad_token_id: int
    packed: bool = False
    """Whether examples are prompts with responses, several in a row, or else sources with targets."""


def train(
    model: Any,
    data: TrainingData,
    *,
    objective: Objective,
    settings: TrainSettings,
    seed: int,
    checkpoints: Path,
    progress: Progress,
    unlikelihood: Unlikelihood | None = None,
) -> TrainingSummary:
    """Train `model` in place; goes on from the newest checkpoint in `checkpoints` if there is one.

    `unlikelihood` says what the examples' conflicting samples count (none: nothing). UsageError if several processes
    were started to train together.
    """
    require_one_process()
    began = time.monotonic()
    batches = plan_run(data.examples, settings, seed=seed, packed=data.packed)
    tokens = count_tokens(batches, data.examples, settings.accumulation)
    curve = LossCurve(progress, tokens_by_update=tokens)
    alpha = 0.0 if unlikelihood is None else unlikelihood.alpha
    weighting = Weighting(settings.normalisation, settings.rationale_weight, alpha)
    trainer = _make_trainer(model, data, batches, weighting, objective, settings, seed, checkpoints, curve)
    progress.start("train", total=sum(tokens), unit="target tokens")
    newest = newest_checkpoint(checkpoints)
    with attending_by_products(model), joined_adapters(model):
        trainer.train(resume_from_checkpoint=None if newest is None else str(newest))
    model.eval()
    best = trainer.state.best_metric if data.dev is not None else None
    updates = trainer.state.global_step
    seconds = time.monotonic() - began
    progress.finish(f"{updates} updates" + (f", best dev loss {best:.4f}" if best is not None else ""))
    return TrainingSummary(
        examples=len(data.examples),
        updates=updates,
        target_tokens=sum(tokens[:updates]),
        seconds=seconds,
        losses=loss_points(trainer.state.log_history),
        best_dev_loss=best,
    )


def plan_run(examples: TokenisedExamples, settings: TrainSettings, *, seed: int, packed: bool = False) -> Batches:
    """All micro-batches of the run."""
    plan = plan_packed_batches if packed else plan_batches
    limit = None if settings.max_updates is None else settings.max_updates * settings.accumulation
    return plan(
        examples.lengths[: len(examples)], conflict_lengths=examples.conflict_lengths,
        batch_tokens=settings.batch_tokens, seed=seed, epochs=settings.epochs, max_batches=limit,
    )  # fmt: skip


def count_tokens(batches: Batches, examples: TokenisedExamples, accumulation: int) -> list[int]:
    """Supervised target tokens of each update, those of conflicting samples included."""
    targets = examples.supervised
    each = [int(targets[batch].sum()) for batch in batches]
    return [sum(each[start : start + accumulation]) for start in range(0, len(each), accumulation)]


def _make_trainer(
    model: Any,
    data: TrainingData,
    batches: Batches,
    weighting: Weighting,
    objective: Objective,
    settings: TrainSettings,
    seed: int,
    checkpoints: Path,
    curve: LossCurve,
) -> PlannedTrainer:
    updates = math.ceil(len(batches) / settings.accumulation)
    dev_loader = None if data.dev is None else _dev_loader(data, data.dev, weighting, settings)
    callbacks = [curve, RunPlan(save_every=settings.save_every, watched=dev_loader is not None)]
    if settings.patience is not None and dev_loader is not None:
        callbacks.append(transformers.EarlyStoppingCallback(early_stopping_patience=settings.patience))
    if settings.dropout is not None:
        _set_dropout(model, settings.dropout)
    _quieten()
    trainer = PlannedTrainer(
        model=model,
        args=_arguments(settings, updates, seed, checkpoints, watched=dev_loader is not None),
        objective=objective,
        train_loader=make_loader(batches, _collator(data, data.examples, weighting)),
        dev_loader=dev_loader,
        train_dataset=np.arange(len(data.examples)),
        eval_dataset=np.arange(0 if data.dev is None else len(data.dev)),
        callbacks=callbacks,
    )
    trainer.remove_callback(transformers.trainer_callback.PrinterCallback)
    trainer.remove_callback(transformers.trainer_callback.ProgressCallback)
    return trainer


def _dev_loader(data: TrainingData, dev: TokenisedExamples, weighting: Weighting, settings: TrainSettings) -> Any:
    plan = plan_packed_batches if data.packed else plan_batches
    batches = plan(dev.lengths, batch_tokens=settings.batch_tokens * 2, seed=0)
    return make_loader(batches, _collator(data, dev, weighting))


def _collator(data: TrainingData, examples: TokenisedExamples, weighting: Weighting) -> Collator | PackedCollator:
    return (PackedCollator if data.packed else Collator)(examples, data.pad_token_id, weighting)


def _arguments(
    settings: TrainSettings, updates: int, seed: int, checkpoints: Path, *, watched: bool
) -> transformers.TrainingArguments:
    every = min(settings.evaluate_every or math.ceil(updates / max(settings.epochs, 1.0)), updates)
    return transformers.TrainingArguments(
        output_dir=str(checkpoints), seed=seed, data_seed=seed, max_steps=updates,
        gradient_accumulation_steps=settings.accumulation, learning_rate=settings.learning_rate,
        lr_scheduler_type=settings.schedule, warmup_steps=math.ceil(settings.warmup_share * updates),
        weight_decay=settings.weight_decay, max_grad_norm=settings.max_gradient_norm, adam_beta2=0.98,
        optim="adamw_torch_fused", bf16=wants_bfloat16(settings.precision),
        use_cpu=not torch.accelerator.is_available(), dataloader_pin_memory=torch.accelerator.is_available(),
        logging_steps=max(1, min(50, updates // 20)), logging_nan_inf_filter=False, report_to=[], disable_tqdm=True,
        eval_strategy="steps" if watched else "no", eval_steps=every,
        load_best_model_at_end=watched, metric_for_best_model="eval_loss", greater_is_better=False,
        save_strategy="steps", save_steps=every if watched else settings.save_every, save_total_limit=2,
        remove_unused_columns=False, gradient_checkpointing=settings.gradient_checkpointing,
        gradient_checkpointing_kwargs={"use_reentrant": False},
    )  # fmt: skip


def wants_bfloat16(precision: str) -> bool:
    """Whether matrix products run in bfloat16; `auto` says yes where the processor multiplies it in hardware."""
    if precision != "auto":
        return precision == "bfloat16"
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())


def _set_dropout(model: Any, dropout: float) -> None:
    """Set the residual dropout: transformers' seq2seq layers keep it as a float, T5's as a module."""
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = dropout
        elif isinstance(getattr(module, "dropout", None), float) and hasattr(module, "fc1"):
            module.dropout = dropout


def _quieten() -> None:
    """Transformers' own progress and advice would cut through ours."""
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    logging.getLogger("accelerate").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message=".*(pin_memory|lr_scheduler|gradient_checkpointing).*")
