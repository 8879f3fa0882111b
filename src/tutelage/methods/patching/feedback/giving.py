"""Feedback of a chat teacher on a stream of hypotheses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tutelage.core.records import Feedback, Hypothesis, Rejection
from tutelage.labelling.roles.feedback import GiveFeedback, make_feedback
from tutelage.methods.patching.rounds import Round
from tutelage.stages.asking import ask_about


def give_feedback(
    work: Round, hypotheses: Iterable[Hypothesis], *, teacher: str | None, total: int | None
) -> Iterator[Feedback | Rejection]:
    """The feedback on each hypothesis, and a rejection for each error in it that cannot be used.

    Asked with the recipe's seed in every round, so that what the student wrote before is not paid again.
    """
    context, mode = work.context, work.settings.mode
    answers = ask_about(
        context,
        hypotheses,
        role=feedback_role(work),
        teacher=teacher,
        seed=context.recipe.seed,
        label=f"{teacher or 'teacher'} gives feedback",
        total=total,
        unit="segments",
    )
    for hypothesis, outcome in answers:
        if isinstance(outcome, Rejection):
            yield outcome
            continue
        direction = context.recipe.direction.direction
        feedback, rejections = make_feedback(hypothesis, outcome, direction=direction, mode=mode)
        yield from rejections
        if feedback is not None:
            yield feedback


def feedback_role(work: Round) -> GiveFeedback:
    """The role as this round asks it."""
    return GiveFeedback(work.context.recipe.direction.direction, mode=work.settings.mode)
