"""On-policy self-distillation: the student learns from what it writes, by how the one before would go on.

Self-distillation fine-tuning (Shenfeld et al. 2026, arXiv 2601.19897): the student samples an answer, and at each of
its tokens is drawn to what the same model predicts that is shown the right answer, KL(student ‖ shown). The text is the
student's own and the teacher nearly itself, so that little is forgotten. Deviations: the teacher is the student before
the training, under the adapter, and not a moving average; the words that show the answer are ours.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from tutelage.objectives.divergence import projected_divergence
from tutelage.stages.student_objective import Forward, Objective, low_precision, states_before

if TYPE_CHECKING:
    from torch import Tensor

ROOM = 2
"""An answer is cut at so many times the longest one given in its batch."""


def self_distillation(
    states: Forward, *, stop_ids: Collection[int], max_tokens: int, otherwise: Objective
) -> Objective:
    """(model, batch of questions) → the sum over answers of weight × mean over its tokens of KL(student ‖ shown).

    A batch with answers of its own, as of the dev text, is left to `otherwise`.
    """
    import torch

    from tutelage.students.sampling import sample_answers

    def objective(model: Any, batch: dict[str, Tensor]) -> Tensor:
        if "questions" not in batch:
            return otherwise(model, batch)
        questions, weights = batch["questions"], batch["weights"]
        answers = sample_answers(
            model, questions, batch["question_lengths"],
            stop_ids=stop_ids, max_tokens=min(max_tokens, ROOM * int(batch["answer_tokens"])),
        )  # fmt: skip
        asked, wanted = lay_out(questions, batch["question_lengths"], answers)
        shown, wanted_there = lay_out(batch["shown"], batch["shown_lengths"], answers)
        before = states_before(states, model, shown)[wanted_there][None]
        output = states(model, asked)
        each = [weight.expand(len(answer)) / len(answer) for weight, answer in zip(weights, answers, strict=True)]
        return projected_divergence(
            before,
            output.states[wanted][None],
            output.projection,
            wanted.new_ones(before.shape[:2]),
            bias=output.bias,
            weights=torch.cat(each)[None],
            reverse=True,
            compute_dtype=low_precision(questions),
        )

    return objective


def lay_out(questions: Tensor, lengths: Tensor, answers: Sequence[Sequence[int]]) -> tuple[dict[str, Tensor], Tensor]:
    """Each question [B, S] with its answer as a row, and where [B, T] the answer's tokens are predicted from.

    What is behind an answer is an example of its own, as in packed rows.
    """
    import torch

    begins = lengths.tolist()
    width = max(begin + len(answer) for begin, answer in zip(begins, answers, strict=True))
    ids = questions.new_zeros(len(begins), width)
    positions, wanted = ids.clone(), torch.zeros_like(ids, dtype=torch.bool)
    for row, (begin, answer) in enumerate(zip(begins, answers, strict=True)):
        end = begin + len(answer)
        ids[row, :begin], ids[row, begin:end] = questions[row, :begin], questions.new_tensor(answer)
        positions[row, :end], positions[row, end:] = torch.arange(end), torch.arange(width - end)
        wanted[row, begin - 1 : end - 1] = True
    return {"input_ids": ids, "position_ids": positions}, wanted
