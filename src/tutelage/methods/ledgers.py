"""What runs have spent, read from a ledger."""

from __future__ import annotations

from pathlib import Path

from tutelage.core.errors import UsageError, did_you_mean
from tutelage.storage.ledger import Ledger, Spend

LEDGER_FILE = "ledger.sqlite"
"""The ledger beside the run folders, where a recipe names no other."""


def read_spend(path: Path | str, *, run: str | None = None) -> list[Spend]:
    """What was used by run, role and teacher, of one run or of all; `path` is a ledger or a folder of runs."""
    ledger = locate_ledger(Path(path))
    with Ledger.open(ledger) as opened:
        spend = opened.spend()
    if run is None:
        return spend
    runs = {one.run for one in spend}
    if run not in runs:
        raise UsageError(f"no run '{run}' is in this ledger.", where=str(ledger), fix=did_you_mean(run, runs))
    return [one for one in spend if one.run == run]


def locate_ledger(path: Path) -> Path:
    """The ledger's file; UsageError where there is none, since reading must not make one."""
    ledger = path / LEDGER_FILE if path.is_dir() else path
    if not ledger.is_file():
        raise UsageError(
            "there is no ledger here.",
            where=str(ledger),
            fix="Give the ledger's file, or the folder of runs by --runs.",
        )
    return ledger
