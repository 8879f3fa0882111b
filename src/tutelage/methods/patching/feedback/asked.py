"""The stage `feedback` where a chat teacher is asked: it names, places and corrects the errors of each hypothesis."""

from __future__ import annotations

from tutelage.core.records import Feedback, Hypothesis
from tutelage.core.signatures import content_key
from tutelage.methods.patching.feedback.giving import feedback_role, give_feedback
from tutelage.methods.patching.feedback.verification import verified_feedback
from tutelage.methods.patching.rounds import Round
from tutelage.stages.asking import teacher_key
from tutelage.storage.stages import StageTable


def asked_feedback_stage(work: Round, hypotheses: StageTable[Hypothesis]) -> StageTable[Feedback]:
    """Every hypothesis as the teacher judges it; where errors are verified, `unverified` keeps the first verdict."""
    verified = work.settings.feedback.verified
    if verified == "none":
        return _asked_stage(work, hypotheses, name="feedback")
    asked = _asked_stage(work, hypotheses, name="unverified")
    second = teacher_key(work.context.recipe, work.settings.feedback.second)
    version, seed = feedback_role(work).prompt_version, work.context.recipe.seed
    key = content_key("verified", 1, asked.key, verified, work.settings.mode, second, version, seed)
    return work.folder.table("feedback", Feedback, key=key, produce=lambda: verified_feedback(work, asked))


def _asked_stage(work: Round, hypotheses: StageTable[Hypothesis], *, name: str) -> StageTable[Feedback]:
    teacher, recipe = work.settings.feedback_teacher, work.context.recipe
    version, asked = feedback_role(work).prompt_version, teacher_key(recipe, teacher)
    key = content_key("asked_feedback", 1, hypotheses.key, work.settings.mode, asked, version, recipe.seed)
    produce = lambda: give_feedback(work, hypotheses, teacher=teacher, total=hypotheses.rows)  # noqa: E731
    return work.folder.table(name, Feedback, key=key, produce=produce)
