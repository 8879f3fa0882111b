"""Claims on several domains: texts that the student has not seen, each with a pool, a dev text and a test set."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.claims.claim.arms import Arm
from benchmarks.claims.claim.command import fill_recipe, make_arms_parser, run_seeds
from benchmarks.claims.claim.run import Claim, Hold
from benchmarks.claims.claim.scores import ArmRuns, gather_runs
from benchmarks.claims.claim.tables import join_blocks
from benchmarks.claims.claim.texts import use_text
from benchmarks.corpora.place import found
from tutelage.core.recipe_reading import parse_recipe
from tutelage.corpora.texts import Texts
from tutelage.methods.registry import step_types

_JUPYTERLAB = 'path="embedded:jupyterlab", shares={dev=0.25, test=0.75}, split_by="segment"'
_DDTP = 'only={origin=["ddtp"]}'
_SPLIT = f'path="DATA/en-pt_BR.train.jsonl.gz", {_DDTP}, shares={{pool=0.9, dev=0.1}}'
DOMAINS = {
    "jupyterlab": {
        "pool": 'path="embedded:jupyterlab-messages"',
        "dev": f'{_JUPYTERLAB}, part="dev"',
        "test": f'{_JUPYTERLAB}, part="test"',
    },
    "ddtp": {
        "pool": f'{_SPLIT}, part="pool", limit=2000',
        "dev": f'{_SPLIT}, part="dev", limit=200',
        "test": f'path="DATA/en-pt_BR.dev.jsonl.gz", {_DDTP}',
    },
}
"""Messages of a user interface, embedded; descriptions of packages, of `--data`."""
SMALL = {"pool": 120, "dev": 20, "test": 60}
"""Segments of each text in the small mode."""


def domain_texts(name: str, recipe: str, *, data: Path, work: Path, changes: list[str], small: bool) -> list[str]:
    """Overrides that name the texts of a domain, drawn into files of their own once; `changes` come after its own."""
    texts_of = DOMAINS[name]
    place = str(found(data)) if any("DATA" in text for text in texts_of.values()) else ""
    named = [f"text.{use}={{{text.replace('DATA', place)}}}" for use, text in texts_of.items()]
    limits = [f"text.{use}.limit={limit}" for use, limit in SMALL.items()] if small else []
    read = parse_recipe(recipe, step_types=step_types(), overrides=[*named, *changes, *limits])
    texts = Texts(read.text, read.direction.direction)
    work.mkdir(parents=True, exist_ok=True)
    folder = work.resolve()
    return [
        use_text("pool", texts.segments("pool"), folder / "text-pool.jsonl"),
        *(use_text(use, texts.pairs(use), folder / f"text-{use}.jsonl") for use in ("dev", "test")),
    ]


def make_domains_parser(claim: str, description: str | None) -> argparse.ArgumentParser:
    """The arguments of a claim with several arms on several domains."""
    parser = make_arms_parser(claim, description, seeds=[1, 2, 3])
    parser.add_argument("--domains", nargs="+", default=list(DOMAINS), choices=list(DOMAINS))
    parser.add_argument("--small", action="store_true", help="few segments, to see that it works")
    return parser


def run_domains(
    claim: str,
    arms: Sequence[Arm],
    arguments: argparse.Namespace,
    *,
    hold: Hold,
    cost: Callable[[Path], dict[str, Any]],
    render: Callable[[str, list[ArmRuns]], str],
) -> str:
    """The table of each domain, whose arms are run first unless they are only shown."""
    return join_blocks(
        [_run_domain(claim, name, arms, arguments, hold=hold, cost=cost, render=render)] for name in arguments.domains
    )


def _run_domain(
    claim: str,
    name: str,
    arms: Sequence[Arm],
    arguments: argparse.Namespace,
    *,
    hold: Hold,
    cost: Callable[[Path], dict[str, Any]],
    render: Callable[[str, list[ArmRuns]], str],
) -> str:
    work: Path = arguments.work / (f"{name}-small" if arguments.small else name)
    if not arguments.show:
        recipe, changes = fill_recipe(claim), list(arguments.set)
        texts = domain_texts(name, recipe, data=arguments.data, work=work, changes=changes, small=arguments.small)
        run_seeds(Claim(work, recipe, [*changes, *texts], arms), arguments.seeds, hold=hold)
    return render(name, gather_runs([arm.name for arm in arms], arguments.seeds, work=work, cost=cost))
