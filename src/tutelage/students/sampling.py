"""Answers sampled from a causal model as it is, its adapter included, without an engine: while it is being trained."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from tutelage.students.states import with_head, without_adapter

if TYPE_CHECKING:
    from torch import Tensor


def sample_answers(
    model: Any, questions: Tensor, lengths: Tensor, *, stop_ids: Collection[int], max_tokens: int
) -> list[list[int]]:
    """One answer to each of `questions` [B, S], of which `lengths` [B] tokens count, at a temperature of 1.

    An answer ends with its first stop token, or is cut at `max_tokens`. What is drawn depends on torch's generator.
    """
    import torch

    inner, stops = without_adapter(model), torch.tensor(sorted(stop_ids), device=questions.device)
    positions = torch.arange(questions.shape[1], device=questions.device).expand_as(questions)
    mask = (positions < lengths[:, None]).long()
    ids, last, cache = questions, lengths - 1, None
    answers: list[Tensor] = []
    open_ones = torch.ones_like(lengths, dtype=torch.bool)
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            for place in range(max_tokens):
                output = inner.base_model(
                    input_ids=ids, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True
                )
                states = output.last_hidden_state[torch.arange(len(ids), device=ids.device), last]
                head = with_head(inner, states)
                logits = torch.nn.functional.linear(head.states, head.projection, head.bias)
                token = torch.multinomial(torch.softmax(logits.float(), dim=-1), 1)
                answers.append(torch.where(open_ones, token[:, 0], -1))
                open_ones = open_ones & ~torch.isin(token[:, 0], stops)
                if not open_ones.any():
                    break
                ids, positions, cache = token, (lengths + place)[:, None], output.past_key_values
                last = torch.zeros_like(lengths)
                mask = torch.cat([mask, torch.ones_like(token)], dim=1)
    finally:
        model.train(was_training)
    drawn = torch.stack(answers, dim=1).tolist()
    return [[token for token in row if token >= 0] for row in drawn]
