"""The command of a claim: its arguments, its recipe, and its runs before its tables."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.claims.claim.run import Claim, Hold, run_arms
from benchmarks.corpora.place import add_data_argument, found


def make_parser(claim: str, description: str | None) -> argparse.ArgumentParser:
    """The arguments that every claim has."""
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.claims.{claim}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    work = Path("build/claims") / claim.partition(".")[0]
    add_data_argument(parser)
    parser.add_argument("--work", type=Path, default=work, help="folder of the runs")
    return parser


def make_arms_parser(claim: str, description: str | None, *, seeds: Sequence[int]) -> argparse.ArgumentParser:
    """The arguments of a claim with several arms."""
    parser = make_parser(claim, description)
    parser.add_argument("--seeds", type=int, nargs="+", default=seeds)
    parser.add_argument("--only", nargs="+", default=[], help="only arms whose names hold one of these words")
    parser.add_argument("--show", action="store_true", help="run nothing; tables of what is done with all the seeds")
    add_overrides(parser)
    return parser


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """The argument `--set`."""
    parser.add_argument("--set", action="append", default=[], help="override for every arm, as in tutelage run")


def fill_recipe(claim: str, file: str = "recipe.toml", /, *, data: Path | None = None, **names: object) -> str:
    """The recipe that all arms of a claim share, its names in capitals filled in; `data` must be there."""
    text = (Path(__file__).parents[1] / claim / file).read_text()
    given = names if data is None else {"DATA": found(data), **names}
    for name, value in given.items():
        text = text.replace(name, str(value))
    return text


def run_seeds(claim: Claim, seeds: Sequence[int], *, hold: Hold) -> None:
    """All arms with all seeds, with a line on stderr about each that is done."""
    for seed in seeds:
        for line in run_arms(claim, seed, hold=hold):
            print(line, file=sys.stderr, flush=True)
