"""The command that lists what was done: ls."""

from __future__ import annotations

from tutelage.cli.options import DEFAULT_RUNS, Json, Runs


def ls(runs: Runs = DEFAULT_RUNS, as_json: Json = False) -> None:
    """List the runs, newest first: state, verdict, scores before and after, date.

    Example: tutelage ls
    """
    from tutelage.cli.summaries import as_plain_json, render_runs
    from tutelage.methods.listing import list_runs

    found = list_runs(runs)
    for line in [as_plain_json(found)] if as_json else render_runs(found):
        print(line)
