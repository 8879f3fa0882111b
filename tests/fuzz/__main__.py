"""Fuzz every target, or those that are named; exit code 1 and the inputs kept if one of them breaks the product."""

from __future__ import annotations

import argparse
import resource
import sys
from importlib import import_module
from pathlib import Path

from fuzz.driver import Target, fuzz

TARGETS = ("recipes", "corpora", "answers")
"""Modules of this package, each with a `make_target`."""
SECONDS = 60
"""For one input; the slowest ones take one or two."""
MEMORY_BYTES = 8 * 2**30
"""Of address space for all; an input that wants more ends in a MemoryError, which is a fault."""


def main() -> int:
    """Fuzz, and tell what came of it."""
    options = _parser().parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, resource.RLIM_INFINITY))
    broken = False
    for name in options.targets or TARGETS:
        target: Target = import_module(f"fuzz.{name}").make_target()
        tally = fuzz(target, count=options.count, seed=options.seed, keep=options.keep, seconds=SECONDS)
        seconds, number = tally.slowest
        print(f"{name}: {tally.tried} tried, {tally.refused} refused, {tally.faults.total()} broke the product")
        print(f"  slowest: number {number} of seed {options.seed}, {seconds:.2f} s")
        for fault, count in tally.faults.most_common():
            print(f"  {count} times {fault}")
        for path in tally.kept:
            print(f"  kept: {path}")
        broken = broken or bool(tally.faults)
    return 1 if broken else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[[], *TARGETS], help="all, if none is named")
    parser.add_argument("--count", type=int, default=1000, help="mutations of each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-inputs"), help="folder for inputs that break something")
    return parser


if __name__ == "__main__":
    sys.exit(main())
