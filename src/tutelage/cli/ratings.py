"""The commands `tutelage ratings …`: blind ratings by people and by a chat teacher."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tutelage.cli.options import DEFAULT_RUNS, Json, Overrides, Quiet, Resamples, ResamplingSeed, Runs
from tutelage.cli.output import print_found
from tutelage.cli.progress import shown_progress
from tutelage.core.errors import UsageError

if TYPE_CHECKING:
    from tutelage.core.teacher_settings import TeacherSettings
    from tutelage.tasks.judge.judge_teacher import RecipeJudge

ratings = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Have the paraphrases of several systems rated blind, by people and by a chat teacher.",
)

_Items = Annotated[int, typer.Option("--items", min=1, help="Sources at most, drawn by the seed.")]
_Seed = Annotated[int, typer.Option("--seed", help="Seed of the draw, of the letters and of the resampling.")]


@ratings.command(name="export")
def export_forms(
    outputs: Annotated[
        Path,
        typer.Argument(
            metavar="OUTPUTS",
            help='A run that paraphrased, or JSON Lines: {"id", "source", "outputs": {system: text}}; - is stdin.',
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="The folder to write.")],
    items: _Items = 100,
    raters: Annotated[int, typer.Option(min=1, help="How many people rate.")] = 2,
    seed: Annotated[int, typer.Option(help="Seed of the draw and of the letters.")] = 1,
    force: Annotated[bool, typer.Option("--force", help="Replace the key of an earlier export.")] = False,
    as_json: Json = False,
) -> None:
    """Write a form (HTML) and a sheet (CSV) for each rater, who cannot see which system wrote what.

    Send a rater either of the two from for-raters/, and keep key.json.

    Example: tutelage ratings export outputs.jsonl --out ratings --items 100 --raters 2
    """
    from tutelage.cli.rating_summary import render_exported
    from tutelage.tasks.judge.folders import export_ratings

    exported = export_ratings(outputs, out=out, items=items, raters=raters, seed=seed, force=force)
    print_found(exported, render_exported(exported), as_json=as_json)


@ratings.command(name="import")
def import_sheets(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder that was exported.", show_default=False)],
    sheets: Annotated[list[Path], typer.Argument(metavar="RATINGS...", help="Filled sheets.", show_default=False)],
    baseline: Annotated[
        str | None,
        typer.Option(metavar="SYSTEM", help="What the others are measured against.", show_default="teacher"),
    ] = None,
    allow_missing: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of the ratings that each rater may have left out.")
    ] = 0.0,
    seed: ResamplingSeed = 1,
    resamples: Resamples = 1000,
    as_json: Json = False,
) -> None:
    """Show means by system, drops behind a baseline, and how far the raters agree.

    Example: tutelage ratings import ratings anna.csv ben.csv ratings/judge-my-llm.csv
    """
    from tutelage.cli.rating_summary import render_ratings
    from tutelage.tasks.judge.imported import import_ratings

    summary = import_ratings(
        folder, sheets, baseline=baseline, allow_missing=allow_missing, seed=seed, resamples=resamples
    )
    print_found(summary, render_ratings(summary), as_json=as_json)


@ratings.command(name="ask")
def ask_teacher(
    place: Annotated[
        Path,
        typer.Argument(
            metavar="PLACE", help="A folder that was exported, a run, or a file of outputs.", show_default=False
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="For a run or outputs: the folder to write."),
    ] = None,
    recipe: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A recipe, whose teacher, ledger and budget are taken.")
    ] = None,
    teacher: Annotated[str | None, typer.Option(metavar="NAME", help="Which of that recipe's teachers.")] = None,
    overrides: Overrides = None,
    base_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Without a recipe: an endpoint, http://host:port/v1.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Its model; without --base-url a GGUF file.", show_default="embedded SmolLM2"),
    ] = None,
    api_key_env: Annotated[
        str | None, typer.Option(metavar="NAME", help="The environment variable that holds the key.")
    ] = None,
    pairs: Annotated[bool, typer.Option("--pairs/--no-pairs", help="Compare every two systems too.")] = True,
    items: _Items = 100,
    seed: _Seed = 1,
    resamples: Resamples = 1000,
    runs: Runs = DEFAULT_RUNS,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Let a chat teacher rate the same texts by the same rubric, and compare every two systems in both orders.

    Its ratings are a sheet like a person's, to be imported with the others.

    --items and --seed are for a run or a file of outputs; a folder that was exported has its items.

    Example: tutelage ratings ask ratings --base-url http://localhost:8000/v1 --model my-llm
    """
    chosen = _judge(recipe, teacher, overrides, base_url, model, api_key_env)
    from tutelage.cli.rating_summary import render_judging
    from tutelage.tasks.judge.questions import ask_judge

    with shown_progress(quiet=quiet) as progress:
        judging = ask_judge(
            place,
            judge=chosen,
            runs=runs,
            out=out,
            items=items,
            seed=seed,
            pairs=pairs,
            resamples=resamples,
            progress=progress,
        )
    print_found(judging, render_judging(judging), as_json=as_json)


def _judge(
    recipe: Path | None,
    teacher: str | None,
    overrides: list[str] | None,
    base_url: str | None,
    model: str | None,
    api_key_env: str | None,
) -> RecipeJudge | TeacherSettings:
    from tutelage.tasks.judge.judge_teacher import RecipeJudge, describe_judge

    if recipe is None:
        if teacher is not None:
            raise UsageError("a teacher is named, but not the recipe that describes it.", fix="Give --recipe.")
        if overrides:
            raise UsageError("--set changes a value of a recipe, and none is named.", fix="Give --recipe.")
        return describe_judge(base_url=base_url, model=model, api_key_env=api_key_env)
    if base_url is not None or model is not None or api_key_env is not None:
        raise UsageError("the recipe describes its teachers itself.", fix="Leave --base-url and --model away.")
    from tutelage.runs.recipe_files import load_recipe

    return RecipeJudge(load_recipe(recipe, overrides or ()), teacher)
