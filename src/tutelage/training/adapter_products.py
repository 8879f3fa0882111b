"""LoRA layers as one function: y = x·Wᵀ + s·(x·Aᵀ)·Bᵀ, where the adapter adds into the product of the frozen layer.

peft computes the adapter's part aside, scales it and adds it, each a pass over memory forwards and backwards; on
processors that costs more than the adapter's products. Value and gradients are the same, up to rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor


@contextmanager
def joined_adapters(model: Any) -> Iterator[None]:
    """A block in which the plain LoRA layers of `model` run as one function; others, such as DoRA, stay peft's."""
    layers = [layer for layer in model.modules() if _is_plain(layer)]
    for layer in layers:
        layer.forward = partial(_forward, layer)
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward


def _is_plain(layer: Any) -> bool:
    if type(layer).__module__ != "peft.tuners.lora.layer" or type(layer).__name__ != "Linear":
        return False
    base, active = layer.base_layer, layer.active_adapters
    if type(base) is not torch.nn.Linear or len(active) != 1 or layer.merged or layer.disable_adapters:
        return False
    name = active[0]
    adapted = name in layer.lora_A and name not in layer.lora_variant
    plain = adapted and isinstance(layer.lora_dropout[name], torch.nn.Identity) and layer.lora_B[name].bias is None
    return plain and not any(weight.requires_grad for weight in base.parameters())


def _forward(layer: Any, inputs: Tensor) -> Tensor:
    name, base = layer.active_adapters[0], layer.base_layer
    if layer.disable_adapters:
        return base(inputs)  # type: ignore[no-any-return]
    device = inputs.device.type
    dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else base.weight.dtype
    output: Tensor = _Joined.apply(  # type: ignore[no-untyped-call]
        inputs.to(dtype), base.weight.to(dtype), None if base.bias is None else base.bias.to(dtype),
        layer.lora_A[name].weight, layer.lora_B[name].weight, layer.scaling[name],
    )  # fmt: skip
    return output


class _Joined(torch.autograd.Function):
    """`inputs` [..., D], `weight` [E, D], `bias` [E], `down` [r, D], `up` [E, r]; products in the inputs' dtype."""

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor | None, down: Tensor, up: Tensor, scale: float
    ) -> Tensor:
        rows = inputs.reshape(-1, inputs.shape[-1])
        with torch.autocast(inputs.device.type, enabled=False):
            narrow_down, narrow_up = down.to(rows.dtype), (up * scale).to(rows.dtype)
            inner = torch.mm(rows, narrow_down.t())
            output = torch.nn.functional.linear(rows, weight, bias).addmm_(inner, narrow_up.t())
        ctx.save_for_backward(rows, weight, narrow_down, narrow_up, inner)
        ctx.shape, ctx.scale, ctx.dtypes = inputs.shape, scale, (down.dtype, up.dtype)
        return output.view(*inputs.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor | None, ...]:
        rows, weight, down, up, inner = ctx.saved_tensors
        gradient = upstream[0].reshape(-1, upstream[0].shape[-1])
        to_inner = torch.mm(gradient, up)
        to_down = torch.mm(to_inner.t(), rows).to(ctx.dtypes[0])
        to_up = torch.mm(gradient.t(), inner).to(ctx.dtypes[1]) * ctx.scale
        to_inputs = None
        if ctx.needs_input_grad[0]:
            to_inputs = torch.mm(gradient, weight).addmm_(to_inner, down).view(ctx.shape)
        return to_inputs, None, None, to_down, to_up, None
