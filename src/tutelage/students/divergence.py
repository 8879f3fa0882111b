"""How far a causal student has moved from another one: their divergence on what the first has written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage.core.errors import StudentError
from tutelage.students.causal_student import CausalStudent
from tutelage.students.chat_format import Messages
from tutelage.students.states import causal_states

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Written:
    """A prompt and what a student wrote on it."""

    messages: Messages
    answer: str
    finished: bool
    """If it ended by itself: its end is a token too."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """Of one answer."""

    nats: float
    """Summed over its tokens."""
    tokens: int
    end_nats: float | None = None
    """At the token that ends the answer; None if it has none, or is longer than what is looked at."""


def diverge(
    reference: CausalStudent, student: CausalStudent, written: Iterable[Written], *, max_tokens: int
) -> Iterator[Divergence]:
    """For each answer the sum over its first `max_tokens` tokens of KL(reference ‖ student), given all before them.

    An answer without a token has no divergence: 0 over 0. StudentError if their vocabularies differ in size.
    """
    for one in written:
        yield _diverge(reference, student, one, max_tokens=max_tokens)


def _diverge(reference: CausalStudent, student: CausalStudent, one: Written, *, max_tokens: int) -> Divergence:
    import torch

    (prompt,) = reference.encode_conversations([one.messages])
    answer = reference.encode_answer_start(one.answer)
    if one.finished:
        answer = [*answer, reference.format.end_id]
    room = min(max_tokens, reference.context_tokens - len(prompt))
    has_end, answer = one.finished and len(answer) <= room, answer[:room]
    if not answer:
        return Divergence(0.0, 0)
    with torch.no_grad():
        first, second = (_log_probabilities(model, prompt, answer) for model in (reference, student))
        if first.shape != second.shape:
            sizes = f"{first.shape[-1]:,} and {second.shape[-1]:,} tokens"
            raise StudentError(
                f"the students' vocabularies have {sizes}, so that their predictions cannot be compared.",
                where=str(student.origin),
                fix="Set retention.drift to 0, or compare a student with the model that it was trained from.",
            )
        each = (first.exp() * (first - second)).sum(dim=-1)
        return Divergence(float(each.sum()), len(answer), float(each[-1]) if has_end else None)


def _log_probabilities(student: CausalStudent, prompt: list[int], answer: list[int]) -> Tensor:
    """[T, V] of the T tokens of the answer, each given what stands before it."""
    import torch

    device = student.model.device
    ids = torch.tensor([[*prompt, *answer[:-1]]], device=device)
    positions = torch.arange(ids.shape[1], device=device)[None]
    output = causal_states(student.model, ids, positions)
    states = output.states[0, len(prompt) - 1 :]
    logits = torch.nn.functional.linear(states, output.projection, output.bias)
    return torch.log_softmax(logits.float(), dim=-1)
