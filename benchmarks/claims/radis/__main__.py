"""The claim of rationale distillation: SmolLM2 learns to translate and keeps what else it could do.

    python -m benchmarks.claims.radis                     (small: one seed, under an hour on two idle cores)
    python -m benchmarks.claims.radis --seeds 1 2 3 --only RaDis
    python -m benchmarks.claims.radis --show              (the tables of the arms that are done with these seeds)
    python -m benchmarks.claims.radis --size qwen         (a model of 1.5 B weights, LoRA: 25 minutes of a core an arm)
    python -m benchmarks.claims.radis --size qwen-long    (the same with four times the pairs at a low rate)
    python -m benchmarks.claims.radis --size full         (full fine-tuning on all the text; wants a GPU)
    python -m benchmarks.claims.radis --size toy          (minutes; shows nothing but that every arm runs)

Every arm is a run of radis.toml with a few overrides, in a run folder of its own, on the same sentences of
LibreOffice's help from Brazilian Portuguese into English; stages that arms have in common are linked. Plain fine-tuning
comes first, and all others are held to its number of updates, with as many pairs in each. Interrupted, it goes on.

The plan of the small size, in seconds on two idle cores (SmolLM2 trains about 130 tokens a second with LoRA, prompts
and responses together; CTranslate2 in float32 reads 280 tokens and writes 120 in a second of one core):

    training: 200 pairs of 84 tokens, 60 of a rationale, 67 conversations of 130; six students, one pass        1030
    answers to 200 questions, 32 tokens at most; seven students                                                  460
    translations of 100 test sentences; seven students                                                           200
    what is trained on: two times rationales (160) and own translations (85), rewritings (50), conversations (60) 355
    whether it stops at once: 40 pairs, four ways                                                                 70
    loading and converting                                                                                       280

- *mixed data*: no instruction data is shipped, so it mixes in requests of ours with the backbone's own answers
  (self-synthesised rehearsal, Huang et al. 2024, arXiv 2403.01244); `--instructions` names a file of data instead.
- *RaDis + patching* trains on the embedded engine's translations of the segments that the student got wrong, not on the
  human ones, so its examples and its translation score are of another kind; what it keeps is comparable.
- *Self-distillation* trains on those of the backbone's own translations that pass the filters for training text, and
  these are few (at the toy size 1 of 8): the column of examples says how many, and they are repeated.
- The general score of the small size is the mean of facts and arithmetic, 100 short answers each: in a first look
  SmolLM2 had 9 and 7 of 20. It answers every harmless request (20 of 20), so that these would show no loss; these and
  instructions, whose answers are long, are left to the full size.
- `python -m benchmarks.claims.radis.rates` shows what other learning rates do, on sentences and questions that are not
  measured here.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.claims.claim.arms import choose_arms
from benchmarks.claims.claim.command import fill_recipe, make_arms_parser, run_seeds
from benchmarks.claims.claim.plot import draw_families
from benchmarks.claims.claim.run import Claim, hold_updates, step_folder
from benchmarks.claims.claim.scores import ArmRuns, gather_runs, mean_bleu, read_outputs, read_references, resample_chrf
from benchmarks.claims.claim.tables import describe_run
from benchmarks.claims.claim.texts import use_text
from benchmarks.claims.radis.arms import BASE, SIZES, list_radis_arms
from benchmarks.claims.radis.backbone import measure_stopping, write_conversations
from benchmarks.claims.radis.curves import draw_curves, read_drift, resample_drift, resample_elsewhere, resample_ends
from benchmarks.claims.radis.retention import percent_passed, read_marks, resample_retention
from benchmarks.claims.radis.table import ArmScores, Trained, places_by_family, render_tables
from benchmarks.claims.radis.texts import DIRECTION, draw
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Example, Pair
from tutelage.methods.registry import step_types
from tutelage.storage.tables import read_table


def main() -> None:
    arguments = _parse_arguments()
    claim, dev = open_claim(arguments)
    if not arguments.show:
        run_seeds(claim, arguments.seeds, hold=hold_updates)
    runs = gather_arms(claim, arguments.seeds)
    arms = [_backbone(runs[0]), *map(_score, runs)]
    looked = claim.work / "stopping.json"
    shown_alone = arguments.show and not looked.is_file()  # which runs nothing
    size = SIZES[arguments.size]
    answering = {"student": size.student, "compute_type": size.compute_type}
    stopping = [] if shown_alone else measure_stopping(looked, dev, direction=DIRECTION, **answering)
    print(render_tables(arms, stopping=stopping, note=_describe(runs[0]), against=arguments.against))
    if arguments.picture:
        families = list(draw_curves(places_by_family(arms)))
        draw_families(families, arguments.picture, across="drift, nats a token: less is kept →", up="chrF ↑")


def open_claim(arguments: argparse.Namespace) -> tuple[Claim, list[Pair]]:
    """Texts drawn and conversations written, each once, and the dev pairs; each size has an own folder in `--work`."""
    size, work = SIZES[arguments.size], (arguments.work / arguments.size).resolve()
    work.mkdir(parents=True, exist_ok=True)
    text = fill_recipe("radis", data=arguments.data)
    drawn = draw(text, size)
    overrides = [
        *size.training,
        *size.retention,
        use_text("parallel", drawn.train, work / "text-parallel.jsonl"),
        use_text("test", drawn.test, work / "text-test.jsonl"),
        *arguments.set,
    ]
    conversations = (arguments.instructions or work / "conversations.jsonl").resolve()
    arms = list_radis_arms(size, conversations=str(conversations), sources=str(work / "text-parallel.jsonl"))
    chosen = choose_arms(list(arms), arguments.only)
    mixed_in = any(str(conversations) in setting for arm in chosen for setting in arm.overrides)
    if mixed_in and not arguments.show and not arguments.instructions:
        count = size.conversation_count
        write_conversations(conversations, student=size.student, compute_type=size.compute_type, count=count)
    return Claim(work, text, overrides, chosen), drawn.dev


def gather_arms(claim: Claim, seeds: list[int]) -> list[ArmRuns]:
    """The runs of the arms that are done with all the seeds."""
    names = [arm.name for arm in claim.arms]
    return gather_runs(names, seeds, work=claim.work, cost=lambda folder: asdict(read_trained(folder)))


def read_trained(folder: Path) -> Trained:
    """What a finished run was trained on."""
    step = step_folder(folder)
    summary = json.loads((step / "student" / "training.json").read_text())
    rehearsed = step / "rehearsed.parquet"
    carried = [one for one in read_table(rehearsed, Example) if one.rationale] if rehearsed.is_file() else []
    return Trained(
        examples=summary["examples"],
        updates=summary["updates"],
        target_tokens=summary["target_tokens"],
        rationales=len(carried),
        cut=sum(one.cut for one in carried),
        alike=max(Counter(" ".join((one.rationale or "").split()[:2]) for one in carried).values(), default=0),
    )


def _backbone(runs: ArmRuns) -> ArmScores:
    folder = runs.folders[0]
    pairs, outputs = read_references(folder, "test"), [read_outputs(folder, "domain", "before")]
    marks = read_marks(folder, "before")
    passed = {ability: percent_passed(marks, ability) for ability in marks}
    return ArmScores(BASE, resample_chrf(outputs, pairs), mean_bleu(outputs, pairs), passed)


def _score(runs: ArmRuns) -> ArmScores:
    pairs = read_references(runs.folders[0], "test")
    outputs = [read_outputs(folder, "domain", "after") for folder in runs.folders]
    drifts = [read_drift(folder) for folder in runs.folders]
    before, after = read_marks(runs.folders[0], "before"), [read_marks(folder, "after") for folder in runs.folders]
    return ArmScores(
        name=runs.name,
        chrf=resample_chrf(outputs, pairs),
        bleu=mean_bleu(outputs, pairs),
        abilities={one: float(np.mean([percent_passed(marks, one) for marks in after])) for one in before},
        kept=resample_retention(before, after),
        drift=resample_drift(drifts),
        ends=resample_ends(drifts),
        elsewhere=resample_elsewhere(drifts),
        trained=Trained(**{name: runs.cost(name) for name in runs.costs[0]}),
    )


def _describe(runs: ArmRuns) -> str:
    folder = runs.folders[0]
    marks = read_marks(folder, "before")
    items = ", ".join(f"{ability} {len(of)}" for ability, of in marks.items())
    recipe = parse_recipe((folder / "recipe.toml").read_text(), step_types=step_types())
    train = recipe.step[0].train
    told = (
        f"{len(read_references(folder, 'test'))} test segments, {DIRECTION}; items: {items}; means over "
        f"{len(runs.folders)} seed(s); {'LoRA' if train.lora else 'full fine-tuning'}, highest rate "
        f"{train.learning_rate:g}"
    )
    return describe_run(folder, told)


def _parse_arguments() -> argparse.Namespace:
    parser = make_arms_parser("radis", __doc__, seeds=[1])
    parser.add_argument("--size", choices=tuple(SIZES), default="small")
    parser.add_argument(
        "--against", metavar="ARM", help="hold every arm against this one, not RaDis against its rivals"
    )
    parser.add_argument("--picture", type=Path, help="write translation against drift as an SVG")
    parser.add_argument("--instructions", type=Path, help="conversations to mix in, JSON Lines with messages")
    return parser.parse_args()


if __name__ == "__main__":
    main()
