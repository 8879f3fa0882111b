"""`transformers.Trainer` with planned batches and our objectives; the loss of an update is a mean over all of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import torch
import transformers
from accelerate.data_loader import prepare_data_loader
from torch import Tensor

from tutelage.core.protocols import Progress
from tutelage.core.training import LossPoint
from tutelage.training.checkpoints import seal_checkpoint
from tutelage.training.ending import DevScore
from tutelage.training.processes import is_first_process, told_by_first


class PlannedTrainer(transformers.Trainer):  # type: ignore[misc]
    """A Trainer whose loader yields the whole run's batches as one epoch, of several processes the own share of them.

    The summed loss is divided by the count of *all* micro-batches of the update, that of true samples and that of
    conflicting ones apart, so that neither micro-batch size nor accumulation nor the number of processes changes the
    gradient. The model must be in a block of `objective_forward`.
    """

    loss_is_scaled_for_ga = True

    def __init__(
        self,
        *,
        train_loader: Any,
        dev_loader: Any | None,
        dev_score: DevScore | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self._train_loader = train_loader
        self._dev_loader, self._dev_score = dev_loader, dev_score
        self.model_accepts_loss_kwargs = True

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        super()._save_checkpoint(model, trial)
        self.accelerator.wait_for_everyone()
        if self.args.should_save:
            seal_checkpoint(Path(self.args.output_dir) / f"checkpoint-{self.state.global_step}")

    def get_train_dataloader(self) -> Any:
        """The planned batches, which are this process's own."""
        return prepare_data_loader(
            self._train_loader, device=self.accelerator.device, num_processes=1, process_index=0, put_on_device=True
        )

    def get_batch_samples(
        self, epoch_iterator: Iterator[dict[str, Tensor]], num_batches: int, device: torch.device
    ) -> tuple[list[dict[str, Tensor]], Tensor | None]:
        """The micro-batches of the next update, and the count of its true samples in all processes."""
        batches = list(islice(epoch_iterator, num_batches))
        if not batches:
            return batches, None
        counts = torch.stack([batch["counts"] for batch in batches]).sum(dim=0).to(device)
        counts = self.accelerator.reduce(counts, reduction="sum")
        true = counts[0].clamp(min=torch.finfo(counts.dtype).tiny)  # none of weight: no loss, and no division by 0
        _divide_conflicts(batches, by=counts[1] / true)
        return batches, true

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Tensor],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        """The objective's sum over `num_items_in_batch`, the count of the whole update's true samples.

        Gradients of several processes are averaged later, where their sum is wanted.
        """
        with self.accelerator.autocast():
            total = model(objective_batch=inputs)
        count = inputs["counts"][0] if num_items_in_batch is None else num_items_in_batch
        loss = total * self.accelerator.num_processes / count
        return (loss, {}) if return_outputs else loss

    def evaluate(self, *_: Any, metric_key_prefix: str = "eval", **__: Any) -> dict[str, float]:
        """The dev loss, the mean over all its true samples, and the dev score if one is wanted.

        Each process measures its own share of the dev text for the loss; the first one measures the score.
        """
        sums = torch.zeros(2, dtype=torch.float64, device=self.args.device)
        self.model.eval()
        with torch.no_grad():
            for batch in self._dev_loader or ():
                batch = {name: tensor.to(self.args.device) for name, tensor in batch.items()}
                with self.accelerator.autocast():
                    loss = self.model(objective_batch=batch)
                sums += torch.stack([loss.double(), batch["counts"][0].double()])
        total, count = self.accelerator.reduce(sums, reduction="sum").tolist()
        metrics = {f"{metric_key_prefix}_loss": total / max(count, 1.0)}
        if self._dev_score is not None:
            score = self._dev_score(self.model) if is_first_process() else 0.0
            metrics[f"{metric_key_prefix}_score"] = told_by_first(score)
        self.model.train()
        self.log(metrics)
        self.control: Any = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics


def _divide_conflicts(batches: list[dict[str, Tensor]], *, by: Tensor) -> None:
    """Give conflicting samples the mean of their own: the whole is divided by the count of true ones later."""
    for batch in batches:
        if "unlikely" in batch:
            batch["weights"] = torch.where(batch["unlikely"], batch["weights"] / by, batch["weights"])


class RunPlan(transformers.TrainerCallback):  # type: ignore[misc]
    """Checkpoints every `save_every` updates besides those at every measurement, and a measurement at the end.

    Measurements must save, or the best weights could not be kept; the last updates must be measured, or they
    could never be the best.
    """

    def __init__(self, *, save_every: int, watched: bool) -> None:
        self._save_every, self._watched = save_every, watched

    def on_train_begin(self, args: Any, state: Any, _control: Any, **_: Any) -> None:
        """The best weights so far are where the checkpoints are now; the state names the folder that they were in."""
        best = Path(args.output_dir) / f"checkpoint-{state.best_global_step}"
        if state.best_global_step and best.is_dir():
            state.best_model_checkpoint = str(best)

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
        for key, name in (("loss", "loss"), ("eval_loss", "dev loss"), ("eval_score", "dev chrF")):
            if logs and key in logs:
                self._figures[name] = logs[key]


def loss_points(log_history: list[dict[str, float]]) -> tuple[LossPoint, ...]:
    """The curve out of a trainer's log, which checkpoints carry over interruptions."""
    return tuple(
        LossPoint(int(entry["step"]), entry.get("loss"), entry.get("eval_loss"), entry.get("eval_score"))
        for entry in log_history
        if "loss" in entry or "eval_loss" in entry
    )
