"""A run that goes on on another machine: the same recipe in another folder, with a ledger and a storage in common."""

import json
import os
import shutil
import signal
import threading
import time

import pytest

from fork_server import Command
from object_server import BUCKET, KEY, WRITER, variables
from scripted.llm import ScriptedLlm
from small_runs import small_recipe
from tutelage.core.errors import RecipeError
from tutelage.core.recipe_writing import render_recipe
from tutelage.core.records import Example
from tutelage.runs.checks.recipe_check import check_recipe
from tutelage.runs.run import run_recipe
from tutelage.storage import checkpoint_archive
from tutelage.storage.ledger import Ledger
from tutelage.storage.tables import read_table
from tutelage.training.trainer import RunPlan
from whole_runs import refuse, say

ADDRESS = f"s3://{BUCKET}/stages"


@pytest.fixture(scope="module")
def llm():
    with ScriptedLlm(script=say, misbehave=refuse) as server:
        yield server


@pytest.fixture
def recipe(storage, llm, tmp_path):
    return small_recipe(tmp_path, llm, ledger=str(tmp_path / "ledger.sqlite"), stages=ADDRESS)


def stages_of(folder):
    return json.loads((folder / "run.json").read_text())["stages"]


def examples_of(folder):
    return list(read_table(folder / "01-patching" / "examples.parquet", Example))


def spend_of(recipe):
    with Ledger.open(recipe.ledger) as ledger:
        return [(one.teacher, one.calls, one.reused, one.input_tokens) for one in ledger.spend(run=recipe.name)]


def contents(folder):
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_finished_run_is_repeated_elsewhere_with_nothing_made_anew(recipe, llm, tmp_path):
    first = run_recipe(recipe, runs=tmp_path / "here")
    made, examples, spent = stages_of(first.folder), examples_of(first.folder), spend_of(recipe)
    student = contents(first.folder / "01-patching" / "student")
    assert any(facts["asked"] for facts in made.values()) and examples and student
    asked = len(llm.requests)
    shutil.rmtree(tmp_path / "here")
    again = run_recipe(recipe, runs=tmp_path / "there")
    assert stages_of(again.folder) == {name: {**facts, "from": ADDRESS} for name, facts in made.items()}
    assert examples_of(again.folder) == examples
    assert contents(again.folder / "01-patching" / "student") == student
    assert (len(llm.requests), spend_of(recipe)) == (asked, spent)
    assert again.lines == first.lines


def test_a_run_killed_between_stages_goes_on(recipe, llm, storage, tmp_path):
    """The process is killed, and its disk gone, once the teacher's answers are a table that is stored."""
    file = tmp_path / "recipe.toml"
    file.write_text(render_recipe(recipe), encoding="utf-8")
    is_there, lost = threading.Event(), threading.Event()

    def hold(method, _name):
        """What comes after the translations, until the process is gone: so it can neither store it nor end before."""
        if method == "PUT" and "translations.parquet" in stored_stages(storage).values():
            is_there.set()
            lost.wait()
            return 500
        return None

    storage.refuse = hold
    process = Command(
        *("run", file, "--runs", tmp_path / "here", "--quiet"), folder=tmp_path, out=os.devnull, err=os.devnull
    )
    while process.poll() is None and not is_there.wait(0.1):
        pass
    process.kill()
    assert process.poll() == -signal.SIGKILL
    lost.set()
    storage.refuse = None
    stored, asked = stored_stages(storage), len(llm.requests)
    shutil.rmtree(tmp_path / "here")
    assert {"pool.parquet", "fresh", "translations.parquet"} <= set(stored.values())
    again = run_recipe(recipe, runs=tmp_path / "there")
    stages = stages_of(again.folder)
    assert {facts["key"] for facts in stages.values() if "from" in facts} == stored.keys()
    assert len(stored) < len(stages)
    assert len(llm.requests) - asked <= sum(facts["asked"] for facts in stages.values() if "from" not in facts)
    uninterrupted = run_recipe(recipe.model_copy(update={"stages": None}), runs=tmp_path / "alone")
    assert examples_of(again.folder) == examples_of(uninterrupted.folder)
    assert again.lines[:7] == uninterrupted.lines[:7]  # all that was measured


def test_a_training_goes_on_from_the_checkpoint_of_a_machine_that_is_lost(storage, llm, monkeypatch, tmp_path):
    """The best weights so far are among them, and where they lie is another place now."""
    monkeypatch.setattr(checkpoint_archive, "LOOK_SECONDS", 0.02)
    train = {"max_updates": 12, "save_every": 2, "evaluate_every": 2}
    recipe = small_recipe(tmp_path, llm, ledger=str(tmp_path / "ledger.sqlite"), stages=ADDRESS, step={"train": train})
    step_end, reached = RunPlan.on_step_end, []

    def watch(plan, arguments, state, control, **others):
        reached.append(state.global_step)
        if state.global_step == 9 and 9 not in reached[:-1] and max(reached) == 9:
            wait_for_checkpoint(storage, update=8)
            raise KeyboardInterrupt
        return step_end(plan, arguments, state, control, **others)

    monkeypatch.setattr(RunPlan, "on_step_end", watch)
    with pytest.raises(KeyboardInterrupt):
        run_recipe(recipe, runs=tmp_path / "here")
    shutil.rmtree(tmp_path / "here")
    before = len(reached)
    again = run_recipe(recipe, runs=tmp_path / "there")
    assert reached[before:] == [9, 10, 11, 12]
    monkeypatch.undo()
    for name, value in variables(storage, key=WRITER).items():
        monkeypatch.setenv(name, value)
    alone = run_recipe(recipe.model_copy(update={"stages": None}), runs=tmp_path / "alone")
    weights = [one.folder / "01-patching" / "student" / "model.safetensors" for one in (again, alone)]
    assert weights[0].read_bytes() == weights[1].read_bytes()
    assert not [name for name in storage.objects if "/checkpoint/" in name]


def wait_for_checkpoint(storage, *, update):
    while True:
        records = [
            content for name, content in list(storage.objects.items()) if name.endswith("/checkpoint/stage.json")
        ]
        if any(f"checkpoint-{update}/".encode() in record for record in records):
            return
        time.sleep(0.01)


def stored_stages(storage):
    """Names of the whole stages in the storage, by their keys."""
    records = [content for name, content in list(storage.objects.items()) if name.endswith("/stage.json")]
    return {stage["key"]: stage["name"] for stage in map(json.loads, records)}


def test_another_run_asks_the_ledger_for_what_this_one_asked(recipe, llm, tmp_path):
    run_recipe(recipe, runs=tmp_path / "here")
    asked = len(llm.requests)
    other = recipe.model_copy(update={"name": "other"})
    stages = stages_of(run_recipe(other, runs=tmp_path / "there").folder)
    taken = {name for name, facts in stages.items() if "from" in facts}
    assert taken == {name for name, facts in stages.items() if facts["asked"] == 0}
    assert "01-patching/student" in taken and "01-patching/translations" not in taken
    assert len(llm.requests) == asked  # and paid nothing
    assert sum(calls for _, calls, _, _ in spend_of(other)) == 0


def test_a_storage_that_cannot_be_used_is_told_before_anything_is_asked(recipe, llm, monkeypatch, tmp_path):
    def told(**changes):
        asked = len(llm.requests)
        with pytest.raises(RecipeError) as raised:
            run_recipe(recipe.model_copy(update=changes), runs=tmp_path / "runs")
        assert len(llm.requests) == asked and not (tmp_path / "runs").exists()
        (problem,) = raised.value.problems
        return problem

    assert told(stages="s3://other/x").startswith("stages: s3://other/x: there is no such bucket. Check bucket, name")
    assert "cannot be kept at 's3a://'. Did you mean 's3'?" in told(stages="s3a://bucket/x")
    assert "credentials in a recipe would stand in the report" in told(stages="s3://me:hush@bucket/x")
    assert "credentials in a recipe would stand in the report" in told(stages="az://one/x?sig=hush")
    (tmp_path / "file").touch()
    assert "is a file, so no folder can be made there" in told(stages=str(tmp_path / "file"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    assert "does not let these credentials read, write and list it" in told()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert "the storage cannot be used" in told()


def test_check_tells_what_another_machine_would_not_have(recipe, tmp_path):
    def notes(**changes):
        found = check_recipe(recipe.model_copy(update=changes), runs=tmp_path)
        assert found.problems == ()
        return [note for note in found.notes if note.startswith("stages:")]

    (note,) = notes()
    assert "the ledger is a file of this machine" in note
    assert notes(ledger="postgresql://me@db/ledger") == notes(stages=None) == []
