"""Checkpoints of a training on object storage: another machine goes on from them, and they go away with its end."""

import time

import pytest

from made_stages import Given, Inputs
from object_server import BUCKET
from tutelage.core.protocols import Silence
from tutelage.core.stage import FolderStage
from tutelage.storage import checkpoint_archive
from tutelage.storage.archive import StageArchive, open_place
from tutelage.storage.atomic import seal_folder
from tutelage.storage.manifest import is_intact
from tutelage.storage.run_folder import RunFolder

ADDRESS = f"s3://{BUCKET}/stages"


@pytest.fixture
def storage(storage, monkeypatch):
    monkeypatch.setattr(checkpoint_archive, "LOOK_SECONDS", 0.02)
    return storage


def _train(inputs, work, folder):
    inputs.given.make(work.scratch, folder)


TRAINED = FolderStage("student", 1, _train)


class Notes(Silence):
    """Progress that keeps what is told when work is done."""

    def __init__(self):
        self.told = []

    def finish(self, note=""):
        self.told.append(note)


class Machine:
    """A run that trains; `train` is given its scratch folder and the folder that it fills."""

    def __init__(self, path):
        self.notes = Notes()
        archive = StageArchive(open_place(ADDRESS), "manuals", self.notes)
        self.run = RunFolder.open(path, recipe_toml="", seed=1, archive=archive)

    def train(self, train):
        try:
            return self.run.whole().make(TRAINED, Inputs(Given("k", train))).path
        finally:
            self.run.close()


def save(scratch, number, content):
    folder = scratch / f"checkpoint-{number}"
    folder.mkdir(parents=True)
    (folder / "weights").write_text(content)
    seal_folder(folder)


def of_checkpoints(storage):
    """What is kept of them, by name."""
    return {name: content for name, content in list(storage.objects.items()) if "/checkpoint/" in name}


def until(is_so):
    while not is_so():
        time.sleep(0.01)


def die(*_):
    raise RuntimeError("lost")


def lose(storage, path, *, checkpoints=((10, "ten"), (20, "twenty"))):
    """A machine that is lost once its checkpoints are sent."""

    def train(scratch, _folder):
        for number, content in checkpoints:
            save(scratch, number, content)
        (scratch / "checkpoint-30").mkdir()  # under way
        (scratch / "checkpoint-30" / "weights").write_text("thir")
        (scratch / "tokens").mkdir()
        until(lambda: any(name.endswith("checkpoint/stage.json") for name in storage.objects))
        die()

    with pytest.raises(RuntimeError, match="lost"):
        Machine(path).train(train)


def test_another_machine_goes_on_from_the_checkpoints_that_are_whole(storage, tmp_path):
    lose(storage, tmp_path / "first")
    seen = {}

    def go_on(scratch, folder):
        for each in scratch.iterdir():
            seen[each.name] = (is_intact(each), (each / "weights").read_text())
        (folder / "weights").write_text("done")

    assert (Machine(tmp_path / "second").train(go_on) / "weights").read_text() == "done"
    assert seen == {"checkpoint-10": (True, "ten"), "checkpoint-20": (True, "twenty")}
    assert of_checkpoints(storage) == {}  # the stage itself is there
    assert (Machine(tmp_path / "third").train(die) / "weights").read_text() == "done"


def test_a_training_that_fails_leaves_its_last_one(storage, monkeypatch, tmp_path):
    monkeypatch.setattr(checkpoint_archive, "LOOK_SECONDS", 1000)

    def train(scratch, _folder):
        save(scratch, 10, "ten")
        die()

    with pytest.raises(RuntimeError, match="lost"):
        Machine(tmp_path / "first").train(train)
    assert b"ten" in of_checkpoints(storage).values()


def test_older_ones_make_room_for_newer_ones(storage, tmp_path):
    def train(scratch, folder):
        save(scratch, 10, "ten")
        until(lambda: b"ten" in of_checkpoints(storage).values())
        (scratch / "checkpoint-10").rename(scratch / "gone")
        save(scratch, 20, "twenty")
        until(lambda: b"twenty" in of_checkpoints(storage).values() and b"ten" not in of_checkpoints(storage).values())
        (folder / "weights").write_text("done")

    Machine(tmp_path / "first").train(train)


def test_a_machine_goes_on_from_its_own(storage, tmp_path):
    lose(storage, tmp_path / "first")
    fetched = list(storage.fetched)

    def go_on(scratch, folder):
        assert (scratch / "checkpoint-30" / "weights").read_text() == "thir"
        (folder / "weights").write_text("done")

    Machine(tmp_path / "first").train(go_on)
    assert not [name for name in storage.fetched[len(fetched) :] if name.endswith("-weights")]


def test_damaged_ones_are_not_there(storage, tmp_path):
    lose(storage, tmp_path / "first")
    for name in [name for name in storage.objects if name.endswith("-weights")][-1:]:
        storage.objects[name] = storage.objects[name][:-1] + b"?"

    def begin(scratch, folder):
        assert not scratch.exists()
        (folder / "weights").write_text("done")

    Machine(tmp_path / "second").train(begin)


def test_a_storage_that_is_away_does_not_end_the_training(storage, tmp_path):
    machine = Machine(tmp_path / "first")
    storage.refuse = lambda method, name: 403 if method != "GET" else None

    def train(scratch, folder):
        save(scratch, 10, "ten")
        until(lambda: machine.notes.told)
        save(scratch, 20, "twenty")
        (folder / "weights").write_text("done")

    assert (machine.train(train) / "weights").read_text() == "done"
    checkpoints, student, missing = machine.notes.told
    assert "checkpoints could not be sent" in checkpoints and "student could not be sent" in student
    assert missing == machine.run.unsent and "1 stage is not at" in missing
