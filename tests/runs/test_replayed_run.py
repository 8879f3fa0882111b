"""A whole run repeated elsewhere from its replay file, the teacher gone; and what each step of a run has spent."""

import json

import pytest

from answer_key import answer
from scripted.llm import ScriptedLlm
from tutelage.core.errors import RecipeError
from tutelage.core.records import Example
from tutelage.runs.run import run_recipe
from tutelage.storage.ledger import Ledger
from tutelage.storage.ledger.accounts import export_replay, import_replay
from tutelage.storage.tables import read_table
from whole_runs import make_recipe, patching_table

SHORT = {"train": {"max_updates": 2}, "gate": ["chrf: at least 0"]}


def make_table(domain, student, llm, **changes):
    table = patching_table(domain, student, llm, step=SHORT, **changes)
    table["text"]["pool"]["limit"] = 40
    return table


@pytest.fixture
def chain(domain, base_student, tmp_path):
    """The recipe of two steps that ask the same teacher, and its server."""
    with ScriptedLlm(script=answer) as llm:
        table = make_table(domain, base_student, llm)
        table["text"]["pool"]["limit"] = 60
        step = {"method": "sequence_kd", "teacher": "llm", "share": 0.5, **SHORT}
        table["step"].append(step | {"train": {**table["step"][0]["train"], "max_updates": 2}})
        yield make_recipe(table), llm


def told_spend(folder):
    """What the report of each step says was asked and taken."""
    steps = sorted(folder.glob("*/step.json"))
    rows = [json.loads(path.read_text())["spend"] for path in steps]
    return [(sum(row["calls"] for row in step), sum(row["replayed"] for row in step)) for step in rows]


def test_each_step_tells_its_own_spend_however_often_the_run_is_begun(chain, tmp_path):
    recipe, llm = chain
    folder = run_recipe(recipe, runs=tmp_path).folder
    first = told_spend(folder)
    assert first[0] == (len(llm.requests), 0)
    assert first[1][0] == 0 and first[1][1] > 0
    run_recipe(recipe, runs=tmp_path)
    assert told_spend(folder) == first
    # the second step is made again and takes its answers anew: they are not the first step's
    (folder / "02-sequence_kd" / "translations.parquet").unlink()
    run_recipe(recipe, runs=tmp_path)
    again = told_spend(folder)
    assert again[0] == first[0]
    assert again[1][0] == 0 and again[1][1] > first[1][1]
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        steps = {one.step: (one.calls, one.reused) for one in ledger.spend(run="patch", by=["step"])}
    assert steps == {"01-patching": again[0], "02-sequence_kd": again[1]}


def test_a_replay_file_repeats_the_run_without_the_teacher(domain, base_student, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    with ScriptedLlm(script=answer) as llm:
        earlier = make_recipe(make_table(domain, base_student, llm, name="earlier"))
        run_recipe(earlier, runs=here)
        step = {**SHORT, "contexts": {"source": "written", "per_error": 1, "writer": "llm"}}
        table = patching_table(domain, base_student, llm, step=step)
        table["text"]["pool"]["limit"] = 60
        recipe = make_recipe(table)
        first = run_recipe(recipe, runs=here)
    with Ledger.open(here / "ledger.sqlite") as ledger:
        (asked,) = ledger.spend(run="patch", by=["run"])
    assert asked.calls > 0 and asked.reused > 0  # part of what it needs was asked by the earlier run
    count = export_replay(here / "ledger.sqlite", tmp_path / "patch.jsonl.gz", run="patch")
    assert count > asked.calls

    # nobody listens at the teacher's address any more
    assert import_replay(tmp_path / "patch.jsonl.gz", there / "ledger.sqlite") == count
    again = run_recipe(recipe, runs=there)
    with Ledger.open(there / "ledger.sqlite") as ledger:
        (taken,) = ledger.spend(run="patch", by=["run"])
        assert ledger.account().calls == 0
    assert (taken.calls, taken.cost) == (0, 0.0)
    examples, repeated = (
        list(read_table(result.folder / "01-patching/examples.parquet", Example)) for result in (first, again)
    )
    assert examples and repeated == examples
    assert again.lines[0] == first.lines[0]


@pytest.mark.parametrize(
    ("ledger", "said"),
    [
        ("postgresql://ann:hush@host/work", "a password in a recipe would stand in the report"),
        ("mysql://host/work", "cannot be kept at 'mysql://'"),
    ],
)
def test_a_ledger_that_cannot_be_used_is_told_before_anything_starts(domain, base_student, tmp_path, ledger, said):
    recipe = make_recipe(patching_table(domain, base_student, "http://127.0.0.1:9/v1", ledger=ledger))
    with pytest.raises(RecipeError) as raised:
        run_recipe(recipe, runs=tmp_path / "runs")
    assert said in str(raised.value)
    assert "hush" not in str(raised.value)
    assert not (tmp_path / "runs").exists()
