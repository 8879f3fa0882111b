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
from tutelage.stages import tuning, way_back
from tutelage.stages.tuning import tune_student
from tutelage.training.blending import LEAST
from tutelage.training.ending import StopsRising


@pytest.fixture(scope="module")
def students(tmp_path_factory):
    return {
        "marian": make_tiny("marian", tmp_path_factory.mktemp("marian")),
        "causal": make_tiny_causal(tmp_path_factory.mktemp("causal")),
    }


@pytest.fixture(autouse=True)
def _knows_something(monkeypatch):
    """The tiny students write noise."""
    monkeypatch.setattr(way_back, "KNOWN", -1.0)


@pytest.fixture(autouse=True)
def _stops_at_once(monkeypatch):
    """An open end is reached at the first measurement."""

    def on_evaluate(self, _args, _state, control, **_):
        control.should_training_stop = True

    monkeypatch.setattr(StopsRising, "on_evaluate", on_evaluate)


def tuned(student, folder, *, dev=True, kept=False, **settings):
    student = dataclasses.replace(student, model=copy.deepcopy(student.model))
    lines = zip(sentences(6, seed=1), sentences(6, seed=2), strict=True)
    direction = student.direction
    data = [
        Example(str(number), "translate", direction.source, direction.target, *line)
        for number, line in enumerate(lines)
    ]
    chosen = TrainSettings(**({"precision": "float32", "max_target_tokens": 12, "evaluate_every": 2} | settings))
    return tune_student(
        student,
        data,
        dev=data if dev else [],
        kept=data[:3] if kept else [],
        settings=chosen,
        seed=1,
        checkpoints=folder,
        progress=Silence(),
    )


@pytest.mark.parametrize(
    ("settings", "is_blended"),
    [
        ({}, True),
        ({"watch": "loss"}, False),
        ({"lora": LoraSettings(rank=2)}, True),
        ({"max_updates": 2}, False),
        ({"max_updates": 2, "blend": "measured"}, True),
        ({"max_updates": 2, "blend": 0.5}, True),
    ],
    ids=["open", "open by loss", "adapter", "closed", "closed, measured", "closed, given"],
)
def test_which_trainings_are_blended(students, tmp_path, settings, is_blended):
    _, summary = tuned(students["marian"], tmp_path, **settings)
    assert (summary.blend is not None) == is_blended
    assert summary.blend is None or LEAST <= summary.blend <= 1


def test_a_chat_student_with_an_open_end_keeps_all(students, tmp_path):
    assert tuned(students["causal"], tmp_path)[1].blend is None


def test_a_new_student_keeps_all(students, tmp_path, monkeypatch):
    monkeypatch.setattr(way_back, "KNOWN", 20.0)
    assert tuned(students["marian"], tmp_path)[1].blend is None


@pytest.mark.parametrize(("blend", "share"), [("auto", 0.6), (1.0, 1.0), (0.5, 0.5)])
def test_what_would_be_kept_is_what_is_watched(students, tmp_path, monkeypatch, blend, share):
    name = "model.encoder.layers.0.fc1.weight"
    before, seen = students["marian"].model.state_dict()[name].clone(), []

    def dev_score(*_, **__):
        return lambda model: float(seen.append(model.state_dict()[name].clone()) or 50.0)

    monkeypatch.setattr(tuning, "dev_score", dev_score)
    after = tuned(students["marian"], tmp_path, blend=blend)[0].model.state_dict()[name]
    assert len(seen) == 1
    if blend != "auto":  # else the share that was measured is another one than that which was watched
        torch.testing.assert_close(seen[0], after)
        return
    end = tuned(students["marian"], tmp_path / "whole", blend=1.0)[0].model.state_dict()[name]
    torch.testing.assert_close(seen[0], torch.lerp(before, end, share))


def test_half_way_is_half_way(students, tmp_path):
    before = students["marian"].model.state_dict()
    ends = [
        tuned(students["marian"], tmp_path / str(share), max_updates=2, blend=share)[0].model.state_dict()
        for share in (1.0, 0.5)
    ]
    name = "model.encoder.layers.0.fc1.weight"
    assert not torch.equal(before[name], ends[0][name])
    torch.testing.assert_close(ends[1][name], (before[name] + ends[0][name]) / 2)


@pytest.mark.parametrize("family", ["marian", "causal"])
def test_half_way_of_an_adapter_is_half_way_of_the_weights(students, tmp_path, family):
    """A and B both brought half way back would leave less than half of their product's change."""
    settings = {"max_updates": 3, "lora": LoraSettings(rank=2), "learning_rate": 1e-2}
    ends = [tuned(students[family], tmp_path / str(share), blend=share, **settings)[0] for share in (1.0, 0.5)]
    whole, half = (end.model.merge_and_unload().state_dict() for end in ends)
    before = students[family].model.state_dict()
    moved = [name for name in before if not torch.equal(before[name], whole[name])]
    assert moved
    for name in moved:
        torch.testing.assert_close(half[name], (before[name] + whole[name]) / 2)


@pytest.mark.parametrize("family", ["marian", "causal"])
def test_an_adapter_begins_by_the_seed_alone(students, tmp_path, family):
    settings = {"max_updates": 1, "lora": LoraSettings(rank=2)}
    trained = []
    for number, seed in enumerate((1, 1, 2)):
        torch.rand(number + 1)  # what was drawn before does not count
        model = tuned(students[family], tmp_path / str(number), seed=seed, **settings)[0].model
        trained.append({name: weight.clone() for name, weight in model.state_dict().items() if "lora_A" in name})
    first, again, other = trained
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize(("family", "dev"), [("marian", False), ("causal", True)])
def test_what_cannot_be_measured_is_told_before_training(students, tmp_path, family, dev):
    with pytest.raises(StudentError, match=r'blend = "measured" needs a dev text'):
        tuned(students[family], tmp_path, dev=dev, max_updates=2, blend="measured")
    assert not list(tmp_path.iterdir())


def test_general_text_is_measured_where_the_share_is(students, tmp_path, monkeypatch):
    seen = []

    def scored(_student, texts, *, max_target_tokens):
        count = len(list(texts))
        seen.append(count)
        return (lambda _model: 50.0) if count else None

    monkeypatch.setattr(way_back, "dev_score", scored)
    tuned(students["marian"], tmp_path / "a", kept=True)
    tuned(students["marian"], tmp_path / "b", kept=True, blend=0.5)
    assert seen == [6, 3]
