"""The stage `student` starts the processes that train together, and stays the only one that is seen."""

import dataclasses
import queue
import socket
import sys
from functools import partial

import pytest
import torch

from fork_server import fork_server
from joint_updates import examples, settings
from tiny_students import EN_PT, make_tiny
from tutelage.core.errors import StudentError, UsageError
from tutelage.core.protocols import Silence
from tutelage.core.records import Example
from tutelage.core.stage import Work
from tutelage.stages import student_processes
from tutelage.stages.student import STUDENT, StudentInputs, WatchedPairs, read_summary, train_by_one, train_student
from tutelage.stages.student_processes import Job, _require_accelerators
from tutelage.storage.stages import open_stage
from tutelage.storage.tables import write_table
from tutelage.students.decoder import Weights
from tutelage.students.loading import load_student


class Recorder(Silence):
    def __init__(self):
        self.names, self.total, self.done, self.notes = [], 0, 0, []

    def start(self, name, *, total, unit="segments"):
        self.names.append(name)
        self.total = total

    def advance(self, count=1, **_figures):
        self.done += count

    def finish(self, note=""):
        self.notes.append(note)


@pytest.fixture
def inputs(tmp_path):
    make_tiny("nllb", tmp_path / "nllb")
    write_table(tmp_path / "examples.parquet", examples("nllb"), Example, key="k")
    return StudentInputs(
        Weights(tmp_path / "nllb"), open_stage(tmp_path / "examples.parquet", Example),
        WatchedPairs(()), WatchedPairs(()), EN_PT,
        settings(max_updates=3, batch_tokens=60, learning_rate=1e-2), seed=1, half=False, protection=None,
    )  # fmt: skip


def trained_by(inputs, processes, folder, progress):
    inputs = dataclasses.replace(inputs, train=inputs.train.model_copy(update={"processes": processes}))
    for name in ("scratch", "student"):
        (folder / name).mkdir(parents=True)
    train_student(inputs, Work(progress=progress, scratch=folder / "scratch"), folder / "student")
    model = load_student(str(folder / "student"), direction=EN_PT).model
    return dict(model.named_parameters()), read_summary(folder / "student")


def test_two_processes_train_the_student_that_one_trains(inputs, tmp_path):
    one, two = Recorder(), Recorder()
    expected, alone = trained_by(inputs, 1, tmp_path / "one", one)
    found, together = trained_by(inputs, 2, tmp_path / "two", two)
    for name, weight in found.items():
        if "k_proj.bias" not in name:
            torch.testing.assert_close(weight, expected[name], atol=1e-4, rtol=1e-3)
    assert together.updates == alone.updates == 3
    assert together.target_tokens == alone.target_tokens
    assert (two.names, two.total, two.done, two.notes) == (one.names, one.total, one.done, one.notes)
    assert two.done == together.target_tokens


def test_two_processes_that_hold_a_part_each_train_the_student_that_one_trains(inputs, tmp_path, monkeypatch):
    """They are forked, so that they need not import what those above have imported."""
    fork_server()
    spawn = sys.modules["torch.multiprocessing.spawn"]
    monkeypatch.setattr(spawn, "spawn", partial(spawn.start_processes, start_method="forkserver"))
    expected, _ = trained_by(inputs, 1, tmp_path / "one", Silence())
    divided = dataclasses.replace(inputs, train=inputs.train.model_copy(update={"sharding": "full"}))
    found, _ = trained_by(divided, 2, tmp_path / "two", Silence())
    for name, weight in found.items():
        if "k_proj.bias" not in name:
            torch.testing.assert_close(weight, expected[name], atol=1e-4, rtol=1e-3)


def test_a_divided_student_is_not_watched_by_chrf(inputs, tmp_path):
    settings = inputs.train.model_copy(update={"sharding": "full", "watch": "chrf"})
    with pytest.raises(StudentError, match="divided over processes is not watched by chrF") as refused:
        train_by_one(dataclasses.replace(inputs, train=settings), Work(scratch=tmp_path), folder=tmp_path)
    assert "watch = 'loss'" in refused.value.paragraph()


def test_the_port_where_processes_meet_is_taken_before_they_start(tmp_path, monkeypatch):
    """Else another process of the machine may take it."""

    class Started:
        processes = ()

        def __init__(self, _work, told, **_settings):
            self.port = told[0].port

        def join(self, **_waiting):
            socket.create_connection(("127.0.0.1", self.port), timeout=10).close()
            return True

    monkeypatch.setattr(sys.modules["torch.multiprocessing.spawn"], "spawn", Started)
    student_processes.train_by_processes(len, Work(scratch=tmp_path), processes=2)


def test_an_error_of_a_process_is_told_in_its_own_words(inputs, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    broken = dataclasses.replace(inputs, student=Weights(tmp_path / "empty"))
    job, told = Job(partial(train_by_one, broken, folder=tmp_path), Work(scratch=tmp_path), 1, port=0), queue.Queue()
    monkeypatch.setattr(student_processes, "_environment", lambda _process, _job: {})
    monkeypatch.setattr(torch, "set_num_threads", lambda _threads: None)
    with pytest.raises(StudentError) as expected:
        student_processes._work(0, job, told)
    with pytest.raises(StudentError) as raised:
        student_processes._show(told, Silence())
    assert raised.value.paragraph() == expected.value.paragraph()


def test_the_number_of_processes_is_not_in_the_key(inputs):
    other = inputs.train.model_copy(update={"processes": 2, "sharding": "full"})
    assert STUDENT.key(dataclasses.replace(inputs, train=other)) == STUDENT.key(inputs)
    other = inputs.train.model_copy(update={"accumulation": 2})
    assert STUDENT.key(dataclasses.replace(inputs, train=other)) != STUDENT.key(inputs)


def test_more_processes_than_accelerators_are_refused():
    with pytest.raises(UsageError, match="this machine has 2 accelerators"):
        _require_accelerators(3, 2)
    _require_accelerators(3, 0)
    _require_accelerators(2, 2)
