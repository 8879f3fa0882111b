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
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.claims.claim.arms import Arm, choose_arms
from benchmarks.claims.claim.base import train_base
from benchmarks.claims.claim.command import fill_recipe, make_arms_parser, run_seeds
from benchmarks.claims.claim.run import Claim, step_folder
from benchmarks.claims.language_aware.arms import directions, list_aware_arms, stage_1
from benchmarks.claims.language_aware.table import render_tables


def main() -> None:
    arguments = _parse_arguments()
    work = (arguments.work / arguments.part).resolve()
    work.mkdir(parents=True, exist_ok=True)
    own = directions(arguments.data.resolve(), part=arguments.part, tested=arguments.tested)
    shared = (own, *arguments.set)
    after = choose_arms(list(list_aware_arms()), arguments.only)
    arms = [replace(arm, overrides=(*arm.overrides, *shared)) for arm in (stage_1(arguments.contrast), *after)]
    if not arguments.show:
        student = arguments.student or train_base(arguments.data, work.parent)
        claim = Claim(work, fill_recipe("language_aware", STUDENT=student), [], arms)
        run_seeds(claim, arguments.seeds, hold=begin)
    print(render_tables([arm.name for arm in arms], arguments.seeds, work=work))


def begin(arm: Arm, done: Mapping[str, Path]) -> list[str]:
    """The arm begins with the student of stage 1 of its seed."""
    student = step_folder(done[arm.like]) / "stage-1" / "student"
    return [f"student.model={json.dumps(str(student))}"]


def _parse_arguments() -> argparse.Namespace:
    parser = make_arms_parser("language_aware", __doc__, seeds=[1, 2, 3])
    parser.add_argument("--student", type=Path, help="folder of a student instead of the one that is trained")
    parser.add_argument("--part", choices=["tune", "test"], default="test", help="of the development text")
    parser.add_argument("--contrast", type=float, default=0.1, help="weight of contrastive decoding, a baseline")
    parser.add_argument("--tested", type=int, default=200, help="segments of each direction")
    return parser.parse_args()


if __name__ == "__main__":
    main()
