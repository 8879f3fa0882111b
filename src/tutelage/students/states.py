"""The forward pass of students up to, and without, the output projection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tutelage.core.errors import StudentError

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class DecoderOutput:
    """Decoder states [B, T, D] and the projection [V, D] (+ bias [V]) that turns them into logits."""

    states: Tensor
    projection: Tensor
    bias: Tensor | None


def without_adapter(model: Any) -> Any:
    """The transformers model itself; a LoRA adapter's layers stay inside it."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def decoder_states(model: Any, batch: dict[str, Tensor]) -> DecoderOutput:
    """Of a batch with input_ids [B, S], attention_mask [B, S] and decoder_input_ids [B, T].

    `model` may carry a LoRA adapter; its base modules are called, so autocast must be entered by the caller.
    """
    inner = without_adapter(model)
    states = inner.model(**batch).last_hidden_state
    bias = getattr(inner, "final_logits_bias", None)
    return DecoderOutput(states, inner.lm_head.weight, None if bias is None else bias[0])


def causal_states(model: Any, input_ids: Tensor, position_ids: Tensor) -> DecoderOutput:
    """States [B, T, D] of packed rows: `input_ids` [B, T], `position_ids` [B, T] that begin anew with each example.

    Without an attention mask and a cache, transformers reads the examples' boundaries from the positions and lets
    no token see another example. `model` may carry a LoRA adapter.
    """
    inner = without_adapter(model)
    output = inner.base_model(input_ids=input_ids, position_ids=position_ids, use_cache=False)
    return with_head(inner, output.last_hidden_state)


def with_head(inner: Any, states: Tensor) -> DecoderOutput:
    """The last hidden states [..., D] of a transformers model with its output projection."""
    head = inner.get_output_embeddings()
    scaling = getattr(inner.config, "logits_scaling", None)  # Granite divides its logits
    return DecoderOutput(states if scaling is None else states / scaling, head.weight, head.bias)


def check_trainable(model: Any) -> None:
    """StudentError if states and projection are not all of the model's logits, or boundaries are not kept.

    Two short conversations in one packed row must give the logits that the model itself gives each of them.
    """
    import torch

    inner = without_adapter(model)
    ids = torch.arange(4, 11, device=inner.device) % inner.config.vocab_size
    first, second = ids[:4], ids[4:]
    positions = torch.cat([torch.arange(4), torch.arange(3)]).to(inner.device)
    was_training = inner.training
    inner.eval()
    try:
        with torch.no_grad():
            packed = causal_states(inner, ids[None], positions[None])
            found = torch.nn.functional.linear(packed.states[0], packed.projection, packed.bias)
            expected = torch.cat([inner(part[None], use_cache=False).logits[0] for part in (first, second)])
    finally:
        inner.train(was_training)
    scale = float(expected.float().abs().max())
    if float((found.float() - expected.float()).abs().max()) > _TOLERANCE * max(scale, 1.0):
        raise StudentError(
            f"a model of type '{inner.config.model_type}' cannot be trained here: packed examples do not give its own "
            "logits.",
            where="student",
            fix="Models of the Llama, Mistral, Qwen, SmolLM, OLMo and Granite families can.",
        )


_TOLERANCE = 0.05
"""Rounding of bfloat16 stays well below; a forgotten cap or scale, or a lost boundary, is well above."""
