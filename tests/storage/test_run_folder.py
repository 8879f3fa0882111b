import json

import pytest

from made_stages import make_folder, make_table, resume_table
from tutelage.core.errors import UserError
from tutelage.core.records import Pair, Rejection, Segment
from tutelage.storage.run_folder import RunFolder
from tutelage.storage.stages import open_stage


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


@pytest.fixture
def chain(tmp_path):
    """A run of two steps, and what it has asked so far."""
    asked = [0]
    run = open_run(tmp_path / "chain")
    run.watch_asked(lambda: {"asked": asked[0]})
    yield run, asked
    run.close()


def translate(folder, file, produce):
    return resume_table(folder, "hypotheses", Segment, key="k1", produce=produce, file=file)


def refuse(*_):
    raise AssertionError("made twice")


def test_what_one_step_has_made_the_next_one_does_not_make_again(chain):
    """The last student of a step is the first of the next: its translations and answers are there."""
    run, _ = chain
    first, second = run.step(1, "patching"), run.step(2, "patching")
    one = segment("one")
    after = translate(first.inner("tests"), "domain-after", lambda _: [one])
    make_table(first, "pool", Segment, key="k2", produce=lambda: [one, Rejection("two", "pool", "duplicate")])
    make_folder(first, "student", key="k3", make=lambda folder: (folder / "weights").write_text("w"))
    before = translate(second.inner("tests"), "domain-before", refuse)
    pool = make_table(second, "pool", Segment, key="k2", produce=refuse)
    student = make_folder(second, "student", key="k3", make=refuse)
    assert list(before) == [one] and before.path.samefile(after.path)
    assert [one.id for one in pool.rejections()] == ["two"]
    assert (student / "weights").read_text() == "w"
    # the time that it took is told once
    notes = run.state["stages"]
    assert "seconds" in notes["01-patching/pool"] and "seconds" not in notes["02-patching/pool"]
    assert (notes["02-patching/pool"]["rows"], notes["02-patching/pool"]["rejected"]) == (1, 1)


def test_what_a_step_asked_the_next_one_asks_its_ledger(chain):
    run, asked = chain

    def ask():
        asked[0] += 1
        return [segment("asked")]

    make_table(run.step(1, "patching"), "translations", Segment, key="k", produce=ask)
    make_table(run.step(2, "patching"), "translations", Segment, key="k", produce=ask)
    assert asked == [2]


def test_a_stage_is_not_taken_from_its_own_place(chain):
    """What lies there was not believed: another record type, say."""
    run, _ = chain
    step = run.step(1, "patching")
    make_table(step, "pool", Segment, key="k", produce=lambda: [segment("one")])
    make_table(step, "pool", Pair, key="k", produce=lambda: [Pair(segment("one"), segment("one"))])
    assert [one.source.id for one in open_stage(step.path / "pool.parquet", Pair)] == ["one"]


def segment(name):
    return Segment(name, name, "en")


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
