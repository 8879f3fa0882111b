"""How far a causal student has moved from another one: their divergence on what the first has written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tutelage.core.errors import StudentError
from tutelage.students.causal_student import CausalStudent
from tutelage.students.chat_format import Messages
from tutelage.students.states import DecoderOutput, causal_states

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


@dataclass(frozen=True, slots=True)
class Read:
    """An answer as a student read it."""

    prompt: list[int]
    answer: list[int]
    has_end: bool
    states: Tensor | None
    """[T, D] on the processor, of the T tokens of the answer, each before it is read; None without any."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Answers as a student read them, and what makes predictions of its states; the student itself may go."""

    read: Sequence[Read]
    projection: Tensor
    bias: Tensor | None


def diverge(
    reference: CausalStudent, student: CausalStudent, written: Iterable[Written], *, max_tokens: int
) -> Iterator[Divergence]:
    """For each answer the sum over its first `max_tokens` tokens of KL(reference ‖ student), given all before them.

    An answer without a token has no divergence: 0 over 0. StudentError if their vocabularies differ in size.
    """
    yield from diverge_from(read_answers(reference, written, max_tokens=max_tokens), student)


def read_answers(student: CausalStudent, written: Iterable[Written], *, max_tokens: int) -> Reading:
    """The first `max_tokens` tokens of each answer, read by the student that others are held against."""
    import torch

    with torch.no_grad():
        read = [_read(student, one, max_tokens=max_tokens) for one in written]
        head = _states(student, [0], [0])
    return Reading(read, head.projection.detach(), head.bias)


def diverge_from(reading: Reading, student: CausalStudent) -> Iterator[Divergence]:
    """`diverge` of a student from one that has read the answers before."""
    import torch

    for one in reading.read:
        if one.states is None:
            yield Divergence(0.0, 0)
            continue
        with torch.no_grad():
            output = _states(student, one.prompt, one.answer)
            first = _log_probabilities(one.states.to(output.states.device), reading.projection, reading.bias)
            second = _log_probabilities(output.states, output.projection, output.bias)
            _check_vocabularies(first, second, student)
            each = (first.exp() * (first - second)).sum(dim=-1)
        yield Divergence(float(each.sum()), len(one.answer), float(each[-1]) if one.has_end else None)


def _read(student: CausalStudent, one: Written, *, max_tokens: int) -> Read:
    (prompt,) = student.encode_conversations([one.messages])
    answer = student.encode_answer_start(one.answer)
    if one.finished:
        answer = [*answer, student.format.end_id]
    room = min(max_tokens, student.context_tokens - len(prompt))
    has_end, answer = one.finished and len(answer) <= room, answer[:room]
    return Read(prompt, answer, has_end, _states(student, prompt, answer).states.cpu() if answer else None)


def _states(student: CausalStudent, prompt: list[int], answer: list[int]) -> DecoderOutput:
    """[T, D] of the T tokens of the answer, each given what stands before it, and what makes logits of them."""
    import torch

    device = student.model.device
    ids = torch.tensor([[*prompt, *answer[:-1]]], device=device)
    positions = torch.arange(ids.shape[1], device=device)[None]
    output = causal_states(student.model, ids, positions)
    return replace(output, states=output.states[0, len(prompt) - 1 :])


def _log_probabilities(states: Tensor, projection: Tensor, bias: Tensor | None) -> Tensor:
    import torch

    return torch.log_softmax(torch.nn.functional.linear(states, projection, bias).float(), dim=-1)


def _check_vocabularies(first: Tensor, second: Tensor, student: CausalStudent) -> None:
    if first.shape != second.shape:
        sizes = f"{first.shape[-1]:,} and {second.shape[-1]:,} tokens"
        raise StudentError(
            f"the students' vocabularies have {sizes}, so that their predictions cannot be compared.",
            where=str(student.origin),
            fix="Set retention.drift to 0, or compare a student with the model that it was trained from.",
        )
