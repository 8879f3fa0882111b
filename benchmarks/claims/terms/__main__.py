"""The claim on terms: how many of a glossary's are kept, by patching and at decoding, and what that costs in chrF.

    python -m benchmarks.claims.terms                  (two arms, three seeds; half an hour on two cores)
    python -m benchmarks.claims.terms --seeds 1
    python -m benchmarks.claims.terms --show           (the table of what is done with these seeds)

The glossary is made from the training text of the domain by `extraction.py`. One arm is patched without it, one with
it; the base student and both are then decoded plainly and in each way that keeps terms. Interrupted, it goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from benchmarks.claims.claim.arms import Arm, choose_arms
from benchmarks.claims.claim.command import fill_recipe, make_arms_parser, run_seeds
from benchmarks.claims.claim.run import Claim, hold_updates
from benchmarks.claims.claim.texts import use_text
from benchmarks.claims.terms.extraction import extract_terms, write_terms
from benchmarks.claims.terms.table import render_table
from tutelage.core.recipe import TextsSettings
from tutelage.core.recipe_reading import parse_recipe
from tutelage.corpora.texts import Texts
from tutelage.methods.registry import step_types

OTHER = 40_000
"""Pairs of other domains that the domain's words are compared with."""


def list_arms(glossary: Path) -> list[Arm]:
    """Patched without and with the glossary, for as many updates."""
    first = Arm("patched with the glossary", (f"glossary.path={glossary}",))
    return [first, Arm("patched", (), like=first.name, held="updates")]


def main(given: Sequence[str] | None = None) -> None:
    arguments = make_arms_parser("terms", __doc__, seeds=[1, 2, 3]).parse_args(given)
    work: Path = arguments.work.resolve()
    glossary = work / "glossary.tsv"
    arms = choose_arms(list_arms(glossary), arguments.only)
    if not arguments.show:
        recipe, overrides = prepare(arguments, glossary)
        run_seeds(Claim(work, recipe, overrides, arms), arguments.seeds, hold=hold_updates)
    print(render_table([arm.name for arm in arms], arguments.seeds, work=work, glossary=glossary))


def prepare(arguments: argparse.Namespace, glossary: Path) -> tuple[str, list[str]]:
    """The recipe, and the overrides for all arms; texts and glossary are made once."""
    work = glossary.parent
    work.mkdir(parents=True, exist_ok=True)
    text = fill_recipe("terms", data=arguments.data)
    recipe = parse_recipe(text, step_types=step_types(), overrides=arguments.set)
    texts = Texts(recipe.text, recipe.direction.direction)
    overrides = [use_text(use, texts.pairs(use), work / f"text-{use}.jsonl") for use in ("pool", "test", "general")]
    if not glossary.is_file():
        made_from = Texts(_training_text(recipe.text), recipe.direction.direction)
        domain, other = made_from.pairs("pool"), islice(made_from.pairs("general"), OTHER)
        glossary.write_text(write_terms(extract_terms(domain, other, direction=recipe.direction.direction)))
    return text, [*arguments.set, *overrides]


def _training_text(texts: TextsSettings) -> TextsSettings:
    """The whole training text of the domain, and that of other domains."""
    assert texts.pool is not None and texts.general is not None
    domain = texts.pool.model_copy(update={"limit": None})
    other = texts.general.model_copy(update={"limit": None, "path": texts.pool.path})
    return TextsSettings(pool=domain, general=other)


if __name__ == "__main__":
    main()
