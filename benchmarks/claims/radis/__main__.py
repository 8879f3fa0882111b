"""The claim of rationale distillation: SmolLM2 learns to translate and keeps what else it could do.

    python -m benchmarks.claims.radis                     (small: one seed, under an hour on two idle cores)
    python -m benchmarks.claims.radis --seeds 1 2 3 --only RaDis
    python -m benchmarks.claims.radis --show              (the tables of the arms that are done with these seeds)
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
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.claims.claim.arms import Arm, choose_arms
from benchmarks.claims.claim.run import read_training, run_arm
from benchmarks.claims.claim.scores import ArmRuns, gather_runs, mean_bleu, read_outputs, read_references, resample_chrf
from benchmarks.claims.claim.texts import use_text
from benchmarks.claims.radis.arms import BASE, MIXED, SIZES, list_radis_arms
from benchmarks.claims.radis.backbone import measure_stopping, write_conversations
from benchmarks.claims.radis.retention import percent_passed, read_marks, resample_retention
from benchmarks.claims.radis.table import ArmScores, Trained, render_tables
from benchmarks.claims.radis.texts import DIRECTION, Drawn, draw
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Example
from tutelage.methods.registry import step_types
from tutelage.storage.tables import read_table

HERE = Path(__file__).parent


@dataclass(slots=True)
class Shared:
    """What all arms of a size share."""

    work: Path
    recipe: str
    overrides: list[str]
    arms: list[Arm]
    drawn: Drawn


def main() -> None:
    arguments = _parse_arguments()
    shared = open_claim(arguments)
    if not arguments.show:
        for seed in arguments.seeds:
            for line in run_seed(shared, seed):
                print(line, file=sys.stderr, flush=True)
    print(render_claim(shared, arguments.seeds))


def open_claim(arguments: argparse.Namespace) -> Shared:
    """Texts drawn and conversations written, each once; each size has a folder of its own in `--work`."""
    size, work = SIZES[arguments.size], (arguments.work / arguments.size).resolve()
    work.mkdir(parents=True, exist_ok=True)
    text = (HERE / "recipe.toml").read_text().replace("DATA", str(arguments.data))
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
    if not arguments.show and not arguments.instructions and MIXED in {arm.name for arm in chosen}:
        write_conversations(conversations, count=size.conversation_count)
    return Shared(work, text, overrides, chosen, drawn)


def run_seed(shared: Shared, seed: int) -> Iterator[str]:
    """All arms with one seed, and a line about each that is done."""
    updates: dict[str, int] = {}
    for arm in shared.arms:
        held = [f"step.0.train.max_updates={updates[arm.like]}"] if arm.held == "updates" else []
        result = run_arm(
            shared.recipe, arm.name, (*shared.overrides, *arm.overrides, *held), seed=seed, work=shared.work
        )
        updates[arm.name] = read_training(result.folder)["updates"]
        yield f"seed {seed}  {arm.name}: {result.lines[0]}"


def render_claim(shared: Shared, seeds: list[int]) -> str:
    """The tables of the arms that are done with the seeds."""
    names = [arm.name for arm in shared.arms]
    runs = gather_runs(names, seeds, work=shared.work, cost=lambda folder: asdict(read_trained(folder)))
    stopping = measure_stopping(shared.work / "stopping.json", shared.drawn.dev, direction=DIRECTION)
    return render_tables([_backbone(runs[0]), *map(_score, runs)], stopping=stopping, note=_describe(runs[0]))


def read_trained(folder: Path) -> Trained:
    """What a finished run was trained on."""
    step = next(folder.glob("01-*"))
    summary = json.loads((step / "student" / "training.json").read_text())
    rehearsed = step / "rehearsed.parquet"
    carried = [one for one in read_table(rehearsed, Example) if one.rationale] if rehearsed.is_file() else []
    return Trained(
        examples=summary["examples"],
        updates=summary["updates"],
        target_tokens=summary["target_tokens"],
        rationales=len(carried),
        cut=sum(one.cut for one in carried),
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
    before, after = read_marks(runs.folders[0], "before"), [read_marks(folder, "after") for folder in runs.folders]
    return ArmScores(
        name=runs.name,
        chrf=resample_chrf(outputs, pairs),
        bleu=mean_bleu(outputs, pairs),
        abilities={one: float(np.mean([percent_passed(marks, one) for marks in after])) for one in before},
        kept=resample_retention(before, after),
        trained=Trained(**{name: runs.cost(name) for name in runs.costs[0]}),
    )


def _describe(runs: ArmRuns) -> str:
    folder = runs.folders[0]
    state = json.loads((folder / "run.json").read_text())
    marks = read_marks(folder, "before")
    items = ", ".join(f"{ability} {len(of)}" for ability, of in marks.items())
    recipe = parse_recipe((folder / "recipe.toml").read_text(), step_types=step_types())
    train = recipe.step[0].train
    return (
        f"{len(read_references(folder, 'test'))} test segments, {DIRECTION}; items: {items}; means over "
        f"{len(runs.folders)} seed(s); {'LoRA' if train.lora else 'full fine-tuning'}, highest rate "
        f"{train.learning_rate:g}; tutelage {state['tutelage']}; {state['machine']}."
    )


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=tuple(SIZES), default="small")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the parallel text")
    parser.add_argument("--work", type=Path, default=Path("build/claims/radis"), help="folder of the runs")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--only", nargs="+", default=[], help="only arms whose names hold one of these words")
    parser.add_argument("--instructions", type=Path, help="conversations to mix in, JSON Lines with messages")
    parser.add_argument(
        "--show", action="store_true", help="run nothing; the tables of what is done with all the seeds"
    )
    parser.add_argument("--set", action="append", default=[], help="override for every arm, as in tutelage run")
    return parser.parse_args()


if __name__ == "__main__":
    main()
