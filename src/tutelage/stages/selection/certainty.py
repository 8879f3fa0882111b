"""How sure the student is of its translation of each segment: by its own probabilities, and by its other outputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from tutelage.core.languages import Direction
from tutelage.core.protection.spans import Protection
from tutelage.core.records import Example, Hypothesis, Segment
from tutelage.core.stage import Stage, Work
from tutelage.stages.masked_examples import mask_examples
from tutelage.storage.stages import StageTable
from tutelage.students.decoder import Decoder, Weights
from tutelage.students.kinds.kind import AnyStudent
from tutelage.students.student_folder import read_student
from tutelage.teachers.comparing.agreement import measure_agreement

if TYPE_CHECKING:
    from torch import Tensor

OUTPUTS = 4
"""Of the beam search that agreement is measured among."""
MAX_TOKENS = 256
"""Of a source or a hypothesis; what is behind them is not looked at."""
WINDOW = 1024
"""Segments that are sorted by length together."""
_BATCH = 32
_CHUNK = 256
"""Positions whose probabilities over the vocabulary are held at once."""


@dataclass(frozen=True, slots=True)
class Certainty:
    """How sure the student is of one segment; higher is surer."""

    id: str
    value: float


@dataclass(frozen=True, slots=True)
class ConfidenceInputs:
    """The student's translations, and the student."""

    hypotheses: StageTable[Hypothesis]
    student: Weights
    direction: Direction
    protection: Protection | None
    """What the student reads as masks; `None` masks nothing."""


def measure_confidence(inputs: ConfidenceInputs, work: Work) -> Iterator[Certainty]:
    """The mean log-probability (nats) of the tokens of each hypothesis, its end among them, under the student."""
    work.progress.start("student scores", total=inputs.hypotheses.rows)
    work.progress.advance(len(work.done))
    todo = (one for one in inputs.hypotheses if one.id not in work.done)
    student: AnyStudent | None = None
    while window := list(islice(todo, WINDOW)):
        student = student or read_student(inputs.student.folder, direction=inputs.direction)
        values = score_hypotheses(student, window, protection=inputs.protection)
        for hypothesis, value in zip(window, values, strict=True):
            yield Certainty(hypothesis.id, value)
        work.progress.advance(len(window))
    work.progress.finish()


def score_hypotheses(
    student: AnyStudent, hypotheses: Sequence[Hypothesis], *, protection: Protection | None, sampled: bool = False
) -> list[float]:
    """Of each hypothesis the mean log-probability of its tokens, in nats; independent of the others.

    `sampled` leaves the student's dropout on.
    """
    from tutelage.training.tokenised import tokenise

    student.model.train(sampled)
    examples = [_example(one, student) for one in hypotheses]
    protection = student.protect(protection)
    if protection is not None and student.mask_form.tokens:
        examples = list(mask_examples(examples, student.mask_form, protection))
    tokenised = tokenise(examples, student, max_source_tokens=MAX_TOKENS, max_target_tokens=MAX_TOKENS)
    by_length = sorted(range(len(examples)), key=lambda index: int(tokenised.lengths[index].sum()))
    size = 1 if student.packed else _BATCH  # packed rows hold several examples, and one mean is wanted of each
    values = [0.0] * len(examples)
    for start in range(0, len(by_length), size):
        batch = by_length[start : start + size]
        for index, value in zip(batch, _means(student, tokenised, batch), strict=True):
            values[index] = value
    return values


def _means(student: AnyStudent, tokenised: Any, batch: list[int]) -> list[float]:
    import torch

    from tutelage.core.training import IGNORED
    from tutelage.training.collation import Collator, PackedCollator

    collate = (PackedCollator if student.packed else Collator)(tokenised, student.tokenizer.pad_token_id)
    tensors = collate(batch)
    with torch.no_grad():
        output = student.states(student.model, tensors)
        told = tensors["labels"] != IGNORED
        logs = torch.zeros(told.shape)
        logs[told] = _log_probabilities(output, told, tensors["labels"][told])
    rows: list[float] = (logs.sum(dim=1) / told.sum(dim=1).clamp(min=1)).tolist()
    return rows


def _log_probabilities(output: Any, told: Tensor, gold: Tensor) -> Tensor:
    """Of the gold tokens [n] at the positions `told` [B, T]."""
    import torch

    states, parts = output.states[told], []
    for start in range(0, len(gold), _CHUNK):
        rows = slice(start, start + _CHUNK)
        logits = torch.nn.functional.linear(states[rows], output.projection, output.bias).float()
        parts.append(logits.gather(1, gold[rows, None])[:, 0] - logits.logsumexp(dim=1))
    return torch.cat(parts)


def _example(hypothesis: Hypothesis, student: AnyStudent) -> Example:
    segment, direction = hypothesis.segment, student.direction
    return Example(segment.id, "translate", direction.source, direction.target, segment.text, hypothesis.text)


@dataclass(frozen=True, slots=True)
class AgreementInputs:
    """What the student translates in several ways."""

    segments: StageTable[Segment]
    student: Decoder


def measure_outputs(inputs: AgreementInputs, work: Work) -> Iterator[Certainty]:
    """How far the likeliest outputs of a beam search agree with the first: mean sentence chrF, 0 to 1."""
    work.progress.start("student translates in several ways", total=inputs.segments.rows)
    work.progress.advance(len(work.done))
    todo = (one for one in inputs.segments if one.id not in work.done)
    again = (one for one in inputs.segments if one.id not in work.done)
    beams = max(OUTPUTS, inputs.student.decoding.beam_size)
    decoding = replace(inputs.student.decoding, beam_size=beams, outputs=OUTPUTS)
    if len(work.done) < inputs.segments.rows:
        engine = replace(inputs.student, contrast=None).open()
        outputs = engine.translate_several((one.text for one in todo), decoding=decoding)
        for segment, texts in zip(again, outputs, strict=True):
            yield Certainty(segment.id, mean_agreement(texts))
            work.progress.advance()
    work.progress.finish()


def mean_agreement(texts: Sequence[str]) -> float:
    """Of the first with the others; 1 without others."""
    first, *others = texts
    return sum(measure_agreement(first, other) for other in others) / len(others) if others else 1.0


CONFIDENCES = Stage("confidences", 2, Certainty, measure_confidence, resumes=True)
AGREEMENTS = Stage("agreements", 1, Certainty, measure_outputs, resumes=True)
