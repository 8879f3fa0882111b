"""Evidence by direction: the student before, after stage 1 and after stage 2, baselines, and means over directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from tutelage.core.evidence import Comparison, Omission, SystemScores
from tutelage.core.recipe import Recipe
from tutelage.evaluation.averaging import compare_means, score_mean
from tutelage.evaluation.off_target.confusion import Confusion
from tutelage.evaluation.rules import MEANS
from tutelage.evaluation.scoring import Measured, Scorer
from tutelage.evaluation.significance import SegmentStatistics
from tutelage.methods.language_aware.directed_tests import (
    DirectedTest,
    System,
    list_test_sets,
    translations_of,
)
from tutelage.methods.language_aware.directions import KnownDirection, languages_of
from tutelage.stages.context import StepContext
from tutelage.stages.evidence import keep_evidence, make_scorer, score_teacher
from tutelage.stages.omissions import goes_on_without
from tutelage.stages.outcome import Evidence
from tutelage.stages.retention.measurement import collect_abilities
from tutelage.students.decoder import ReadOnce

REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class MeasuredTest:
    """One test set with every system measured on it."""

    test: DirectedTest
    scorer: Scorer
    systems: dict[str, Measured] = field(default_factory=dict)
    """By name: before, stage-1, after, the baselines, reference."""


def collect_directed_evidence(
    context: StepContext,
    directions: Sequence[KnownDirection],
    *,
    named: Mapping[str, System],
    teacher: str | None,
    rules: tuple[str, ...],
) -> Evidence:
    """Score the systems by direction and on average, compare `before` with `after`, and decide.

    The teacher is measured if the recipe wants it, on the texts of the recipe's own direction.
    """
    measured = _measure_all(context, directions, named)
    omissions: list[Omission] = []
    signatures = {name: system.signature(context) for name, system in named.items()}
    before, after = (named[name].student for name in ("before", "after"))
    abilities = collect_abilities(context, before=before, after=after, folder=context.folder.inner("tests"))
    systems = [
        *average_scores(measured, signatures, recipe=context.recipe),
        *chain.from_iterable(_score_test(one, signatures) for one in measured),
        *_score_teachers(context, measured, teacher=teacher, omissions=omissions),
        *abilities.systems,
    ]
    comparisons = [
        *average_comparisons(measured, recipe=context.recipe),
        *chain.from_iterable(one.scorer.compare(one.systems["before"], after=one.systems["after"]) for one in measured),
        *abilities.comparisons,
    ]
    confusions = list(chain.from_iterable(_count_languages(one) for one in measured))
    omissions += abilities.omissions
    return keep_evidence(context, systems, comparisons, rules=rules, confusions=confusions, omissions=omissions)


def average_scores(
    measured: Sequence[MeasuredTest], signatures: Mapping[str, str], *, recipe: Recipe
) -> list[SystemScores]:
    """Means over the directions of each group, for each system: every direction counts the same."""
    found, resampling = [], {"seed": recipe.seed, "resamples": recipe.evaluation.resamples}
    for group in MEANS:
        members = [one for one in measured if one.test.group == group]
        for system in members[0].systems if members else ():
            shared = shared_statistics([one.systems[system] for one in members])
            scores = tuple(score_mean(statistics, **resampling) for statistics in shared.values())
            found.append(SystemScores(system, group, signatures.get(system, "the references"), scores))
    return found


def average_comparisons(measured: Sequence[MeasuredTest], *, recipe: Recipe) -> list[Comparison]:
    """The paired comparisons of these means."""
    found, resampling = [], {"seed": recipe.seed, "resamples": recipe.evaluation.resamples}
    for group in MEANS:
        members = [one for one in measured if one.test.group == group]
        before, after = (shared_statistics([one.systems[name] for one in members]) for name in ("before", "after"))
        found += [compare_means(before[name], after=after[name], test=group, **resampling) for name in before]
    return found


def shared_statistics(measured: Sequence[Measured]) -> dict[str, list[SegmentStatistics]]:
    """By measure, the statistics of all test sets, of the measures that every one of them has."""
    if not measured:
        return {}
    by_name = [{one.name: one for one in each.statistics} for each in measured]
    return {name: [each[name] for each in by_name] for name in by_name[0] if all(name in each for each in by_name)}


def _measure_all(
    context: StepContext, directions: Sequence[KnownDirection], named: Mapping[str, System]
) -> list[MeasuredTest]:
    measured = [_open_test(context, test, directions) for test in list_test_sets(context, directions)]
    folder = context.folder.inner("tests")
    for name, system in named.items():
        read = ReadOnce()
        for one in measured:
            outputs = translations_of(context, one.test, name=name, system=system, read=read, folder=folder)
            one.systems[name] = one.scorer.measure({output.id: output.text for output in outputs})
    for one in measured:
        one.systems[REFERENCE] = one.scorer.measure_references()
    return measured


def _open_test(context: StepContext, test: DirectedTest, directions: Sequence[KnownDirection]) -> MeasuredTest:
    scorer = make_scorer(
        context.recipe,
        test.pairs(),
        test=test.name,
        identifier=context.identifier,
        direction=test.direction,
        languages=languages_of(directions),
        metrics=context.metrics,
    )
    return MeasuredTest(test, scorer)


def _score_test(one: MeasuredTest, signatures: Mapping[str, str]) -> list[SystemScores]:
    return [
        one.scorer.score(measured, system=system, system_signature=signatures.get(system, one.test.key))
        for system, measured in one.systems.items()
    ]


def _score_teachers(
    context: StepContext, measured: Sequence[MeasuredTest], *, teacher: str | None, omissions: list[Omission]
) -> list[SystemScores]:
    if not (context.recipe.evaluation.teacher_scores and context.recipe.teachers):
        return []
    folder = context.folder.inner("tests")
    own = [one.test for one in measured if one.test.name in ("domain", "general")]
    found = []
    for test in own:
        with goes_on_without(f"the teacher on {test.name}", omissions):
            found.append(score_teacher(context, test.text, test.name, teacher=teacher, folder=folder))
    return found


def _count_languages(one: MeasuredTest) -> list[Confusion]:
    tables = (one.scorer.count_languages(measured, system=system) for system, measured in one.systems.items())
    return list(chain.from_iterable(tables))
