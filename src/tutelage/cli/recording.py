"""Commands that look at what was done: ledger, ls."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tutelage.cli.options import DEFAULT_RUNS, Json, Runs


def ledger(
    file: Annotated[
        Path | None, typer.Argument(metavar="LEDGER", help="The ledger's file; without it, the one in --runs.")
    ] = None,
    runs: Runs = DEFAULT_RUNS,
    run: Annotated[str | None, typer.Option("--run", metavar="NAME", help="Of this run alone.")] = None,
    as_json: Json = False,
) -> None:
    """Show what teachers were asked, and what it cost, by run, role and model.

    Example: tutelage ledger --run demo
    """
    from tutelage.cli.summaries import as_plain_json, render_spend
    from tutelage.methods.ledgers import read_spend

    spend = read_spend(file or runs, run=run)
    for line in [as_plain_json(spend)] if as_json else render_spend(spend):
        print(line)


def ls(runs: Runs = DEFAULT_RUNS, as_json: Json = False) -> None:
    """List the runs, newest first: state, verdict, scores before and after, date.

    Example: tutelage ls
    """
    from tutelage.cli.summaries import as_plain_json, render_runs
    from tutelage.methods.listing import list_runs

    found = list_runs(runs)
    for line in [as_plain_json(found)] if as_json else render_runs(found):
        print(line)
