"""The claim of language-aware tuning: a multilingual student that answers in the wrong language stops doing so.

    python -m benchmarks.claims.language_aware                 (trains the student first; three seeds)
    python -m benchmarks.claims.language_aware --student FOLDER --seeds 1
    python -m benchmarks.claims.language_aware --show          (the tables of the arms that are done with these seeds)
    python -m benchmarks.claims.language_aware --part tune --only target-changed --set step.0.unlikelihood.alpha=0.5

The student is a small Marian with target-language tokens, trained between English and German, Spanish, French and
Portuguese by recipes/base-multi.toml. It heeds its tokens well, until stage 1 goes on with text between English and
German and French alone: then it forgets those of the others. Supervised are these four directions; zero-shot are ten
between two languages other than English, of which it never saw a pair. Spanish with Portuguese is left out, since
identifiers confuse them. Every other arm begins with the stage-1 student of its seed, so that its run compares it with
stage 1 on the same segments. `--part tune` measures on the part of the development text that settings were chosen on;
the figures are of the other part.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.claims.claim.arms import Arm
from benchmarks.claims.claim.base import train_base
from benchmarks.claims.claim.run import run_arm
from benchmarks.claims.language_aware.arms import STAGE_1, directions, list_aware_arms
from benchmarks.claims.language_aware.table import render_tables

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Claim:
    """The command's arguments, and what follows from them."""

    arguments: argparse.Namespace
    work: Path
    arms: list[Arm]
    overrides: list[str]


def main() -> None:
    claim = _open(_parse_arguments())
    if not claim.arguments.show:
        student = claim.arguments.student or train_base(claim.arguments.data, claim.work.parent)
        for seed in claim.arguments.seeds:
            for line in run_seed(claim, seed, student=student):
                print(line, file=sys.stderr, flush=True)
    print(render_tables([STAGE_1, *(arm.name for arm in claim.arms)], claim.arguments.seeds, work=claim.work))


def run_seed(claim: Claim, seed: int, *, student: Path) -> Iterator[str]:
    """Stage 1 and all arms with one seed, and a line about each."""
    text = (HERE / "recipe.toml").read_text()
    stage_1 = (
        "step.0.stage_1=true",
        "step.0.stage_2=false",
        f"step.0.baselines.contrastive.weight={claim.arguments.contrast}",
    )
    run = run_arm(
        text.replace("STUDENT", str(student)), STAGE_1, (*stage_1, *claim.overrides), seed=seed, work=claim.work
    )
    yield f"seed {seed}  {STAGE_1}: {run.lines[0]}"
    tuned = next(run.folder.glob("01-*")) / "stage-1" / "student"
    for arm in claim.arms:
        overrides = (*arm.overrides, *claim.overrides)
        run = run_arm(text.replace("STUDENT", str(tuned)), arm.name, overrides, seed=seed, work=claim.work)
        yield f"seed {seed}  {arm.name}: {run.lines[0]}"


def _open(arguments: argparse.Namespace) -> Claim:
    work = (arguments.work / arguments.part).resolve()
    work.mkdir(parents=True, exist_ok=True)
    arms = [arm for arm in list_aware_arms() if not arguments.only or any(word in arm.name for word in arguments.only)]
    own = directions(arguments.data.resolve(), part=arguments.part, tested=arguments.tested)
    return Claim(arguments, work, arms, [own, *arguments.set])


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the parallel text")
    parser.add_argument("--work", type=Path, default=Path("build/claims/language_aware"), help="folder of the runs")
    parser.add_argument("--student", type=Path, help="folder of a student instead of the one that is trained")
    parser.add_argument("--part", choices=["tune", "test"], default="test", help="of the development text")
    parser.add_argument("--contrast", type=float, default=0.1, help="weight of contrastive decoding, a baseline")
    parser.add_argument("--tested", type=int, default=200, help="segments of each direction")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--only", nargs="+", default=[], help="only arms whose names hold one of these words")
    parser.add_argument("--show", action="store_true", help="run nothing; tables of what is done with all the seeds")
    parser.add_argument("--set", action="append", default=[], help="override for every arm, as in tutelage run")
    return parser.parse_args()


if __name__ == "__main__":
    main()
