"""Finished stages on object storage: sent beside the run, taken where they are whole, and made where they are not."""

import json
import threading

import pytest

from made_stages import Given, Inputs, make_folder, make_table, make_values, resume_table
from object_server import BUCKET, KEY, WRITER
from tutelage.core.evidence import Score
from tutelage.core.protocols import Silence
from tutelage.core.records import Rejection, Segment
from tutelage.core.stage import Stage
from tutelage.storage import objects
from tutelage.storage.archive import StageArchive, StorageError, open_place
from tutelage.storage.run_folder import RunFolder

ADDRESS = f"s3://{BUCKET}/stages"
SCORE = Score("chrf", 51.5, None, None, n=3, higher_is_better=True, signature="s")


class Notes(Silence):
    """Progress that keeps what is told of the storage."""

    def __init__(self, told=None):
        self.told, self.name = [] if told is None else told, ""

    def start(self, name, *, total, unit="segments"):
        self.name = name

    def finish(self, note=""):
        if note:
            self.told.append(f"{self.name}: {note}")

    def beside(self):
        return Notes(self.told)


class Machine:
    """A run's folder on a machine of its own, and what was told of the storage."""

    def __init__(self, path, *, run="manuals", address=ADDRESS):
        self.notes, self.asked = Notes(), [0]
        archive = StageArchive(open_place(address), run, self.notes)
        self.run = RunFolder.open(path / run, recipe_toml="", seed=1, archive=archive)
        self.run.watch_asked(lambda: {"asked": self.asked[0]})
        self.step = self.run.step(1, "patching")

    @property
    def facts(self):
        return self.run.state["stages"]

    def ask(self, rows):
        def produce():
            self.asked[0] += len(rows)
            return rows

        return produce

    def close(self):
        self.run.close()
        return self.run.unsent


def segment(name):
    return Segment(name, name, "en")


def write_weights(folder):
    (folder / "inner").mkdir()
    (folder / "inner" / "weights").write_text("w")
    (folder / "empty").touch()


def refuse(*_):
    raise AssertionError("made again")


@pytest.fixture
def machine(storage, tmp_path):
    """Machines by name, each with folders of its own."""
    return lambda name, **settings: Machine(tmp_path / name, **settings)


def pool_of(machine, produce=refuse, key="k1"):
    return make_table(machine.step, "pool", Segment, key=key, produce=produce)


def make_all(machine, *, anew):
    """A stage of each kind."""
    pool = pool_of(machine, lambda: [segment("a"), Rejection("b", "pool", "duplicate")] if anew else refuse())
    tests = machine.step.inner("tests")
    hypotheses = resume_table(
        tests, "hypotheses", Segment, key="k2", produce=lambda _: [segment("c")] if anew else refuse()
    )
    student = make_folder(machine.step, "student", key="k3", make=write_weights if anew else refuse)
    scores = make_values(machine.step, "scores", Score, key="k4", make=lambda: [SCORE] if anew else refuse())
    return pool, hypotheses, student, scores


def test_another_machine_takes_every_kind_of_stage(machine):
    first, second = machine("first"), machine("second")
    make_all(first, anew=True)
    assert first.close() == ""
    pool, hypotheses, student, scores = make_all(second, anew=False)
    assert [one.id for one in pool] == ["a"]
    assert [one.id for one in pool.rejections()] == ["b"]
    assert [one.id for one in hypotheses] == ["c"]
    assert (student / "inner" / "weights").read_text() == "w" and (student / "empty").read_text() == ""
    assert scores == [SCORE]
    assert second.facts == {name: {**facts, "from": ADDRESS} for name, facts in first.facts.items()}
    assert len(second.facts) == 4 and second.notes.told == []


def _make(inputs, _work):
    return inputs.given.make()


BEGUN = Stage("begun", 1, Segment, _make, resumes=True)


def test_a_stage_that_others_read_while_it_is_made_is_sent_and_taken_too(machine):
    for name, make in (("first", lambda: [segment("a")]), ("second", refuse), ("third", refuse)):
        one = machine(name)
        with one.step.begun(BEGUN, Inputs(Given("k5", make)), rows=1) as table:
            assert [each.id for each in table] == ["a"]
        assert one.close() == ""
        assert ("from" in one.facts["01-patching/begun"]) == (name != "first")


def test_a_begun_stage_that_was_whole_before_is_sent_too(machine, storage, tmp_path):
    for make in (lambda: [segment("a")], refuse):
        one = machine("first")
        with one.step.begun(BEGUN, Inputs(Given("k5", make)), rows=1):
            pass
        one.close()
        if make is not refuse:
            storage.objects.clear()
    assert any(name.endswith("stage.json") for name in storage.objects)


def test_what_was_taken_or_is_there_is_not_sent_again(machine, storage):
    make_all(first := machine("first"), anew=True)
    first.close()
    sent = list(storage.sent)
    make_all(second := machine("second"), anew=False)
    second.close()
    make_all(again := machine("first"), anew=False)
    again.close()
    assert storage.sent == sent and len([name for name in sent if name.endswith("stage.json")]) == 4


def test_a_stage_that_was_whole_before_is_sent_too(machine, storage, tmp_path):
    run = RunFolder.open(tmp_path / "first" / "manuals", recipe_toml="", seed=1)
    make_folder(run.step(1, "patching"), "student", key="k3", make=write_weights)
    run.close()
    first = machine("first")
    make_folder(first.step, "student", key="k3", make=refuse)
    first.close()
    second = machine("second")
    make_folder(second.step, "student", key="k3", make=refuse)
    assert second.facts["01-patching/student"]["seconds"] == first.facts["01-patching/student"]["seconds"]


def test_what_a_teacher_was_asked_for_is_taken_by_its_run_alone(machine):
    first = machine("first")
    pool_of(first, first.ask([segment("a")]))
    first.close()
    assert first.facts["01-patching/pool"]["asked"] == 1
    other = machine("second", run="other")
    assert [one.id for one in pool_of(other, other.ask([segment("own")]))] == ["own"]
    assert [one.id for one in pool_of(machine("third"))] == ["a"]


def test_what_asked_nobody_is_taken_by_any_run(machine):
    first = machine("first")
    pool_of(first, lambda: [segment("a")])
    first.close()
    assert [one.id for one in pool_of(machine("second", run="other"))] == ["a"]


def test_another_key_is_another_stage(machine):
    first = machine("first")
    pool_of(first, lambda: [segment("a")])
    first.close()
    assert [one.id for one in pool_of(machine("second"), lambda: [segment("own")], key="k9")] == ["own"]


def truncate(server, name):
    server.objects[name] = server.objects[name][:-1]


def change(server, name):
    content = bytearray(server.objects[name])
    content[len(content) // 2] ^= 1
    server.objects[name] = bytes(content)


def remove(server, name):
    del server.objects[name]


@pytest.mark.parametrize("damage", [truncate, change, remove])
@pytest.mark.parametrize("which", ["pool.parquet", "pool.rejected.parquet"])
def test_a_damaged_table_is_made_again_and_put_right(machine, storage, damage, which):
    rows = [segment("a"), Rejection("b", "pool", "empty")]
    first = machine("first")
    pool_of(first, lambda: rows)
    first.close()
    damage(storage, next(name for name in storage.objects if name.endswith(f"-{which}")))
    second = machine("second")
    made = pool_of(second, lambda: rows)
    assert [one.id for one in made] == ["a"] and "from" not in second.facts["01-patching/pool"]
    assert second.close() == ""
    (told,) = second.notes.told
    assert told.startswith(f"stages at {ADDRESS}: pool.parquet is damaged there and made again")
    assert [one.id for one in pool_of(machine("third")).rejections()] == ["b"]


@pytest.mark.parametrize("damage", [truncate, change, remove])
def test_a_damaged_folder_is_not_seen(machine, storage, damage):
    first = machine("first")
    make_folder(first.step, "student", key="k3", make=write_weights)
    first.close()
    damage(storage, next(name for name in storage.objects if name.endswith("-weights")))
    second = machine("second")

    def fail(_):
        raise RuntimeError("made again")

    with pytest.raises(RuntimeError, match="made again"):
        make_folder(second.step, "student", key="k3", make=fail)
    assert not (second.step.path / "student").exists()


@pytest.mark.parametrize("damage", [truncate, change, remove])
def test_what_has_no_sound_record_is_not_there(machine, storage, damage):
    first = machine("first")
    pool = pool_of(first, lambda: [segment("a")])
    first.close()
    damage(storage, f"stages/{pool.key}/stage.json")
    assert [one.id for one in pool_of(machine("second"), lambda: [segment("own")])] == ["own"]


def test_what_is_stored_under_a_wrong_key_is_not_taken(machine, storage):
    def make(machine, number, own):
        pool_of(machine, lambda: [segment(own)], key=f"pool {number}")
        return make_folder(
            machine.step, "student", key=f"student {number}", make=lambda folder: (folder / "w").write_text(own)
        )

    for number in (1, 2):
        make(one := machine(f"first-{number}"), number, "wrong")
        one.close()
        if number == 1:
            other = dict(storage.objects)
    # the objects of the first under the keys of the second
    records = {name: json.loads(content) for name, content in storage.objects.items() if name.endswith("/stage.json")}
    keys = {(stage["name"], f"stages/{stage['key']}/stage.json" in other): stage["key"] for stage in records.values()}
    for name in ("pool.parquet", "student"):
        mine, wanted = keys[name, True], keys[name, False]
        for object_name, content in other.items():
            if object_name.startswith(f"stages/{mine}/"):
                if object_name.endswith("/stage.json"):
                    content = content.replace(mine.encode(), wanted.encode())
                storage.objects[object_name.replace(mine, wanted)] = content
    student = make(second := machine("second"), 2, "own")
    assert (student / "w").read_text() == "own"
    assert not any("from" in facts for facts in second.facts.values())
    assert [note.rpartition("(")[2] for note in second.notes.told] == [
        "it is no table of this key)", "it is no folder of this key)"
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["../weights", "{place}/outside/weights"])
def test_a_file_is_written_nowhere_outside_of_its_stage(machine, storage, tmp_path, name):
    first = machine("first")
    student = make_folder(first.step, "student", key="k3", make=write_weights)
    first.close()
    record = f"stages/{(student / 'stage.key').read_text()}/stage.json"
    stage = json.loads(storage.objects[record])
    weights = next(file for file in stage["files"] if file["name"] == "inner/weights")
    weights["name"] = name.format(place=tmp_path)
    storage.objects[record] = json.dumps(stage).encode()
    second = machine("second")
    make_folder(second.step, "student", key="k3", make=write_weights)
    assert "from" not in second.facts["01-patching/student"]
    assert not (tmp_path / "outside").exists()
    assert [each.name for each in second.step.path.iterdir()] == ["student"]


def test_two_that_make_the_same_stage_do_no_harm(machine, storage):
    """Both have looked before either has sent; what they made differs, as trainings on two machines may."""
    first, second = machine("first"), machine("second")
    storage.refuse = lambda method, name: 404 if method != "PUT" else None
    records = []
    for one, weights in ((first, "one"), (second, "two")):
        make_folder(one.step, "student", key="k3", make=lambda folder, own=weights: (folder / "w").write_text(own))
        assert one.close() == ""
        records += [content for name, content in storage.objects.items() if name.endswith("stage.json")]
    storage.refuse = None
    assert sorted(content for name, content in storage.objects.items() if name.endswith("-w")) == [b"one", b"two"]
    assert records == [records[0]] * 2
    assert (make_folder(machine("third").step, "student", key="k3", make=refuse) / "w").read_text() == "one"


def test_sending_does_not_hold_the_run_up(machine, storage):
    first, goes_on = machine("first"), threading.Event()
    storage.refuse = lambda method, name: None if method != "PUT" or goes_on.wait(30) else 500
    pool_of(first, lambda: [segment("a")])
    make_folder(first.step, "student", key="k3", make=write_weights)
    assert not [name for name in storage.sent if name != "stages/tutelage.json"]
    goes_on.set()
    assert first.close() == ""
    assert len([name for name in storage.sent if name.endswith("stage.json")]) == 2


def test_what_could_not_be_sent_is_tried_again_at_the_end(machine, storage):
    first = machine("first")
    failing = iter([403])
    storage.refuse = lambda method, name: next(failing, None) if method == "PUT" else None
    pool_of(first, lambda: [segment("a")])
    assert first.close() == ""
    (told,) = first.notes.told
    assert "pool.parquet could not be sent, and is tried again at the end" in told
    assert [one.id for one in pool_of(machine("second"))] == ["a"]


def test_a_run_outlives_its_storage_and_says_what_is_not_there(machine, storage):
    first = machine("first")
    storage.refuse = lambda method, name: 403
    make_all(first, anew=True)
    assert first.close() == f"4 stages are not at {ADDRESS}; the same command sends what is missing"
    taking, sending, missing = first.notes.told
    assert "nothing more is taken from there" in taking and "could not be sent" in sending and "4 stages" in missing
    storage.refuse = None
    make_all(again := machine("first"), anew=False)
    assert again.close() == ""
    make_all(machine("second"), anew=False)


def test_large_files_go_in_parts(machine, storage, monkeypatch):
    monkeypatch.setattr(objects, "PART_BYTES", 1000)
    first = machine("first")
    content = "".join(map(str, range(2000)))
    make_folder(first.step, "student", key="k3", make=lambda folder: (folder / "weights").write_text(content))
    assert first.close() == "" and storage.parts == {}
    student = make_folder(machine("second").step, "student", key="k3", make=refuse)
    assert (student / "weights").read_text() == content
    assert len([name for name in storage.fetched if name.endswith("-weights")]) == len(content) // 1000 + 1


def test_a_folder_is_a_place_too(tmp_path):
    address = str(tmp_path / "shared" / "stages")
    first = Machine(tmp_path / "first", address=address)
    make_all(first, anew=True)
    assert first.close() == ""
    make_all(Machine(tmp_path / "second", address=address), anew=False)


def test_a_place_that_cannot_be_used_is_told(storage, monkeypatch):
    with pytest.raises(
        StorageError, match=r"s3://other/stages: there is no such bucket\. Check bucket, name and region"
    ):
        open_place("s3://other/stages")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    with pytest.raises(StorageError, match="does not let these credentials read, write and list it") as told:
        open_place(ADDRESS)
    assert "AWS_ACCESS_KEY_ID" in told.value.fix and "secret" not in str(told.value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", WRITER)
    storage.refuse = lambda method, name: 403 if name not in storage.objects and method != "PUT" else None
    with pytest.raises(StorageError, match="read, write and list it"):  # AWS without the right to list
        open_place(ADDRESS)
