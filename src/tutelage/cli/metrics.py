"""The commands `tutelage metrics …`: metrics of others, in environments of their own."""

from __future__ import annotations

from typing import Annotated

import typer

from tutelage.cli.output import align
from tutelage.cli.progress import shown_progress

metrics = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Metrics of others, such as COMET, each in an environment of its own; recipes and `evaluate` name them.",
)


@metrics.command()
def add(
    name: Annotated[str, typer.Argument(help="One of those that `tutelage metrics list` shows.", show_default=False)],
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
