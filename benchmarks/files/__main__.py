"""What becomes of real localisation files of other projects: copied, filled with awkward texts, looked at by tools.

    python -m benchmarks.files FOLDER                         (a table; at most 40 files a format)
    python -m benchmarks.files FOLDER --formats qt resx --limit 100 --faults

Folders in FOLDER count as projects, and each gives files in turn. Files of one language are filled in place.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.files.finding import find_localisation_files
from benchmarks.files.tools import SHAPES, missing_tools
from benchmarks.files.trial import Trial, try_file


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--formats", nargs="+", default=list(SHAPES), choices=list(SHAPES))
    parser.add_argument("--limit", type=int, default=40, help="files of a format")
    parser.add_argument("--pairs", action="store_true", help="files beside English ones, filled with what they lack")
    parser.add_argument("--faults", action="store_true", help="each fault before the table")
    arguments = parser.parse_args(given)
    trials = list[Trial]()
    with tempfile.TemporaryDirectory() as work:
        some = find_localisation_files(
            arguments.folder, formats=arguments.formats, limit=arguments.limit, pairs=arguments.pairs
        )
        for found in some:
            trials.append(try_file(found, Path(work)))
            if arguments.faults:
                for fault in list_faults(trials[-1]):
                    print(f"{found.path.relative_to(arguments.folder)}: {fault}", flush=True)
    print(render_table(trials))


def list_faults(trial: Trial) -> list[str]:
    """All that is wrong with a file's trial, in words."""
    if trial.refused:
        return [f"refused: {trial.refused}"]
    faults = [] if trial.is_same else ["another file without translations"]
    return [
        *faults,
        *(f"reads otherwise: {text[:300]}" for text in trial.changed),
        *(f"lost: {text[:300]}" for text in trial.lost),
        *trial.faults,
    ]


def render_table(trials: Sequence[Trial]) -> str:
    """A row for each format."""
    lines = [
        "| format | files | read | identical without translations | texts written | read again as written | sound by |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    for name in dict.fromkeys(trial.found.text_format for trial in trials):
        own = [trial for trial in trials if trial.found.text_format == name]
        read = [trial for trial in own if not trial.refused]
        sound = sum(not trial.faults for trial in read)
        tools = [tool for tool in SHAPES[name] if tool not in missing_tools()]
        verdict = f"{', '.join(tools)}: {sound} of {len(read)}" if tools else "no tool"
        lines.append(
            f"| {name} | {len(own)} | {len(read)} | {sum(trial.is_same for trial in read)} "
            f"| {sum(trial.written for trial in read):,} | {sum(trial.kept for trial in read):,} | {verdict} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
