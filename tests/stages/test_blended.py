"""Whether training goes back towards the old weights, by the settings and by the kind of student."""

import copy
import dataclasses

import pytest
import torch

from tiny_students import make_tiny, make_tiny_causal, sentences
from tutelage.core.errors import StudentError
from tutelage.core.protocols import Silence
from tutelage.core.records import Example
from tutelage.core.settings import LoraSettings, TrainSettings
from tutelage.stages.tuning import tune_student
from tutelage.training.blending import SHARES
from tutelage.training.ending import StopsRising


@pytest.fixture(scope="module")
def students(tmp_path_factory):
    return {
        "marian": make_tiny("marian", tmp_path_factory.mktemp("marian")),
        "causal": make_tiny_causal(tmp_path_factory.mktemp("causal")),
    }


@pytest.fixture(autouse=True)
def _stops_at_once(monkeypatch):
    """An open end is reached at the first measurement."""

    def on_evaluate(self, _args, _state, control, **_):
        control.should_training_stop = True

    monkeypatch.setattr(StopsRising, "on_evaluate", on_evaluate)


def tuned(student, folder, *, dev=True, **settings):
    student = dataclasses.replace(student, model=copy.deepcopy(student.model))
    lines = zip(sentences(6, seed=1), sentences(6, seed=2), strict=True)
    direction = student.direction
    data = [
        Example(str(number), "translate", direction.source, direction.target, *line)
        for number, line in enumerate(lines)
    ]
    chosen = TrainSettings(**({"precision": "float32", "max_target_tokens": 12, "evaluate_every": 2} | settings))
    return tune_student(
        student, data, dev=data if dev else [], settings=chosen, seed=1, checkpoints=folder, progress=Silence()
    )


@pytest.mark.parametrize(
    ("settings", "is_blended"),
    [
        ({}, True),
        ({"watch": "loss"}, False),
        ({"lora": LoraSettings(rank=2)}, False),
        ({"max_updates": 2}, False),
        ({"max_updates": 2, "blend": "measured"}, True),
        ({"max_updates": 2, "blend": 0.5}, True),
    ],
    ids=["open", "open by loss", "adapter", "closed", "closed, measured", "closed, given"],
)
def test_which_trainings_are_blended(students, tmp_path, settings, is_blended):
    _, summary = tuned(students["marian"], tmp_path, **settings)
    assert (summary.blend is not None) == is_blended
    assert summary.blend in (None, *SHARES)


def test_a_chat_student_with_an_open_end_keeps_all(students, tmp_path):
    assert tuned(students["causal"], tmp_path)[1].blend is None


def test_half_way_is_half_way(students, tmp_path):
    before = students["marian"].model.state_dict()
    ends = [
        tuned(students["marian"], tmp_path / str(share), max_updates=2, blend=share)[0].model.state_dict()
        for share in (1.0, 0.5)
    ]
    name = "model.encoder.layers.0.fc1.weight"
    assert not torch.equal(before[name], ends[0][name])
    torch.testing.assert_close(ends[1][name], (before[name] + ends[0][name]) / 2)


@pytest.mark.parametrize(("family", "dev"), [("marian", False), ("causal", True)])
def test_what_cannot_be_measured_is_told_before_training(students, tmp_path, family, dev):
    with pytest.raises(StudentError, match=r'blend = "measured" needs a dev text'):
        tuned(students[family], tmp_path, dev=dev, max_updates=2, blend="measured")
    assert not list(tmp_path.iterdir())
