"""The claim of MT-Patcher with a language model in all roles: what contexts and analogies add to corrections.

    python -m benchmarks.claims.patching_llm                  (all arms, three seeds; an hour or two on one core)
    python -m benchmarks.claims.patching_llm --seeds 1 --only contexts
    python -m benchmarks.claims.patching_llm --dose 4 2       (the paper's doses; 1 and 1 without)
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
from functools import partial

from benchmarks.claims.claim.arms import choose_arms
from benchmarks.claims.claim.command import fill_recipe, make_arms_parser, run_seeds
from benchmarks.claims.claim.run import Claim
from benchmarks.claims.claim.scores import gather_runs
from benchmarks.claims.claim.texts import use_text
from benchmarks.claims.patching_llm.arms import Dose, list_llm_arms
from benchmarks.claims.patching_llm.costs import hold, read_cost
from benchmarks.claims.patching_llm.oracle import make_key, serving
from benchmarks.claims.patching_llm.table import Tables
from benchmarks.claims.patching_llm.word_test import make_word_test
from tutelage.core.recipe_reading import parse_recipe
from tutelage.core.records import Pair
from tutelage.corpora.texts import Texts
from tutelage.methods.registry import step_types
from tutelage.storage.ledger.accounts import LEDGER_FILE


def main() -> None:
    arguments = _parse_arguments()
    claim = _open(arguments)
    texts = _write_texts(claim)
    key = make_key(texts["pool"], texts["sentences"], folder=claim.work)
    words = make_word_test(key, pool=texts["pool"], test=texts["test"], folder=claim.work)
    if not arguments.show:
        # an end by SIGTERM is to end the server too
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        with serving(key, right_from=arguments.right_from) as address:
            claim.recipe = claim.recipe.replace("ADDRESS", address)
            for seed in arguments.seeds:
                held = partial(hold, sentences=texts["sentences"], seed=seed, work=claim.work)
                run_seeds(claim, [seed], hold=held)
    cost = partial(read_cost, ledger=claim.work / LEDGER_FILE)
    runs = gather_runs([arm.name for arm in claim.arms], arguments.seeds, work=claim.work, cost=cost)
    print(Tables(runs, words).render())


def _open(arguments: argparse.Namespace) -> Claim:
    """The folder in `--work` is named after what changes the oracle's answers, since texts, key and ledger stay in it.

    Other texts want another `--work`.
    """
    model = f"oracle-pool{arguments.pool}-right{arguments.right_from}"
    work = (arguments.work / model / Dose(*arguments.dose).folder).resolve()
    work.mkdir(parents=True, exist_ok=True)
    text = fill_recipe("patching_llm", data=arguments.data, MODEL=model)
    overrides = [f"text.pool.limit={arguments.pool}", *arguments.set]
    dose = Dose(*arguments.dose)
    arms = choose_arms(list(list_llm_arms(dose=dose, ablation=arguments.ablation)), arguments.only)
    return Claim(work, text, overrides, arms)


def _write_texts(claim: Claim) -> dict[str, list[Pair]]:
    """The texts of the shared recipe by use, which the runs read from small files of their own."""
    recipe = parse_recipe(claim.recipe, step_types=step_types(), overrides=claim.overrides)
    texts = Texts(recipe.text, recipe.direction.direction)
    pairs = {use: list(texts.pairs(use)) for use in ("pool", "sentences", "test", "general")}
    claim.overrides += [use_text(use, found, claim.work / f"text-{use}.jsonl") for use, found in pairs.items()]
    return pairs


def _parse_arguments() -> argparse.Namespace:
    parser = make_arms_parser("patching_llm", __doc__, seeds=[1, 2, 3])
    parser.add_argument("--pool", type=int, default=600, help="segments in the pool")
    parser.add_argument("--right-from", type=float, default=0.7, help="agreement from which a hypothesis is right")
    parser.add_argument(
        "--dose", type=int, nargs=2, default=(1, 1), metavar=("CONTEXTS", "ANALOGIES"),
        help="sentence pairs for each error word and words for each of its aspects; the paper has 4 and 2",
    )  # fmt: skip
    parser.add_argument("--ablation", action="store_true", help="contexts without an analysis too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
