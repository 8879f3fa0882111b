"""Train a student on examples: plan the batches, run the trainer, keep the best weights."""

from __future__ import annotations

import logging
import math
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from tutelage.core.counts import counted
from tutelage.core.errors import StudentError
from tutelage.core.protocols import Progress
from tutelage.core.settings import TrainSettings
from tutelage.core.training import TrainingSummary
from tutelage.training.adapter_products import joined_adapters
from tutelage.training.attention import attending_by_products
from tutelage.training.batches import Batches, plan_batches
from tutelage.training.checkpoints import newest_checkpoint
from tutelage.training.collation import Collate, Collator, PackedCollator, QuestionCollator, make_loader
from tutelage.training.ending import DevScore, Ending, StopsRising, planned_passes
from tutelage.training.objective_forward import Objective, objective_forward
from tutelage.training.packing import plan_packed_batches, row_length
from tutelage.training.processes import count_processes, process_index, told_by_first
from tutelage.training.sharding import ShardedTrainer, gather, shard
from tutelage.training.shares import Share
from tutelage.training.tokenised import TokenisedExamples
from tutelage.training.trainer import LossCurve, PlannedTrainer, RunPlan, loss_points
from tutelage.training.weighting import Weighting


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What to train on, and what to watch (`None`: nothing is watched; its true samples only)."""

    examples: TokenisedExamples
    dev: TokenisedExamples | None
    pad_token_id: int
    packed: bool = False
    """Whether examples are prompts with responses, several in a row, or else sources with targets."""
    answered: bool = True
    """Whether the answers are learned from, or else written by the student itself in training."""


def train(
    model: Any,
    data: TrainingData,
    *,
    objective: Objective,
    settings: TrainSettings,
    seed: int,
    checkpoints: Path,
    progress: Progress,
    alpha: float = 0.0,
    paired: bool = False,
    dev_score: DevScore | None = None,
) -> TrainingSummary:
    """Train `model` in place; goes on from the newest checkpoint in `checkpoints` if there is one.

    `alpha` is what the examples' conflicting samples count, and `paired` that each has one loss with its true sample.
    The weights that are kept are those of the best `dev_score`, else of the lowest dev loss. If a launcher (torchrun,
    accelerate, MPI) started several processes, they train together: each must call this with the same arguments.
    """
    began = time.monotonic()
    is_open = settings.is_open and data.dev is not None
    batches = plan_run(data.examples, settings, seed=seed, packed=data.packed, is_open=is_open)
    tokens = count_tokens(batches, data.examples, settings.accumulation)
    curve = LossCurve(progress, tokens_by_update=tokens)
    weighting = Weighting(settings.normalisation, settings.rationale_weight, alpha, paired)
    updates = math.ceil(len(batches) / settings.accumulation)
    passes = sum(map(len, batches)) / max(len(data.examples), 1)
    ending = Ending(updates, passes, settings, is_open)
    trainer = _make_trainer(model, data, batches, weighting, ending, seed, checkpoints, curve, dev_score)
    progress.start("train", total=sum(tokens), unit="target tokens")
    newest = told_by_first(newest_checkpoint(checkpoints) if process_index() == 0 else None)
    trained = trainer.model
    with attending_by_products(trained), joined_adapters(trained), objective_forward(trained, objective):
        trainer.train(resume_from_checkpoint=None if newest is None else str(newest))
    if trained is not model:
        gather(trained, into=model)
    model.eval()
    updates = trainer.state.global_step
    seconds = time.monotonic() - began
    points = loss_points(trainer.state.log_history)
    best = min((point.dev_loss for point in points if point.dev_loss is not None), default=None)
    score = max((point.dev_score for point in points if point.dev_score is not None), default=None)
    progress.finish(_told(updates, best, score))
    return TrainingSummary(
        examples=data.examples.given,
        updates=updates,
        target_tokens=sum(tokens[:updates]),
        seconds=seconds,
        losses=points,
        best_dev_loss=best,
        best_dev_score=score,
    )


def _told(updates: int, loss: float | None, score: float | None) -> str:
    best = f", best dev loss {loss:.4f}" if loss is not None else ""
    return counted(updates, "update") + (best if score is None else f", best dev chrF {score:.1f}")


def plan_run(
    examples: TokenisedExamples, settings: TrainSettings, *, seed: int, packed: bool = False, is_open: bool = False
) -> Batches:
    """All micro-batches of the run; those that it may have, if its end is left open."""
    plan = plan_packed_batches if packed else plan_batches
    limit = None if settings.max_updates is None else settings.max_updates * settings.accumulation
    tokens = int(examples.lengths.max(axis=1, initial=0).sum())
    passes = planned_passes(settings, tokens=tokens, is_open=is_open)
    return plan(
        examples.lengths[: len(examples)], conflict_lengths=examples.conflict_lengths,
        batch_tokens=settings.batch_tokens, seed=seed, epochs=passes, max_batches=limit,
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
    ending: Ending,
    seed: int,
    checkpoints: Path,
    curve: LossCurve,
    dev_score: DevScore | None,
) -> PlannedTrainer:
    settings = ending.settings
    dev_loader = None if data.dev is None else _dev_loader(data, data.dev, weighting, settings)
    callbacks = [curve, RunPlan(save_every=settings.save_every, watched=dev_loader is not None)]
    watched = None if dev_loader is None else "eval_loss" if dev_score is None else "eval_score"
    if watched is not None and ending.patience is not None:
        callbacks.append(StopsRising(watched, patience=ending.patience, higher_is_better=dev_score is not None))
    if settings.dropout is not None:
        _set_dropout(model, settings.dropout)
    _quieten()
    share = Share(settings.accumulation, count_processes(), process_index())
    arguments = _arguments(ending, seed, checkpoints, share, watched=watched)
    kind: Callable[..., PlannedTrainer] = PlannedTrainer
    if settings.sharding == "full" and share.processes > 1:
        kind = partial(ShardedTrainer, whole=model)
        model = shard(model, device=arguments.device, processes=share.processes)
    trainer = kind(
        model=model,
        args=arguments,
        train_loader=make_loader(share.of(batches), _train_collator(data, weighting, settings)),
        dev_loader=dev_loader,
        dev_score=dev_score,
        train_dataset=np.arange(len(data.examples)),
        eval_dataset=np.arange(0 if data.dev is None else len(data.dev)),
        callbacks=callbacks,
    )
    trainer.remove_callback(transformers.trainer_callback.PrinterCallback)
    trainer.remove_callback(transformers.trainer_callback.ProgressCallback)
    if share.processes > 1:  # dropout must not draw the same in all of them
        transformers.set_seed(seed + share.process)
    return trainer


def _dev_loader(data: TrainingData, dev: TokenisedExamples, weighting: Weighting, settings: TrainSettings) -> Any:
    plan = plan_packed_batches if data.packed else plan_batches
    batch_tokens = settings.batch_tokens * 2
    batches = plan(dev.lengths, batch_tokens=batch_tokens, seed=0)
    share = Share(count_processes(), count_processes(), process_index())
    return make_loader(share.of(batches), _collator(data, dev, weighting, batch_tokens=batch_tokens))


def _train_collator(data: TrainingData, weighting: Weighting, settings: TrainSettings) -> Collate:
    if not data.answered:
        return QuestionCollator(data.examples, data.pad_token_id)
    return _collator(data, data.examples, weighting, batch_tokens=settings.batch_tokens)


def _collator(data: TrainingData, examples: TokenisedExamples, weighting: Weighting, *, batch_tokens: int) -> Collate:
    if not data.packed:
        return Collator(examples, data.pad_token_id, weighting)
    return PackedCollator(examples, data.pad_token_id, weighting, row_length(batch_tokens))


def _arguments(
    ending: Ending, seed: int, checkpoints: Path, share: Share, *, watched: str | None
) -> transformers.TrainingArguments:
    on_processor = not torch.accelerator.is_available()
    settings, updates, every = ending.settings, ending.updates, ending.measured_every
    return transformers.TrainingArguments(
        output_dir=str(checkpoints), seed=seed, data_seed=seed, max_steps=updates,
        gradient_accumulation_steps=share.micro_batches, learning_rate=settings.learning_rate,
        lr_scheduler_type=ending.schedule, warmup_steps=ending.warmup_updates,
        weight_decay=settings.weight_decay, max_grad_norm=settings.max_gradient_norm, adam_beta2=0.98,
        optim="adamw_torch_fused", bf16=wants_bfloat16(settings.precision),
        use_cpu=on_processor, dataloader_pin_memory=not on_processor,
        ddp_backend="gloo" if on_processor and share.processes > 1 else None,
        logging_steps=max(1, min(50, updates // 20)), logging_nan_inf_filter=False, report_to=[], disable_tqdm=True,
        eval_strategy="steps" if watched else "no", eval_steps=every, load_best_model_at_end=watched is not None,
        metric_for_best_model=watched or "eval_loss", greater_is_better=watched == "eval_score",
        save_strategy="steps", save_steps=every if watched else settings.save_every, save_total_limit=2,
        remove_unused_columns=False, gradient_checkpointing=settings.gradient_checkpointing,
        gradient_checkpointing_kwargs={"use_reentrant": False},
    )  # fmt: skip


def wants_bfloat16(precision: str) -> bool:
    """Whether matrix products run in bfloat16; `auto` says yes if the processor multiplies it in hardware."""
    if precision != "auto":
        return precision == "bfloat16"
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())


def _set_dropout(model: Any, dropout: float) -> None:
    """Set the residual dropout: transformers' seq2seq layers keep it as a float, T5's as a module.

    An adapter has its own, `lora.dropout`. StudentError if no layer has any, as in most chat models.
    """
    found = False
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Dropout):
            if "lora_dropout" in name.split("."):
                continue
            module.p = dropout
        elif isinstance(getattr(module, "dropout", None), float) and hasattr(module, "fc1"):
            module.dropout = dropout
        else:
            continue
        found = True
    if dropout and not found:
        fix = "Leave it out, or set train.lora.dropout."
        raise StudentError("no layer of this student leaves states out in training.", where="train.dropout", fix=fix)


def _quieten() -> None:
    """Transformers' own progress and advice would cut through ours."""
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    logging.getLogger("accelerate").setLevel(logging.ERROR)
    warnings.filterwarnings(
        "ignore", message=".*(pin_memory|find_unused_parameters|lr_scheduler|gradient_checkpointing).*"
    )
