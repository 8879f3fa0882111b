"""The command examine: the general abilities of a chat model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tutelage.cli.options import (
    DEFAULT_RUNS,
    ComputeType,
    Engine,
    Json,
    Overrides,
    Quiet,
    Resamples,
    ResamplingSeed,
    Runs,
    refuse_unheeded,
)
from tutelage.cli.output import align, print_found
from tutelage.cli.progress import shown_progress
from tutelage.cli.summaries import score_cell
from tutelage.core.counts import counted
from tutelage.core.errors import UsageError, did_you_mean
from tutelage.evaluation.figures import format_value, measure_label
from tutelage.evaluation.retention.names import TEST

if TYPE_CHECKING:
    from tutelage.core.retention import RetentionSettings
    from tutelage.tasks.abilities.comparison import AbilityReport, JudgeChoice
    from tutelage.tasks.abilities.judgement import JudgedAnswers


def examine(
    context: typer.Context,
    student: Annotated[
        str,
        typer.Argument(
            metavar="STUDENT", help="A chat model: folder, hub name, embedded:smollm2, or a run.", show_default=False
        ),
    ],
    against: Annotated[
        str | None, typer.Option(metavar="OTHER", help="The student before: what was kept of it.", show_default=False)
    ] = None,
    ability: Annotated[
        list[str] | None,
        typer.Option("--ability", metavar="NAME", help="Measure this one only; may be given again."),
    ] = None,
    items: Annotated[int | None, typer.Option(min=1, help="Items of each ability at most; without it, all.")] = None,
    max_answer_tokens: Annotated[int, typer.Option(min=1, help="Longest answer.")] = 192,
    reasoning: Annotated[
        list[str] | None,
        typer.Option(metavar="DATASET=COUNT", help="Tasks of reasoning-gym besides; may be given again."),
    ] = None,
    drift: Annotated[
        int,
        typer.Option(
            min=0, help="With --against: measure on so many answers how far the student has moved; 0: not at all."
        ),
    ] = 100,
    answers: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the answers there; what was interrupted goes on from them.")
    ] = None,
    judge: Annotated[
        Path | None,
        typer.Option(metavar="RECIPE", help="With --against: a teacher of this recipe judges open answers too."),
    ] = None,
    teacher: Annotated[str | None, typer.Option(metavar="NAME", help="Which of that recipe's teachers.")] = None,
    overrides: Overrides = None,
    requests: Annotated[int | None, typer.Option(min=1, help="Open requests at most; without it, all.")] = None,
    engine: Engine = "auto",
    compute_type: ComputeType = "float32",
    seed: ResamplingSeed = 1,
    resamples: Resamples = 1000,
    runs: Runs = DEFAULT_RUNS,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure what a chat model can do besides translating, and what it has kept of another one.

    Example: tutelage examine runs/mine --against embedded:smollm2 --items 40
    """
    if judge is None:
        named = ("teacher", "overrides", "requests")
        refuse_unheeded(context, *named, fix="It is for a judge: name the recipe with --judge.")
    if against is None:
        refuse_unheeded(context, "drift", fix="It is the way from another student: name that with --against.")
    settings = _settings(ability, items, max_answer_tokens, reasoning, drift)
    from tutelage.tasks.abilities.comparison import compare_abilities_of

    choice = _judge(judge, teacher, overrides, requests, runs)
    with shown_progress(quiet=quiet) as progress:
        found = compare_abilities_of(
            student,
            against=against,
            settings=settings,
            judge=choice,
            answers=answers,
            engine=engine,
            compute_type=compute_type,
            seed=seed,
            resamples=resamples,
            progress=progress,
        )
    print_found(found, render_abilities(found), as_json=as_json)


def render_abilities(report: AbilityReport) -> Iterator[str]:
    """A row for each ability, what was kept, and the signatures."""
    yield f"{counted(report.items, 'built-in item')}, 95 % intervals"
    yield from _alone(report) if report.against is None else _compared(report, report.against)
    if report.judged is not None:
        yield from _judged(report.judged)
    yield ""
    yield from dict.fromkeys(f"signature of {one.system}: {one.signature}" for one in report.systems)
    own = report.systems[-1].scores
    yield from (f"signature of {measure_label(score.name, test=TEST)}: {score.signature}" for score in own)


def _settings(
    abilities: list[str] | None, items: int | None, max_answer_tokens: int, reasoning: list[str] | None, drift: int
) -> RetentionSettings:
    from tutelage.core.retention import BUILT_IN_ABILITIES, RetentionSettings

    unknown = next((name for name in abilities or () if name not in BUILT_IN_ABILITIES), None)
    if unknown is not None:
        fix = did_you_mean(unknown, BUILT_IN_ABILITIES)
        raise UsageError(f"no ability is called '{unknown}'.", where="--ability", fix=fix)
    return RetentionSettings.model_validate(
        {
            "abilities": tuple(abilities or BUILT_IN_ABILITIES),
            "items": items,
            "max_answer_tokens": max_answer_tokens,
            "reasoning": dict(map(_dataset, reasoning or ())),
            "drift": drift,
        }
    )


def _dataset(text: str) -> tuple[str, int]:
    name, _, count = text.partition("=")
    if not name or not count.isdecimal() or int(count) < 1:
        raise UsageError(f"'{text}' is not of the form DATASET=COUNT, such as chain_sum=20.", where="--reasoning")
    return name, int(count)


def _judge(
    recipe: Path | None, teacher: str | None, overrides: list[str] | None, requests: int | None, runs: Path
) -> JudgeChoice | None:
    if recipe is None:
        return None
    from tutelage.core.errors import RecipeError
    from tutelage.labelling.teachers import teacher_problems
    from tutelage.runs.recipe_files import load_recipe
    from tutelage.tasks.abilities.comparison import JudgeChoice

    loaded = load_recipe(recipe, overrides or ())
    problems = teacher_problems(loaded, teacher, key="--teacher", chat=True)
    if problems:
        raise RecipeError(problems, where=str(recipe))
    return JudgeChoice(loaded, runs, teacher, requests)


def _alone(report: AbilityReport) -> Iterator[str]:
    (system,) = report.systems
    rows = [(measure_label(one.name, test=TEST), f"{one.n:,}", score_cell(one)) for one in system.scores]
    yield from align([("ability", "items", system.system), *rows], right=range(1, 3))


def _compared(report: AbilityReport, against: str) -> Iterator[str]:
    from tutelage.evaluation.retention.rows import ability_rows, describe_retention

    names = (against, report.student)
    header = ("ability", "items", against, report.student, "change", "kept")
    rows = [
        (row.label, f"{row.before.n:,}", score_cell(row.before), score_cell(row.after), row.change, row.kept)
        for row in ability_rows(report.systems, report.comparisons, names=names)
    ]
    yield from align([header, *rows], right=range(1, 6))
    yield ""
    yield describe_retention(report.systems, names=names) or ""


def _judged(judged: JudgedAnswers) -> Iterator[str]:
    share = judged.share_won
    low, high = (format_value(end, name=share.name) for end in (share.low or 0.0, share.high or 0.0))
    yield ""
    yield f"open answers: {format_value(share.value, name=share.name)} % won ({low} to {high}), n = {share.n:,}"
    yield (
        f"{judged.wins:,} better, {judged.ties:,} even, {judged.losses:,} worse; {judged.inconsistent:,} of the even "
        f"ones by disagreeing orders, {judged.unjudged:,} without a verdict"
    )
    yield f"signature of the judge: {share.signature}"
