"""The command that lists what was done: ls."""

from __future__ import annotations

from tutelage.cli.options import DEFAULT_RUNS, Json, Runs
from tutelage.cli.printing import print_found


def ls(runs: Runs = DEFAULT_RUNS, as_json: Json = False) -> None:
    """List the runs and sweeps, newest first: state, verdict, scores before and after, date.

    Example: tutelage ls
    """
    from tutelage.cli.summaries import render_runs
    from tutelage.runs.run_list import list_runs

    found = list_runs(runs)
    print_found(found, render_runs(found), as_json=as_json)
