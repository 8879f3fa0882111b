"""A model divided over the processes that train it: each holds a part of every weight, gradient and optimizer state.

torch's `fully_shard` (Zhao et al. 2023, arXiv 2304.11277, in its second form) brings a layer's weights together while
it is computed. What is divided is a copy: the model itself stays whole in main memory, and takes the weights back. So
checkpoints are those of an undivided training, and any number of processes can go on from them, divided or not.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from transformers.trainer import OPTIMIZER_NAME, SCHEDULER_NAME

from tutelage.training.trainer import PlannedTrainer


def shard(model: Any, *, device: torch.device, processes: int) -> Any:
    """A copy of the model on `device`, each of whose layers is divided over all processes; every process must ask."""
    mesh, divided = init_device_mesh(device.type, (processes,)), copy.deepcopy(model)
    for layer in layers(divided):
        fully_shard(layer, mesh=mesh)
    fully_shard(divided, mesh=mesh)
    spread(model, over=divided)  # a new adapter's weights are drawn by each process
    return divided


def layers(module: nn.Module) -> Iterator[nn.Module]:
    """What stands in the module's lists, without what stands in lists inside."""
    for child in module.children():
        yield from child if isinstance(child, nn.ModuleList) else layers(child)


def gather(divided: Any, *, into: nn.Module) -> None:
    """Give the whole model the trained weights of its divided copy; every process must ask, and has them afterwards."""
    for whole, part in _pairs(into, divided):
        whole.copy_(part.full_tensor())


def spread(whole: nn.Module, *, over: Any) -> None:
    """Give the divided copy the trainable weights of the whole model, those of the first process."""
    for weight, part in _pairs(whole, over):
        part.copy_(_divide(weight.to(part.dtype), like=part))


def _pairs(whole: nn.Module, divided: Any) -> Iterator[tuple[Tensor, DTensor]]:
    for module in divided.modules():
        if isinstance(module, FSDPModule):
            module.reshard()  # the last forward pass leaves what stands around the layers whole
    for weight, part in zip(whole.parameters(), divided.parameters(), strict=True):
        if weight.requires_grad:
            yield weight.detach(), part.detach()


def _divide(values: Tensor, *, like: DTensor) -> DTensor:
    return distribute_tensor(values.to(like.device), like.device_mesh, like.placements)


class ShardedTrainer(PlannedTrainer):
    """A trainer of the divided copy of `whole`, whose checkpoints are those of a trainer of `whole`."""

    model: Any

    def __init__(self, *, whole: Any, **settings: Any) -> None:
        super().__init__(**settings)
        self._whole = whole
        self.is_distributed_loading_by_transformers = True  # the model averages its gradients by itself

    def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
        """The whole model's weights, by the first process."""
        gather(self.model, into=self._whole)
        if self.args.should_save:
            with self._on_whole():
                super().save_model(output_dir, _internal_call)

    def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
        state = _whole_state(self.optimizer.state_dict(), kept=self.args.should_save)
        if self.args.should_save:
            torch.save(state, Path(output_dir) / OPTIMIZER_NAME)
            torch.save(self.lr_scheduler.state_dict(), Path(output_dir) / SCHEDULER_NAME)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        if checkpoint is None:
            return
        folder = Path(checkpoint)
        state = torch.load(folder / OPTIMIZER_NAME, map_location="cpu", mmap=True, weights_only=True)
        weights = [weight for group in self.optimizer.param_groups for weight in group["params"]]
        for number, values in state["state"].items():
            for name, value in values.items():
                if value.shape == weights[number].shape:
                    values[name] = _divide(value, like=weights[number])
        self.optimizer.load_state_dict(state)
        self.lr_scheduler.load_state_dict(torch.load(folder / SCHEDULER_NAME, weights_only=True))

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        super()._load_from_checkpoint(resume_from_checkpoint, self._whole)
        spread(self._whole, over=model or self.model)

    def _load_best_model(self) -> None:
        with self._on_whole():
            super()._load_best_model()
        spread(self._whole, over=self.model)

    def _defer_fsdp_gradient_reduction(self) -> AbstractContextManager[None]:
        """Nothing is deferred: whole gradients of all layers would be held until the last micro-batch."""
        return nullcontext()

    @contextmanager
    def _on_whole(self) -> Iterator[None]:
        divided = self.model
        self.model, self.is_distributed_loading_by_transformers = self._whole, False
        try:
            yield
        finally:
            self.model, self.is_distributed_loading_by_transformers = divided, True


def _whole_state(state: dict[str, Any], *, kept: bool) -> dict[str, Any]:
    """An optimizer's state with whole tensors in main memory; without `kept` the process only helps."""

    def whole(value: Any) -> Any:
        together = value.full_tensor() if isinstance(value, DTensor) else value
        return together.cpu() if kept and isinstance(together, Tensor) else together if kept else None

    values = {number: {name: whole(one) for name, one in own.items()} for number, own in state["state"].items()}
    return {**state, "state": values}
