"""Which learning rate the rationale claim takes: one at which plain fine-tuning learns to translate and forgets.

    python -m benchmarks.claims.radis.rates --rates 3e-4 1e-3 2e-3

For each rate plain fine-tuning, with a seed that the claim does not use, on the claim's training text. Nothing that is
chosen on is shown in the claim: translation is measured on the 40 dev pairs, and what is kept on sums and products that
are not in the suite (grades 1 and 3 of its arithmetic, which SmolLM2 can do, drawn with another seed).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.claims.claim.command import fill_recipe, make_parser
from benchmarks.claims.claim.run import run_arm
from benchmarks.claims.claim.tables import read_evidence
from benchmarks.claims.claim.texts import use_text
from benchmarks.claims.radis.arms import PLAIN, SIZES, Size, list_radis_arms
from benchmarks.claims.radis.backbone import open_backbone
from benchmarks.claims.radis.texts import DIRECTION, draw
from tutelage.evaluation.retention.arithmetic import arithmetic_items
from tutelage.evaluation.retention.items import AbilityItem
from tutelage.evaluation.retention.suite import SEED as SUITE_SEED
from tutelage.stages.retention.answers import answer_items

SEED = 100
ITEM_SEED = SUITE_SEED + 1
KINDS = ("grade 1", "grade 3")


def main() -> None:
    arguments = _parse_arguments()
    print("| rate | dev chrF before | after | sums and products before | after |\n|---|--:|--:|--:|--:|")
    for row in measure_rates(arguments):
        print(row, flush=True)


def measure_rates(arguments: argparse.Namespace) -> Iterator[str]:
    """A row of the table for each rate."""
    size, work = SIZES[arguments.size], (arguments.work / f"{arguments.size}-rates").resolve()
    work.mkdir(parents=True, exist_ok=True)
    text = fill_recipe("radis", data=arguments.data)
    drawn = draw(text, size)
    texts = {"parallel": drawn.train, "test": drawn.dev}
    shared = [use_text(use, pairs, work / f"text-{use}.jsonl") for use, pairs in texts.items()]
    plain = next(arm for arm in list_radis_arms(size, conversations="", sources="") if arm.name == PLAIN)
    before = _count_passed(size, None, work=work)
    for rate in arguments.rates:
        overrides = (*size.training, *shared, *plain.overrides, f"step.0.train.learning_rate={rate}")
        folder = run_arm(text, f"rate {rate:g}", overrides, seed=SEED, work=work).folder
        was, now = (_read_chrf(folder, system) for system in ("before", "after"))
        after = _count_passed(size, folder / "01-radis" / "student", work=work)
        yield f"| {rate:g} | {was:.1f} | {now:.1f} | {before} of {len(list_items())} | {after} |"


def list_items() -> list[AbilityItem]:
    """Sums and products that are not in the suite."""
    asked = {item.messages for item in arithmetic_items(seed=SUITE_SEED)}
    drawn = (item for item in arithmetic_items(seed=ITEM_SEED) if item.kind in KINDS and item.messages not in asked)
    return [replace(item, max_answer_tokens=SIZES["small"].answer_tokens) for item in drawn]


def _count_passed(size: Size, folder: Path | None, *, work: Path) -> int:
    """How many the student in a folder gets right, or the backbone if there is none."""
    writer = open_backbone(size.student, DIRECTION, compute_type=size.compute_type, work=work, folder=folder)
    return sum(answer.passed for answer in answer_items(writer, list_items()))


def _read_chrf(folder: Path, system: str) -> float:
    systems = read_evidence(folder, "scores")
    found = next(one for one in systems if (one["system"], one["test"]) == (system, "domain"))
    return float(next(score["value"] for score in found["scores"] if score["name"] == "chrf"))


def _parse_arguments() -> argparse.Namespace:
    parser = make_parser("radis.rates", __doc__)
    parser.add_argument("--rates", type=float, nargs="+", default=[3e-4, 1e-3, 2e-3])
    parser.add_argument("--size", choices=tuple(SIZES), default="small")
    return parser.parse_args()


if __name__ == "__main__":
    main()
