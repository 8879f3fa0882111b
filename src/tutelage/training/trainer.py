"""`transformers.Trainer` with planned batches and our objectives; the loss of an update is a mean over its tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import transformers
from torch import Tensor

from tutelage.core.protocols import Progress
from tutelage.core.training import IGNORED, LossPoint

Objective = Callable[[Any, dict[str, Tensor]], Tensor]
"""(model, batch) → the summed loss over the batch's supervised tokens, in nats."""


class PlannedTrainer(transformers.Trainer):  # type: ignore[misc]
    """A Trainer whose loader yields the whole run's batches as one epoch.

    The summed loss is divided by the supervised tokens of *all* micro-batches of the update, so that neither
    micro-batch size nor accumulation changes the gradient.
    """

    loss_is_scaled_for_ga = True

    def __init__(self, *, objective: Objective, train_loader: Any, dev_loader: Any | None, **settings: Any) -> None:
        super().__init__(**settings)
        self._objective, self._train_loader, self._dev_loader = objective, train_loader, dev_loader
        self.model_accepts_loss_kwargs = True
        self._loss_shifts_labels = False  # labels of causal students come shifted, so that none is left uncounted

    def get_train_dataloader(self) -> Any:
        """The planned batches."""
        return self.accelerator.prepare(self._train_loader)

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Tensor],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        """The objective's sum over `num_items_in_batch`, the supervised tokens of the whole update."""
        with self.accelerator.autocast():
            total = self._objective(self.accelerator.unwrap_model(model), inputs)
        tokens = num_items_in_batch if num_items_in_batch is not None else inputs["labels"].ne(IGNORED).sum()
        loss = total / tokens
        return (loss, {}) if return_outputs else loss

    def evaluate(self, *_: Any, metric_key_prefix: str = "eval", **__: Any) -> dict[str, float]:
        """The dev loss: mean over all its supervised tokens."""
        total, tokens = 0.0, 0
        self.model.eval()
        with torch.inference_mode():
            for batch in self._dev_loader or ():
                batch = {name: tensor.to(self.args.device) for name, tensor in batch.items()}
                with self.accelerator.autocast():
                    total += float(self._objective(self.model, batch))
                tokens += int(batch["labels"].ne(IGNORED).sum())
        self.model.train()
        metrics = {f"{metric_key_prefix}_loss": total / max(tokens, 1)}
        self.log(metrics)
        self.control: Any = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics


class RunPlan(transformers.TrainerCallback):  # type: ignore[misc]
    """Checkpoints every `save_every` updates besides those at every measurement, and a measurement at the end.

    Measurements must save, or the best weights could not be kept; the last updates must be measured, or they
    could never be the best.
    """

    def __init__(self, *, save_every: int, watched: bool) -> None:
        self._save_every, self._watched = save_every, watched

    def on_step_end(self, _args: Any, state: Any, control: Any, **_: Any) -> None:
        """One update is done."""
        if state.global_step % self._save_every == 0:
            control.should_save = True
        if self._watched and state.global_step >= state.max_steps:
            control.should_evaluate = True


class LossCurve(transformers.TrainerCallback):  # type: ignore[misc]
    """Shows the progress and the newest losses."""

    def __init__(self, progress: Progress, *, tokens_by_update: list[int]) -> None:
        self._progress, self._tokens = progress, tokens_by_update
        self._figures: dict[str, float] = {}

    def on_train_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Count what an interrupted run did already."""
        if state.global_step:
            self._progress.advance(sum(self._tokens[: state.global_step]))

    def on_step_end(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        """One update is done."""
        self._progress.advance(self._tokens[state.global_step - 1], **self._figures)

    def on_log(self, _args: Any, _state: Any, _control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        """A loss was measured."""
        for key, name in (("loss", "loss"), ("eval_loss", "dev loss")):
            if logs and key in logs:
                self._figures[name] = logs[key]


def loss_points(log_history: list[dict[str, float]]) -> tuple[LossPoint, ...]:
    """The curve out of a trainer's log, which checkpoints carry over interruptions."""
    return tuple(
        LossPoint(int(entry["step"]), entry.get("loss"), entry.get("eval_loss"))
        for entry in log_history
        if "loss" in entry or "eval_loss" in entry
    )
