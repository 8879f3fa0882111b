"""The claim of MT-Patcher with a language model in all roles: what contexts and analogies add to corrections.

    python -m benchmarks.claims.patching_llm                  (all arms, three seeds; an hour or two on one core)
    python -m benchmarks.claims.patching_llm --seeds 1 --only contexts
    python -m benchmarks.claims.patching_llm --seeds 1 --show      (tables of the arms that are done with these seeds)

The teacher is a chat model over HTTP, asked in the package's own roles and prompts; but it is an oracle, not a language
model: tests/scripted answers by a key of human translations. So this shows what the method gives when every answer is
right, and nothing of how often a language model's answers are. In particular
- a post-edit is the human translation of the segment, so that it teaches what distilling the same source teaches;
- contexts are human sentence pairs of the domain that hold the word, found and not written, and the analysis that they
  are asked for has no influence on them (`--ablation` shows it);
- analogies are words with similar neighbours or found in the same sentences, with translations by alignment.

Every arm is a run of patching_llm.toml with a few overrides, in a run folder of its own; all go through one ledger, and
an arm's calls are counted whether it sent them or found them there. Interrupted, it goes on. Words for the word test
are those of the answer key; a word is unseen if no segment of the pool has it.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.claims.claim.arms import Arm, choose_arms
from benchmarks.claims.claim.run import run_arm
from benchmarks.claims.claim.scores import ArmRuns, gather_runs
from benchmarks.claims.claim.texts import use_text
from benchmarks.claims.patching_llm.arms import list_llm_arms
from benchmarks.claims.patching_llm.costs import Cost, hold, read_cost
from benchmarks.claims.patching_llm.oracle import make_key, serving
from benchmarks.claims.patching_llm.table import Tables
from benchmarks.claims.patching_llm.word_test import make_word_test
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Pair
from tutelage.corpora.texts import Texts
from tutelage.methods.registry import step_types
from tutelage.storage.ledger.accounts import LEDGER_FILE

HERE = Path(__file__).parent


@dataclass(slots=True)
class Claim:
    """The command's arguments, and what it has found so far."""

    arguments: argparse.Namespace
    work: Path
    recipe: str
    overrides: list[str]
    arms: list[Arm]


def main() -> None:
    claim = _open(_parse_arguments())
    texts = _write_texts(claim)
    key = make_key(texts["pool"], texts["sentences"], folder=claim.work)
    words = make_word_test(key, pool=texts["pool"], test=texts["test"], folder=claim.work)
    if claim.arguments.show:
        print(Tables(gather(claim), words).render())
        return
    # an end by SIGTERM is to end the server too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with serving(key, right_from=claim.arguments.right_from) as address:
        claim.recipe = claim.recipe.replace("ADDRESS", address)
        for seed in claim.arguments.seeds:
            for line in run_seed(claim, seed, sentences=texts["sentences"]):
                print(line, file=sys.stderr, flush=True)
    print(Tables(gather(claim), words).render())


def gather(claim: Claim) -> list[ArmRuns]:
    """The arms that are done with all the seeds, from their run folders."""
    ledger = claim.work / LEDGER_FILE
    names = [arm.name for arm in claim.arms]
    return gather_runs(
        names, claim.arguments.seeds, work=claim.work, cost=lambda folder: asdict(read_cost(folder, ledger=ledger))
    )


def run_seed(claim: Claim, seed: int, *, sentences: list[Pair]) -> Iterator[str]:
    """All arms with one seed, and a line about each that is done."""
    done: dict[str, Path] = {}
    costs: dict[str, Cost] = {}
    for arm in claim.arms:
        held = hold(arm, done, costs, sentences=sentences, seed=seed, work=claim.work)
        overrides = (*claim.overrides, *arm.overrides, *held)
        result = run_arm(claim.recipe, arm.name, overrides, seed=seed, work=claim.work)
        done[arm.name] = result.folder
        costs[arm.name] = read_cost(result.folder, ledger=claim.work / LEDGER_FILE)
        yield f"seed {seed}  {arm.name}: {result.lines[0]}"


def _open(arguments: argparse.Namespace) -> Claim:
    """The folder in `--work` is named after what changes the oracle's answers, since texts, key and ledger stay in it.

    Other texts want another `--work`.
    """
    model = f"oracle-pool{arguments.pool}-right{arguments.right_from}"
    work = (arguments.work / model).resolve()
    work.mkdir(parents=True, exist_ok=True)
    text = (HERE / "recipe.toml").read_text().replace("DATA", str(arguments.data)).replace("MODEL", model)
    overrides = [f"text.pool.limit={arguments.pool}", *arguments.set]
    arms = choose_arms(list(list_llm_arms(ablation=arguments.ablation)), arguments.only)
    return Claim(arguments, work, text, overrides, arms)


def _write_texts(claim: Claim) -> dict[str, list[Pair]]:
    """The texts of the shared recipe by use, which the runs read from small files of their own."""
    recipe = parse_recipe(claim.recipe, step_types=step_types(), overrides=claim.overrides)
    texts = Texts(recipe.text, recipe.direction.direction)
    pairs = {use: list(texts.pairs(use)) for use in ("pool", "sentences", "test", "general")}
    claim.overrides += [use_text(use, found, claim.work / f"text-{use}.jsonl") for use, found in pairs.items()]
    return pairs


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the parallel text")
    parser.add_argument("--work", type=Path, default=Path("build/claims/patching_llm"), help="folder of the runs")
    parser.add_argument("--pool", type=int, default=600, help="segments in the pool")
    parser.add_argument("--right-from", type=float, default=0.7, help="agreement from which a hypothesis is right")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--only", nargs="+", default=[], help="only arms whose names hold one of these words")
    parser.add_argument("--show", action="store_true", help="run nothing; tables of what is done with all the seeds")
    parser.add_argument("--ablation", action="store_true", help="contexts without an analysis too")
    parser.add_argument("--set", action="append", default=[], help="override for every arm, as in tutelage run")
    return parser.parse_args()


if __name__ == "__main__":
    main()
