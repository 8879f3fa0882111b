"""What `tutelage check` says that a recipe will ask, against what its run asks: never less, at most twice as much."""

import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pytest

from answer_key import pairs, write_rows
from keyed_domain import sources
from scripted.llm import ScriptedLlm
from stage_recipes import MORE, RECIPES, SMALL, scripted_teacher, small_recipe, write_place
from tutelage.runs.checks.recipe_check import check_recipe
from tutelage.runs.run import run_recipe
from tutelage.storage.ledger import Ledger
from tutelage.storage.tables import count_rows

SIZES = {"pool": 60, "dev": 20, "test": 20, "general": 20, "sentences": 24}
OTHERS = {
    "chain": ['step.0.gate=["chrf: not worse by more than 100"]'],
    "language-aware": ['evaluation.language_id="py3langid"', "filters.language=false"],
}
"""What a recipe needs besides to run to its end."""
TEACHER = 'teachers.llm={{kind="chat", base_url="{url}", model="scripted", input_price=1.0, output_price=4.0}}'


class BilledLlm(ScriptedLlm):
    """Counts four bytes for a token, and the schema among what is asked, as hosted models do."""

    def _say(self, body, wrong):
        said = super()._say(body, wrong)
        asked = "".join(message["content"] for message in body["messages"]) + json.dumps(body.get("response_format"))
        counts = [math.ceil(len(text.encode()) / 4) for text in (asked, said.text)]
        return replace(said, usage=dict(zip(("prompt_tokens", "completion_tokens"), counts, strict=True)))


class Embedder:
    """One vector for all."""

    signature = "one"

    def embed(self, texts):
        return np.ones((len(texts), 2), dtype=np.float32) / 2**0.5


@pytest.fixture(scope="module")
def place(domain, base_student, tmp_path_factory):
    """The domain's texts and its student, which is wrong in some words, under the names of the small recipes."""
    folder = tmp_path_factory.mktemp("estimates")
    write_place(folder)
    for use, size in SIZES.items():
        rows = [{**row, "origin": "own"} for row in pairs(sources(domain / f"{use}.jsonl")[:size])]
        write_rows(folder / f"{use}.jsonl", rows)
    shutil.rmtree(folder / "marian")
    shutil.copytree(base_student, folder / "marian")
    return folder


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr("tutelage.embeddings.opening.open_embedder", lambda _name: Embedder())


def test_every_shipped_recipe_is_looked_at():
    assert {path.stem for path in RECIPES.glob("*.toml")} == {*SMALL, *MORE}


@pytest.mark.parametrize("name", [*SMALL, *MORE])
def test_an_estimate_is_never_less_than_what_is_asked_and_at_most_twice_as_much(name, place, tmp_path):
    with BilledLlm(script=scripted_teacher(place)) as llm:
        recipe = small_recipe(name, place, llm.base_url, overrides=OTHERS.get(name, ()))
        estimates = check_recipe(recipe, runs=tmp_path).estimates
        run = run_recipe(recipe, runs=tmp_path)
    with Ledger.open(tmp_path / "ledger.sqlite", run=recipe.name) as ledger:
        spent = ledger.spend(run=recipe.name)
    asked = {
        "calls": (sum(one.calls for one in estimates), sum(one.calls for one in spent)),
        "tokens": (sum(one.tokens for one in estimates), sum(one.input_tokens + one.output_tokens for one in spent)),
        "cost": (sum(one.cost for one in estimates), sum(one.cost for one in spent)),
    }
    assert all(actual <= estimate <= 2 * actual for estimate, actual in asked.values()), asked
    for step, estimate in zip(recipe.step, estimates, strict=True):
        trained = count_rows(run.folder / f"{estimate.number:02d}-{step.method}" / "examples.parquet")
        assert 0 < trained <= estimate.estimate.training_examples


@pytest.mark.parametrize("name", ["radis", "language-aware"])
def test_a_teacher_of_a_recipe_on_parallel_text_is_estimated_too(name, place, tmp_path):
    with BilledLlm(script=scripted_teacher(place)) as llm:
        overrides = [TEACHER.format(url=llm.base_url), "evaluation.teacher_scores=true", *OTHERS.get(name, ())]
        recipe = small_recipe(name, place, llm.base_url, overrides=overrides)
        (estimate,) = check_recipe(recipe, runs=tmp_path).estimates
        run_recipe(recipe, runs=tmp_path)
    with Ledger.open(tmp_path / "ledger.sqlite", run=recipe.name) as ledger:
        (spent,) = ledger.spend(run=recipe.name)
    assert spent.calls <= estimate.calls <= 2 * spent.calls
    assert spent.cost <= estimate.cost <= 2 * spent.cost


@pytest.mark.parametrize(
    ("name", "teacher"), [("distil-jupyterlab", "engine"), ("patch-llm", "llm"), ("chain", "engine")]
)
def test_a_teacher_that_is_asked_about_several_segments_at_once_is_asked_less_often(name, teacher, place, tmp_path):
    with BilledLlm(script=scripted_teacher(place)) as llm:
        alone, together = (
            small_recipe(
                name,
                place,
                llm.base_url,
                overrides=[*OTHERS.get(name, ()), f"teachers.{teacher}.segments_per_call={n}"],
            )
            for n in (1, 8)
        )
        before, estimates = (check_recipe(recipe, runs=tmp_path).estimates for recipe in (alone, together))
        run_recipe(together, runs=tmp_path)
    with Ledger.open(tmp_path / "ledger.sqlite", run=together.name) as ledger:
        spent = ledger.spend(run=together.name)
    asked = {
        "calls": (sum(one.calls for one in estimates), sum(one.calls for one in spent)),
        "tokens": (sum(one.tokens for one in estimates), sum(one.input_tokens + one.output_tokens for one in spent)),
    }
    assert all(actual <= estimate <= 2 * actual for estimate, actual in asked.values()), asked
    assert sum(one.calls for one in estimates) < sum(one.calls for one in before)
