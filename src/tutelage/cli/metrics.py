"""The commands `tutelage metrics …`: metrics of others, in environments of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tutelage.cli.options import (
    DEFAULT_RUNS,
    Format,
    Json,
    Overrides,
    Quiet,
    Resamples,
    ResamplingSeed,
    Runs,
    Source,
    Target,
    refuse_unheeded,
)
from tutelage.cli.output import align, print_found
from tutelage.cli.progress import shown_progress

if TYPE_CHECKING:
    from tutelage.tasks.metric_trial import MetricTrial

metrics = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Metrics of others, such as COMET, each in an environment of its own; recipes and `evaluate` name them.",
)


@metrics.command()
def add(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="One of those that `tutelage metrics list` shows.", show_default=False)
    ],
) -> None:
    """Make the environment of a metric, with its packages pinned, so that it can be named.

    Example: tutelage metrics add adequacy
    """
    from tutelage.evaluation.metrics.environments import KNOWN, add_metric

    with shown_progress(quiet=False) as progress:
        progress.start(f"make the environment of {name}", total=None)
        add_metric(name)
        progress.finish()
    print(f"{name}: installed. Its weights: {KNOWN[name].weights}.")
    print(f"In a recipe: [evaluation.metrics.{name}]; on the command line: tutelage evaluate … --metric {name}")


@metrics.command(name="list")
def list_() -> None:
    """Show the known metrics, whether they are installed, and their weights with the licence.

    Example: tutelage metrics list
    """
    from tutelage.evaluation.metrics.environments import KNOWN, installed_command

    rows = [(name, "installed" if installed_command(name) else "–", one.weights) for name, one in KNOWN.items()]
    for line in align([("metric", "state", "weights"), *rows]):
        print(line)


@metrics.command(name="try")
def try_(
    context: typer.Context,
    metric: Annotated[
        str,
        typer.Argument(
            metavar="NAME[=COMMAND]", help="An installed metric, a program, or one of --recipe.", show_default=False
        ),
    ],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Bilingual text with right translations.")],
    source: Source = None,
    target: Target = None,
    recipe: Annotated[
        Path | None,
        typer.Option(metavar="RECIPE", help="A recipe that names the metric, and its teacher if it has one."),
    ] = None,
    overrides: Overrides = None,
    runs: Runs = DEFAULT_RUNS,
    text_format: Format = None,
    limit: Annotated[int | None, typer.Option(min=2, help="At most so many segments, drawn evenly.")] = None,
    seed: ResamplingSeed = 1,
    resamples: Resamples = 1000,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """See what a metric sees: how often it prefers a translation to the same with a planted error, or to a copy.

    Example: tutelage metrics try adequacy test.tsv --source en --target pt-BR

    Example: tutelage metrics try gemba test.tsv --source en --target pt-BR --recipe recipe.toml
    """
    from tutelage.cli.students import choose_direction, read_metrics
    from tutelage.core.recipe import TextSettings
    from tutelage.evaluation.metrics.metric import open_metrics
    from tutelage.runs.recipe_files import load_recipe
    from tutelage.tasks.evaluation import read_test
    from tutelage.tasks.metric_trial import lent_metric, try_metric

    direction = choose_direction(source, target)
    pairs = read_test(TextSettings(path=text, format=text_format, limit=limit), direction=direction)
    with shown_progress(quiet=quiet) as progress, ExitStack() as stack:
        if recipe is None:
            refuse_unheeded(context, "overrides", fix="It is for a recipe's metric: name it with --recipe.")
            (opened,) = open_metrics(read_metrics([metric]))
        else:
            loaded = load_recipe(recipe, overrides or ())
            opened = stack.enter_context(lent_metric(metric, loaded, runs=runs, progress=progress))
        progress.start(f"try {opened.name}", total=None)
        trial = try_metric(opened, pairs, seed=seed, resamples=resamples)
        progress.finish()
    print_found(trial, render_trial(trial), as_json=as_json)


def render_trial(trial: MetricTrial) -> Iterator[str]:
    """A line for each kind of worse text, and the correlation with chrF."""
    rows = [
        (one.kind, f"{one.percent:.1f} %", "–" if one.low is None else f"[{one.low:.1f}–{one.high:.1f}]", f"{one.n:,}")
        for one in trial.preferences
    ]
    yield from align([("worse by", "reference preferred", "95 %", "n"), *rows], right=(1, 3))
    chrf = trial.chrf
    yield f"rank correlation with chrF on texts with planted errors: {chrf.value:.2f} [{chrf.low:.2f}–{chrf.high:.2f}]"
    yield f"signature: {trial.signature}"
