"""Stages of other runs are linked where the content key is the same, and no teacher was asked for them."""

import json

import pytest

from made_stages import make_folder, make_table, resume_table
from tutelage.core.records import Rejection, Segment
from tutelage.runs.sweeps.sharing import stages_of_other_runs
from tutelage.storage.run_folder import RunFolder


@pytest.fixture
def maker(tmp_path):
    """A run that has made a table with rejections, a resumed table, an asked table and a folder."""
    run = RunFolder.open(tmp_path / "maker", recipe_toml="", seed=1)
    asked = [0]
    run.watch_asked(lambda: {"asked": asked[0]})
    step = run.step(1, "patching")
    make_table(step, "pool", Segment, key="k1", produce=lambda: [segment("a"), Rejection("b", "pool", "duplicate")])
    resume_table(step.inner("tests"), "hypotheses", Segment, key="k2", produce=lambda _: [segment("c")])
    make_folder(step, "student", key="k4", make=write_weights)

    def ask():
        asked[0] += 2
        return [segment("d")]

    make_table(step, "translations", Segment, key="k3", produce=ask)
    run.close()
    return run


def segment(name):
    return Segment(name, name, "en")


def write_weights(folder):
    (folder / "inner").mkdir()
    (folder / "inner" / "weights").write_text("w")


def refuse(*_):
    raise AssertionError("made again")


@pytest.fixture
def step(maker, tmp_path):
    """A step of another run, under another method's name."""
    borrow = stages_of_other_runs(tmp_path, apart_from="taker")
    run = RunFolder.open(tmp_path / "taker", recipe_toml="", seed=1, borrow=borrow)
    yield run.step(1, "sequence_kd")
    run.close()


def test_tables_and_folders_are_linked_with_what_belongs_to_them(step, maker, tmp_path):
    pool = make_table(step, "pool", Segment, key="k1", produce=refuse)
    hypotheses = resume_table(step.inner("tests"), "hypotheses", Segment, key="k2", produce=refuse)
    student = make_folder(step, "student", key="k4", make=refuse)
    assert [one.id for one in pool] == ["a"]
    assert [one.id for one in pool.rejections()] == ["b"]
    assert [one.id for one in hypotheses] == ["c"]
    assert (student / "inner" / "weights").samefile(maker.path / "01-patching/student/inner/weights")
    assert pool.path.samefile(maker.path / "01-patching/pool.parquet")
    notes = json.loads((tmp_path / "taker" / "run.json").read_text())["stages"]
    kept = maker.state["stages"]["01-patching/pool"]
    assert notes["01-sequence_kd/pool"] == {**kept, "from": "maker"}


def test_a_table_is_linked_though_it_has_another_name_there(step, maker):
    """One run's last student is another's first: what they translate is kept as *after* and as *before*."""
    before = resume_table(step, "hypotheses", Segment, key="k2", produce=refuse, file="domain-before")
    assert [one.id for one in before] == ["c"]
    assert before.path.samefile(maker.path / "01-patching/tests/hypotheses.parquet")


def test_another_key_is_made_here_and_leaves_the_linked_file_alone(step, maker):
    make_table(step, "pool", Segment, key="k1", produce=refuse)
    made = make_table(step, "pool", Segment, key="new", produce=lambda: [segment("z")])
    assert [one.id for one in made] == ["z"]
    again = make_folder(step, "student", key="new", make=lambda folder: (folder / "weights").write_text("v"))
    assert (again / "weights").read_text() == "v"
    assert (maker.path / "01-patching/student/inner/weights").read_text() == "w"
    theirs = RunFolder.open(maker.path, recipe_toml="", seed=1).step(1, "patching")
    assert [one.id for one in make_table(theirs, "pool", Segment, key="k1", produce=refuse)] == ["a"]


def test_what_a_teacher_was_asked_for_is_left_to_the_ledger(step, maker):
    assert maker.state["stages"]["01-patching/translations"]["asked"] == 2
    made = make_table(step, "translations", Segment, key="k3", produce=lambda: [segment("own")])
    assert [one.id for one in made] == ["own"]


def test_a_stage_that_has_changed_since_is_not_taken(step, maker):
    theirs = RunFolder.open(maker.path, recipe_toml="", seed=1).step(1, "patching")
    make_table(theirs, "pool", Segment, key="later", produce=lambda: [segment("later")])
    made = make_table(step, "pool", Segment, key="k1", produce=lambda: [segment("own")])
    assert [one.id for one in made] == ["own"]


def test_a_half_done_table_gives_way_to_a_finished_one(step, maker):
    folder = step.inner("tests")

    def stop(_):
        yield segment("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        resume_table(folder, "hypotheses", Segment, key="other", produce=stop)
    assert (folder.path / "hypotheses.partial.jsonl").is_file()
    assert [one.id for one in resume_table(folder, "hypotheses", Segment, key="k2", produce=refuse)] == ["c"]
    assert not (folder.path / "hypotheses.partial.jsonl").exists()


def test_a_damaged_run_lends_nothing(maker, tmp_path):
    (maker.path / "run.json").write_text("{")
    assert stages_of_other_runs(tmp_path, apart_from="taker")(tmp_path / "pool.parquet", "k1") is None
