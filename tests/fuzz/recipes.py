"""Shipped recipes, damaged, through what `tutelage check` does; no model is loaded and no teacher asked.

An input is the text of a recipe; its lines `#set KEY=VALUE` are given as `--set`.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fuzz.driver import Target
from fuzz.odd_values import ODD_KEYS, ODD_VALUES, nested
from tutelage.cli.summaries import render_check
from tutelage.core.recipe_writing import render_recipe
from tutelage.runs.checks.recipe_check import require_sound
from tutelage.runs.recipe_files import load_recipe

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
SET = "#set "
OPTIONAL = (
    '[student.shots]\ncount = 2\npath = "text/train.en-de.tsv"',
    '[student.fresh]\nwidth = 64\nlanguages = ["de", "en"]',
    "[budget]\ncalls = 10\ntokens = 1000\ncost = 1.0",
    '[teachers.other]\nkind = "chat"\nbase_url = ["http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1"]\nmodel = "m"',
    '[teachers.third]\nkind = "chat"\nbase_url = "http://x/v1"\nmodel = "m"\nprices = "text/prices.toml"',
    '[teachers.gguf]\nkind = "llama-server"\nmodel = "x.gguf"\nthreads = 2',
    '[teachers.small]\nkind = "patcher"\nmodel = "runs/x"\ncompute_type = "int8"',
    '[teachers.served]\nkind = "vllm"\nmodel = "organisation/model"\nadapter = "adapter"',
    '[retention]\nabilities = ["facts"]\nitems = 3',
    '[retention.lm_eval]\ntasks = ["x"]\ncommand = ["true"]\nmetrics = { x = "acc" }',
    '[evaluation.contrastive]\nweight = 0.1\nlanguages = ["en"]',
    '[text.sentences]\npath = ["text/pool.en.txt"]\nlimit = 5\nfields = { source = "en" }',
)
"""Tables that few recipes have."""
SMALL = {
    "embedded:jupyterlab-messages": "text/pool.en.txt",
    "embedded:jupyter-docs": "text/pool.en.txt",
    "embedded:jupyterlab": "text/test.en-de.tsv",
    "embedded:general": "text/test.en-de.tsv",
    "models/opus-en-de": "embedded:en-pt",
    "embedded:smollm2": "organisation/chat-model",
}
"""What stands in a recipe, and what a fuzzed one has instead: nothing large is read."""

Lines = list[str]


def make_target() -> Target:
    """The target; its texts lie in a temporary folder that is left when the process ends."""
    place = Path(tempfile.mkdtemp(prefix="fuzz-recipes-")) / "inner"
    write_texts(place)
    seeds = list(read_seeds(place))
    return Target("recipes", ".toml", lambda generator: mutate(generator, seeds), lambda data: attempt(data, place))


def write_texts(place: Path) -> None:
    """Small files where the shipped recipes look for theirs."""
    sides = [(f"open the file {number}", f"öffne die Datei {number}") for number in range(30)]
    rows = [
        {
            **dict.fromkeys(("en", "source"), a),
            **dict.fromkeys(("de", "fr", "es", "pt-BR", "target"), b),
            "origin": "own",
        }
        for a, b in sides
    ]
    many = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    pairs = "".join(f"{source}\t{target}\n" for source, target in sides)
    texts, corpora = place / "text", place / "build" / "corpora"
    texts.mkdir(parents=True)
    corpora.mkdir(parents=True)
    (texts / "pool.en.txt").write_text("".join(f"{source}\n" for source, _ in sides), encoding="utf-8")
    (texts / "prices.toml").write_text("")
    for use in ("train", "dev", "test", "general"):
        (texts / f"{use}.en-de.tsv").write_text(pairs, encoding="utf-8")
        (texts / f"multi.{use}.jsonl").write_text(many, encoding="utf-8")
    for name in ("mono.en", "multi.train", "multi.dev", "en-pt_BR.train", "en-pt_BR.dev"):
        (corpora / f"{name}.jsonl.gz").write_bytes(gzip.compress(many.encode()))


def read_seeds(place: Path) -> Iterator[Lines]:
    """Every shipped recipe as it is, and with every default written out."""
    for path in sorted(RECIPES.glob("*.toml")):
        written = path.read_text(encoding="utf-8")
        for shipped, small in SMALL.items():
            written = written.replace(shipped, small)
        copy = place / path.name
        copy.write_text(written, encoding="utf-8")
        whole = render_recipe(load_recipe(copy))
        yield written.splitlines()
        yield whole.splitlines()


def mutate(generator: random.Random, seeds: Sequence[Lines]) -> bytes:
    """A seed with one to four changes."""
    lines = list(generator.choice(seeds))
    for _ in range(generator.choice((1, 1, 1, 2, 2, 3, 4))):
        generator.choice(CHANGES)(generator, lines)
    data = "\n".join(lines).encode(errors="surrogatepass")
    return _damaged(generator, data) if generator.random() < 0.1 else data


def attempt(data: bytes, place: Path) -> None:
    """Read and check the recipe, and say what was found, as the command does."""
    overrides = [
        line.removeprefix(SET) for line in data.decode(errors="surrogateescape").split("\n") if line.startswith(SET)
    ]
    with _working_in(place):
        path = Path("fuzzed.toml")
        path.write_bytes(data)
        recipe = load_recipe(path, overrides)
        render_recipe(recipe).encode()
        "".join(render_check(recipe, require_sound(recipe, runs=Path("runs")))).encode()


@contextmanager
def _working_in(place: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(place)
    try:
        yield
    finally:
        os.chdir(before)


def _damaged(generator: random.Random, data: bytes) -> bytes:
    """The text cut off, or with bytes that are others."""
    if generator.random() < 0.5:
        return data[: generator.randrange(len(data) + 1)]
    changed = bytearray(data)
    for _ in range(generator.randint(1, 8)):
        if changed:
            changed[generator.randrange(len(changed))] = generator.randrange(256)
    return bytes(changed)


def _with_value(generator: random.Random, lines: Lines) -> None:
    place = _place_of_key(generator, lines)
    lines[place] = f"{lines[place].partition('=')[0]}= {_value(generator)}"


def _with_key(generator: random.Random, lines: Lines) -> None:
    place = _place_of_key(generator, lines)
    key, _, value = lines[place].partition("=")
    other = lines[_place_of_key(generator, lines)].partition("=")[0]
    lines[place] = f"{generator.choice((*ODD_KEYS, key.strip() + 's', other))} ={value}"


def _with_value_of_another(generator: random.Random, lines: Lines) -> None:
    place = _place_of_key(generator, lines)
    other = lines[_place_of_key(generator, lines)].partition("=")[2]
    lines[place] = f"{lines[place].partition('=')[0]}={other}"


def _without_line(generator: random.Random, lines: Lines) -> None:
    if lines:
        del lines[generator.randrange(len(lines))]


def _with_line_twice(generator: random.Random, lines: Lines) -> None:
    if lines:
        lines.insert(generator.randrange(len(lines) + 1), generator.choice(lines))


def _with_other_header(generator: random.Random, lines: Lines) -> None:
    places = [place for place, line in enumerate(lines) if line.startswith("[")]
    if places:
        place = generator.choice(places)
        name = lines[place].strip("[] ")
        others = (f"[{name}.a]", f"[[{name}]]", f"[{name.partition('.')[0]}]", "[step]", "[[step]]", "[teachers.'']")
        lines[place] = generator.choice((*others, *(lines[other] for other in places)))


def _with_new_line(generator: random.Random, lines: Lines) -> None:
    lines.insert(generator.randrange(len(lines) + 1), f"{generator.choice(ODD_KEYS)} = {_value(generator)}")


def _with_table(generator: random.Random, lines: Lines) -> None:
    """Before the steps, where tables of the recipe's head belong."""
    places = [place for place, line in enumerate(lines) if line.startswith("[")]
    lines[(place := generator.choice(places or [0])) : place] = generator.choice(OPTIONAL).splitlines()


def _with_override(generator: random.Random, lines: Lines) -> None:
    path = generator.choice(
        ("seed", "step.0.train.learning_rate", "step.0", "step", "step.99.a", "step.-1", "direction", "name.a",
         "text.test.path", "step.0.gate", "step.0.gate.0", "budget.cost", "a..b", "", "teachers.x.kind", "step.²")
    )  # fmt: skip
    lines.append(f"{SET}{path}{generator.choice(('=', '=', '=', '==', ''))}{_value(generator)}")


def _value(generator: random.Random) -> str:
    if generator.random() < 0.05:
        return nested(generator.choice((3, 50, 200, 2000)), kind=generator.choice(("tables", "lists")))
    return generator.choice(ODD_VALUES)


def _place_of_key(generator: random.Random, lines: Lines) -> int:
    places = [place for place, line in enumerate(lines) if "=" in line and not line.startswith("#")]
    if not places:
        lines.append("name = 1")
        return len(lines) - 1
    return generator.choice(places)


CHANGES: tuple[Callable[[random.Random, Lines], None], ...] = (
    _with_value, _with_value, _with_value, _with_value, _with_value_of_another, _with_key, _without_line,
    _with_line_twice, _with_other_header, _with_new_line, _with_override,
    _with_table, _with_table,
)  # fmt: skip
