"""The claim of language-aware tuning: a multilingual student that answers in the wrong language stops doing so.

    python -m benchmarks.claims.language_aware                 (trains the student first; three seeds)
    python -m benchmarks.claims.language_aware --student FOLDER --seeds 1
    python -m benchmarks.claims.language_aware --size qwen --seeds 1       (a chat model of 1.5 B weights; smollm2)
    python -m benchmarks.claims.language_aware --show          (the tables of the arms that are done with these seeds)
    python -m benchmarks.claims.language_aware --part tune --only target-changed --set step.0.unlikelihood.alpha=0.5

The student is a small Marian with target-language tokens, trained between English and German, Spanish, French and
Portuguese by recipes/base-multi.toml. It heeds its tokens well, until stage 1 goes on with text between English and
German and French alone: then it forgets those of the others. Supervised are these four directions; zero-shot are ten
between two languages other than English, of which it never saw a pair. Spanish with Portuguese is left out, since
identifiers confuse them. A chat model (`--size`) is tuned on short pairs between English and German and
Portuguese, and has six zero-shot directions between these and French; instructions of other forms are arms beside
stage 1. For all, arms besides are stage 1 at a lower rate, part of the way to it, and one that has no stage 1
and learns with unlikelihood at once. Every other arm begins with the stage-1 student of its seed, or that of a lower
rate, so that its run compares the two on the same segments. `--part tune` measures on the part of the development text
that settings were chosen on; the figures are of the other part.
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
from benchmarks.claims.language_aware.arms import SIZES, directions, list_aware_arms, list_stage_1
from benchmarks.claims.language_aware.table import render_tables
from benchmarks.claims.language_aware.texts import draw_short
from benchmarks.corpora.place import found


def main() -> None:
    arguments = _parse_arguments()
    size = SIZES[arguments.size]
    work = (arguments.work / arguments.size / arguments.part).resolve()
    work.mkdir(parents=True, exist_ok=True)
    train, test = (draw_short(found(arguments.data), use, size, work) for use in ("train", "dev"))
    shared = (directions(size, train, test, part=arguments.part, tested=arguments.tested), *arguments.set)
    first = list(list_stage_1(size, contrast=arguments.contrast, shown=train))
    arms = [
        replace(arm, overrides=(*size.settings, *arm.overrides, *shared))
        for arm in (first[0], *choose_arms([*first[1:], *list_aware_arms(size)], arguments.only))
    ]
    if not arguments.show:
        student = arguments.student or size.model or train_base(arguments.data, work.parent)
        claim = Claim(work, fill_recipe("language_aware", STUDENT=student), [], arms)
        run_seeds(claim, arguments.seeds, hold=begin)
    print(render_tables([arm.name for arm in arms], arguments.seeds, work=work))


def begin(arm: Arm, done: Mapping[str, Path]) -> list[str]:
    """The arm begins with the student of stage 1 of its seed, or takes as many updates as that one did."""
    student = step_folder(done[arm.like]) / "stage-1" / "student"
    if arm.held == "student":
        return [f"student.model={json.dumps(str(student))}"]
    updates = json.loads((student / "training.json").read_text())["updates"]
    return [f"step.0.unlikelihood.train.max_updates={updates}"]


def _parse_arguments() -> argparse.Namespace:
    parser = make_arms_parser("language_aware", __doc__, seeds=[1, 2, 3])
    parser.add_argument("--student", type=Path, help="folder of a student instead of the one that is trained")
    parser.add_argument("--part", choices=["tune", "test"], default="test", help="of the development text")
    parser.add_argument("--contrast", type=float, default=0.1, help="weight of contrastive decoding, a baseline")
    parser.add_argument("--size", choices=tuple(SIZES), default="marian", help="the student and its languages")
    parser.add_argument("--tested", type=int, help="segments of each direction")
    return parser.parse_args()


if __name__ == "__main__":
    main()
