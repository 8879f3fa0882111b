"""What runs have asked and spent, read from a ledger; replay files out of one and into another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tutelage.core.errors import UsageError, did_you_mean
from tutelage.storage.ledger import Entry, Ledger, Spend
from tutelage.storage.ledger.places import is_url

LEDGER_FILE = "ledger.sqlite"
"""The ledger beside the run folders, where a recipe names no other."""
SPEND_COLUMNS = {"run": "run", "step": "step", "role": "role", "model": "teacher", "day": "day"}
"""What spend can be told by, and the records' names for it."""
DEFAULT_COLUMNS = ("run", "role", "model")


def read_spend(place: Path | str, *, run: str | None = None, by: Sequence[str] = DEFAULT_COLUMNS) -> list[Spend]:
    """What was used, of one run or of all, summed by some of `SPEND_COLUMNS`.

    `place` is a ledger's file or URL, or a folder of runs.
    """
    unknown = next((name for name in by if name not in SPEND_COLUMNS), None)
    if unknown is not None:
        fix = did_you_mean(unknown, SPEND_COLUMNS)
        raise UsageError(f"spend is not told by '{unknown}'.", where="--by", fix=fix)
    with _open(place, run=run) as ledger:
        return ledger.spend(run=run, by=[SPEND_COLUMNS[name] for name in dict.fromkeys(by)])


def read_unusable(place: Path | str, *, run: str | None = None, limit: int = 20) -> list[Entry]:
    """The newest answers that could not be used, with their raw text."""
    with _open(place, run=run) as ledger:
        return ledger.unusable(run=run, limit=limit)


def export_replay(place: Path | str, out: Path, *, run: str | None = None) -> int:
    """Write every call that a run has sent or taken (or all there are) to a replay file; how many they were."""
    from tutelage.storage.ledger.replay import write_replay

    with _open(place, run=run) as ledger:
        return write_replay(out, ledger.entries(run=run), run=run)


def import_replay(file: Path, place: Path | str) -> int:
    """Write the calls of a replay file to a ledger, which is made if there is none; how many were new there.

    All of them or none; UserError with the line's number for a file that is not whole.
    """
    from tutelage.storage.ledger.replay import check_replay, read_replay

    check_replay(file)
    with Ledger.open(_in_folder(place)) as ledger:
        return ledger.add_entries(read_replay(file))


def locate_ledger(place: Path | str) -> Path | str:
    """The ledger's file or URL; UsageError if there is no file, since reading must not make one."""
    ledger = _in_folder(place)
    if isinstance(ledger, Path) and not ledger.is_file():
        raise UsageError(
            "there is no ledger here.",
            where=str(ledger),
            fix="Give the ledger's file or URL, or the folder of runs by --runs.",
        )
    return ledger


def _in_folder(place: Path | str) -> Path | str:
    """The ledger itself: of a folder of runs, the one that its runs share."""
    if is_url(place):
        return place
    path = Path(place)
    return path / LEDGER_FILE if path.is_dir() else path


def _open(place: Path | str, *, run: str | None) -> Ledger:
    """The ledger that is there; UsageError if it knows no such run."""
    ledger = Ledger.open(locate_ledger(place))
    runs = ledger.runs() if run is not None else []
    if run is not None and run not in runs:
        ledger.close()
        raise UsageError(f"no run '{run}' is in this ledger.", where=ledger.shown, fix=did_you_mean(run, runs))
    return ledger
