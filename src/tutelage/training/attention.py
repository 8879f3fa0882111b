"""Attention as matrix products, for packed rows in bfloat16 on a processor.

torch's fused attention saves memory, but its backward pass on processors makes no use of their matrix units: on 8 rows
of 256 tokens, 9 heads and AMX, forward and backward take 79 ms with it, and 56 ms as products. The scores are rounded
to bfloat16 on the way, as in transformers' eager attention. Query heads that share a key head are one product, so that
no key is repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

NAME = "tutelage_products"
"""What transformers knows this attention by."""


@contextmanager
def attending_by_products(model: Any) -> Iterator[None]:
    """A block in which a model on a processor that would use torch's attention uses this one.

    What it does not know (dropout, score caps, another precision) it leaves to torch's.
    """
    config: Any = getattr(model, "config", None)
    if getattr(config, "_attn_implementation", None) != "sdpa" or next(model.parameters()).device.type != "cpu":
        yield
        return
    _register()
    config._attn_implementation = NAME
    try:
        yield
    finally:
        config._attn_implementation = "sdpa"


def _register() -> None:
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import eager_mask

    AttentionInterface.register(NAME, _attend)
    AttentionMaskInterface.register(NAME, eager_mask)


def _attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **others: Any,
) -> tuple[Tensor, None]:
    """Outputs [B, T, H, D] for `query` [B, H, T, D], `key` and `value` [B, K, T, D], and an added mask [B, 1, T, T]."""
    dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else query.dtype
    unknown = any(others.get(name) is not None for name in ("softcap", "s_aux", "position_bias", "cache"))
    if dtype != torch.bfloat16 or attention_mask is None or dropout or unknown or query.shape[2] != key.shape[2]:
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        mask = None if attention_mask is None else attention_mask.to(dtype)
        found: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, mask, dropout=dropout, scaling=scaling, **others
        )
        return found
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    states = (state.to(dtype) for state in (query, key, value))
    output: Tensor = _Attention.apply(*states, attention_mask.to(dtype), scale)  # type: ignore[no-untyped-call]
    return output.transpose(1, 2).contiguous(), None


class _Attention(torch.autograd.Function):
    """softmax(scale·q·kᵀ + mask)·v; the softmax is computed again in the backward pass instead of being kept."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor, scale: float) -> Tensor:
        groups = query.shape[1] // key.shape[1]
        with torch.autocast("cpu", enabled=False):
            scaled = _by_key_head(query * scale, groups=groups)
            keys, values = key.flatten(0, 1), value.flatten(0, 1)
            shares = _softmax(scaled, keys, mask, heads=query.shape[1])
            output = torch.bmm(shares, values)
        ctx.save_for_backward(scaled, keys, values, mask)
        ctx.shapes, ctx.scale = (query.shape, key.shape), scale
        return output.view(query.shape)

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor | None, ...]:
        scaled, keys, values, mask = ctx.saved_tensors
        query_shape, key_shape = ctx.shapes
        shares = _softmax(scaled, keys, mask, heads=query_shape[1])
        gradient = _by_key_head(upstream[0], groups=query_shape[1] // key_shape[1])
        to_value = torch.bmm(shares.transpose(1, 2), gradient)
        to_shares = torch.bmm(gradient, values.transpose(1, 2))
        to_scores = torch._softmax_backward_data(to_shares, shares, -1, shares.dtype)
        to_query = torch.bmm(to_scores, keys).mul_(ctx.scale)
        to_key = torch.bmm(to_scores.transpose(1, 2), scaled)
        return to_query.view(query_shape), to_key.view(key_shape), to_value.view(key_shape), None, None


def _by_key_head(states: Tensor, *, groups: int) -> Tensor:
    """[B, H, T, D] → [B·H / groups, groups·T, D]."""
    batch, heads, tokens, width = states.shape
    return states.reshape(batch * heads // groups, groups * tokens, width)


def _softmax(scaled: Tensor, keys: Tensor, mask: Tensor, *, heads: int) -> Tensor:
    """What each query gives each key, [B·K, groups·T, T]."""
    batch, _, tokens, others = mask.shape
    rows = mask.expand(batch, heads, tokens, others)
    scores = rows.clone(memory_format=torch.contiguous_format).view(len(keys), -1, others)  # written to below
    return torch.softmax(scores.baddbmm_(scaled, keys.transpose(1, 2)), dim=-1)
