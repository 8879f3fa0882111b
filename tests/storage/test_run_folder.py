import json

import pytest

from made_stages import make_table
from tutelage.core.errors import UserError
from tutelage.core.records import Segment
from tutelage.storage.run_folder import RunFolder


def open_run(path):
    return RunFolder.open(path, recipe_toml='name = "x"\n', seed=3)


def test_a_new_run_says_what_it_is(tmp_path):
    run = open_run(tmp_path / "runs" / "x")
    state = json.loads((run.path / "run.json").read_text())
    assert state["seed"] == 3
    assert "cores" in state["machine"]
    assert (run.path / "recipe.toml").read_text() == 'name = "x"\n'
    run.close()


def test_stages_are_noted_and_survive(tmp_path):
    run = open_run(tmp_path)
    step = run.step(1, "patching")
    assert step.path.name == "01-patching"
    make_table(step, "pool", Segment, key="k", produce=lambda: [Segment("1", "x", "en")])
    created = run.state["created"]
    run.close()
    again = open_run(tmp_path)
    assert again.state["created"] == created
    assert again.state["stages"]["01-patching/pool"]["rows"] == 1
    again.close()


def test_a_stage_that_was_borrowed_keeps_what_it_took_where_it_was_made(tmp_path):
    run = open_run(tmp_path)
    step = run.step(1, "patching")
    step.note("pool", {"key": "k", "rows": 1, "cpu_seconds": 7.5, "from": "maker"})
    step.note("drawn", {"key": "k", "rows": 1})
    stages = run.state["stages"]
    assert stages["01-patching/pool"]["cpu_seconds"] == 7.5
    assert stages["01-patching/drawn"]["cpu_seconds"] < 7.5
    run.close()


def test_one_process_at_a_time(tmp_path):
    run = open_run(tmp_path)
    with pytest.raises(UserError, match="another process works in this run"):
        open_run(tmp_path)
    run.close()
    open_run(tmp_path).close()


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="the run folder cannot be written") as caught:
        open_run(tmp_path / "file" / "run")
    assert "\n" not in str(caught.value)
    assert "--runs" in str(caught.value)


def test_a_torn_state_does_not_stop_a_run(tmp_path):
    open_run(tmp_path).close()
    (tmp_path / "run.json").write_text('{"stages": {')
    run = open_run(tmp_path)
    assert run.state["stages"] == {}
    run.close()
