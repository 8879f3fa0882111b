"""The domains of the claim: texts that the student has not seen, each with a pool, a dev text and a test set."""

from __future__ import annotations

from pathlib import Path

from benchmarks.claims.claim.texts import use_text
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
    named = [f"text.{use}={{{text.replace('DATA', str(data))}}}" for use, text in DOMAINS[name].items()]
    limits = [f"text.{use}.limit={limit}" for use, limit in SMALL.items()] if small else []
    read = parse_recipe(recipe, step_types=step_types(), overrides=[*named, *changes, *limits])
    texts = Texts(read.text, read.direction.direction)
    work.mkdir(parents=True, exist_ok=True)
    folder = work.resolve()
    return [
        use_text("pool", texts.segments("pool"), folder / "text-pool.jsonl"),
        *(use_text(use, texts.pairs(use), folder / f"text-{use}.jsonl") for use in ("dev", "test")),
    ]
