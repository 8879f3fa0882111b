"""How far a causal student has moved from another one: their divergence on what the first has written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
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
class Head:
    """What makes logits of a student's states: projection [V, D] and bias [V]."""

    projection: Tensor
    bias: Tensor | None


def diverge(
    reference: CausalStudent, student: CausalStudent, written: Iterable[Written], *, max_tokens: int
) -> Iterator[Divergence]:
    """For each answer the sum over its first `max_tokens` tokens of KL(reference ‖ student), given all before them.

    An answer without a token has no divergence: 0 over 0. StudentError if their vocabularies differ in size.
    """
    yield from diverge_from(read_answers(reference, written, max_tokens=max_tokens), head_of(reference), student)


def read_answers(student: CausalStudent, written: Iterable[Written], *, max_tokens: int) -> list[Read]:
    """The first `max_tokens` tokens of each answer, read by the student that others are held against."""
    import torch

    with torch.no_grad():
        return [_read(student, one, max_tokens=max_tokens) for one in written]


def head_of(student: CausalStudent) -> Head:
    """The student's own; the student itself may go."""
    import torch

    with torch.no_grad():
        output = _states(student, [0], [0])
    return Head(output.projection.detach(), output.bias)


def diverge_from(read: Iterable[Read], head: Head, student: CausalStudent) -> Iterator[Divergence]:
    """`diverge` of a student from the one that has read the answers before, and whose head it is."""
    import torch

    for one in read:
        if one.states is None:
            yield Divergence(0.0, 0)
            continue
        with torch.no_grad():
            output = _states(student, one.prompt, one.answer)
            first = _log_probabilities(one.states.to(output.states.device), head.projection, head.bias)
            second = _log_probabilities(output.states, output.projection, output.bias)
            _check_vocabularies(first, second, student)
            each = (first.exp() * (first - second)).sum(dim=-1)
        yield Divergence(float(each.sum()), len(one.answer), float(each[-1]) if one.has_end else None)


def write_reading(read: Sequence[Read], path: Path) -> None:
    """Keep what a student has read, some kilobytes a token, so that it need not read it again."""
    import torch
    from safetensors.torch import save_file

    tensors = {"ends": torch.tensor([one.has_end for one in read])}
    for number, one in enumerate(read):
        tensors |= {f"{number}.prompt": torch.tensor(one.prompt), f"{number}.answer": torch.tensor(one.answer)}
        if one.states is not None:
            tensors[f"{number}.states"] = one.states.contiguous()
    save_file(tensors, path)


def read_reading(path: Path) -> Iterator[Read]:
    """What `write_reading` has kept, one answer after the other."""
    from safetensors import safe_open

    with safe_open(path, framework="pt") as kept:
        names = set(kept.keys())
        for number, has_end in enumerate(kept.get_tensor("ends").tolist()):
            prompt, answer = (kept.get_tensor(f"{number}.{part}").tolist() for part in ("prompt", "answer"))
            states = f"{number}.states"
            yield Read(prompt, answer, has_end, kept.get_tensor(states) if states in names else None)


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
