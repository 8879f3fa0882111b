"""The evidence on general abilities: both students answer the same items, with scores, comparisons and retention."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from tutelage.core.evidence import Comparison, Omission, Score, SystemScores
from tutelage.core.recipe import Recipe
from tutelage.core.retention import RetentionSettings
from tutelage.evaluation.retention.measuring import (
    AbilityResult,
    compare_abilities,
    measure_retention,
    score_abilities,
)
from tutelage.evaluation.retention.names import TEST
from tutelage.evaluation.retention.suite import Suite, build_suite
from tutelage.stages.context import StepContext
from tutelage.stages.omissions import goes_on_without
from tutelage.stages.retention.answers import (
    ABILITY_ANSWERS,
    OF_CHAT_MODELS,
    AbilityAnswer,
    AnsweringStudent,
    AnswersInputs,
    results_of,
)
from tutelage.stages.retention.drift import Moved
from tutelage.stages.retention.harness import harness_stage
from tutelage.storage.stages import StageFolder
from tutelage.students.chat_writer import only_translates
from tutelage.students.decoder import Weights
from tutelage.students.kinds.registry import student_kind


@dataclass(frozen=True, slots=True)
class AbilityEvidence:
    """What two students reach, and what the second kept of the first."""

    systems: tuple[SystemScores, ...]
    """The scores of each, those of the second with its retention behind them."""
    comparisons: tuple[Comparison, ...]
    omissions: tuple[Omission, ...] = ()

    def with_drift(self, drift: tuple[Score, ...]) -> Self:
        """The same with the second student's drift behind its scores."""
        first, second = self.systems
        return replace(self, systems=(first, replace(second, scores=(*second.scores, *drift))))


def suite_of(settings: RetentionSettings) -> Suite:
    """The built-in items that a recipe asks for."""
    return build_suite(
        settings.abilities,
        limit=settings.items,
        sums=settings.arithmetic,
        max_answer_tokens=settings.max_answer_tokens,
        datasets=settings.reasoning,
    )


def require_abilities(recipe: Recipe, student: Path) -> None:
    """StudentError if a recipe measures abilities of a student that only translates; seen by its folder alone."""
    if recipe.retention is not None and not student_kind(student).chats:
        raise only_translates(student, fix=OF_CHAT_MODELS)


def collect_abilities(context: StepContext, *, before: Path, after: Path, folder: StageFolder) -> AbilityEvidence:
    """Both students of a step; without any evidence where the recipe has no `[retention]`.

    Where lm-eval fails on one of them, its tasks are left out for both. StudentError for students that only translate.
    """
    settings = context.recipe.retention
    if settings is None:
        return AbilityEvidence((), ())
    suite, students = suite_of(settings), {"before": before, "after": after}
    answers = [
        list(
            folder.make(ABILITY_ANSWERS.named(f"abilities-{name}"), AnswersInputs(suite, _answering(context, student)))
        )
        for name, student in students.items()
    ]
    results = [results_of(suite, given) for given in answers]
    omissions: list[Omission] = []
    if settings.lm_eval is not None:
        with goes_on_without("lm-eval", omissions):
            told = [
                harness_stage(settings.lm_eval, student, folder=folder, name=name) for name, student in students.items()
            ]
            results = [(*own, *others) for own, others in zip(results, told, strict=True)]
    evidence = weigh_abilities(
        results[0],
        after=results[1],
        names=("before", "after"),
        signatures=(_answering(context, before).signature, _answering(context, after).signature),
        seed=context.recipe.seed,
        resamples=context.recipe.evaluation.resamples,
    )
    moved = Moved(suite, Weights(before), Weights(after), context.recipe.direction.direction, settings.drift)
    drift = moved.score(
        answers[0], folder=folder, seed=context.recipe.seed, resamples=context.recipe.evaluation.resamples
    )
    return replace(evidence.with_drift(drift), omissions=tuple(omissions))


def weigh_abilities(
    before: Sequence[AbilityResult],
    *,
    after: Sequence[AbilityResult],
    names: tuple[str, str],
    signatures: tuple[str, str],
    seed: int,
    resamples: int,
) -> AbilityEvidence:
    """Scores of both, paired comparisons, and the retention of the second."""
    scored = [score_abilities(results, seed=seed, resamples=resamples) for results in (before, after)]
    retained = measure_retention(before, after=after, seed=seed, resamples=resamples)
    shown: list[tuple[Score, ...]] = [scored[0], (*scored[1], *retained)]
    systems = [SystemScores(n, TEST, s, scores) for n, s, scores in zip(names, signatures, shown, strict=True)]
    return AbilityEvidence(tuple(systems), compare_abilities(before, after=after, seed=seed, resamples=resamples))


def compare_answers(
    suite: Suite, before: Iterable[AbilityAnswer], *, after: Iterable[AbilityAnswer], seed: int, resamples: int
) -> tuple[Comparison, ...]:
    """Two students' answers to the suite, compared by each ability."""
    first, second = (results_of(suite, answers) for answers in (before, after))
    return compare_abilities(first, after=second, seed=seed, resamples=resamples)


def _answering(context: StepContext, student: Path) -> AnsweringStudent:
    return AnsweringStudent.of(context.decoder(student))
