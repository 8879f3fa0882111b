import copy
import dataclasses

import pytest
import torch

from tiny_students import sentences
from tutelage.core.decoding import Decoding
from tutelage.core.protocols import Silence
from tutelage.core.records import Example
from tutelage.core.settings import LoraSettings, TrainSettings
from tutelage.evaluation.translation import chrf_statistics
from tutelage.stages.tuning import tune_student
from tutelage.students.engines.transformers_engine import TransformersEngine
from tutelage.students.loading import load_student
from tutelage.training.train import wants_bfloat16


def examples(count, *, seed=1, lang="pt-BR"):
    return [
        Example(str(index), "translate", "en", lang, text, text, weight=1.0 + index % 2)
        for index, text in enumerate(sentences(count, seed=seed))
    ]


def settings(**changes):
    plain = {"learning_rate": 1e-2, "batch_tokens": 60, "precision": "float32", "schedule": "constant"}
    return TrainSettings(**(plain | {"warmup_share": 0.0} | changes))


@pytest.fixture
def student(tiny_student):
    kept = tiny_student("marian")
    return load_student(str(kept.origin), direction=kept.direction)


def weights_of(student):
    return {name: weight.clone() for name, weight in student.model.state_dict().items()}


def tune(student, folder, chosen, *, data=None, dev=(), progress=None):
    return tune_student(
        student,
        examples(40) if data is None else data,
        dev=dev,
        settings=chosen,
        seed=1,
        checkpoints=folder,
        progress=progress or Silence(),
    )


class Recorder(Silence):
    def __init__(self, *, stop_after=None):
        self.total, self.done, self.figures, self.calls, self.stop_after = None, 0, {}, 0, stop_after

    def start(self, name, *, total, unit="segments"):
        self.total = total

    def advance(self, count=1, **figures):
        self.done += count
        self.figures |= figures
        self.calls += 1
        if self.calls == self.stop_after:
            raise KeyboardInterrupt


def same(first, second, **tolerance):
    for name, weight in first.items():
        torch.testing.assert_close(weight, second[name], **tolerance)


def copied(student):
    return dataclasses.replace(student, model=copy.deepcopy(student.model))


def test_one_update_is_the_same_in_one_batch_and_in_four(student, tmp_path):
    lengths = [1, 12, 3, 9, 2, 7, 5, 11]
    data = [
        Example(str(index), "translate", "en", "pt-BR", " ".join(["file"] * n), " ".join(["line"] * (13 - n)), weight=n)
        for index, n in enumerate(lengths)
    ]
    one, four = copied(student), copied(student)
    _, whole = tune(one, tmp_path / "one", settings(batch_tokens=10_000, max_updates=1), data=data)
    _, parts = tune(four, tmp_path / "four", settings(batch_tokens=30, accumulation=4, max_updates=1), data=data)
    assert whole.updates == parts.updates == 1
    assert whole.target_tokens == parts.target_tokens
    assert whole.losses[0].loss == pytest.approx(parts.losses[0].loss, rel=1e-5)
    moved = {name: (weight - weights_of(student)[name]).abs().max() for name, weight in weights_of(one).items()}
    assert max(moved.values()) > 1e-3
    # The bias of the keys has no gradient but rounding, which Adam's normalisation blows up.
    same(
        *[{n: w for n, w in weights_of(s).items() if "k_proj.bias" not in n} for s in (one, four)], atol=2e-5, rtol=1e-4
    )


def test_a_resumed_run_ends_with_the_same_weights(student, tmp_path):
    chosen = settings(save_every=3, max_updates=10, accumulation=2)
    straight, broken, resumed = (copied(student) for _ in range(3))
    _, whole = tune(straight, tmp_path / "straight", chosen)
    with pytest.raises(KeyboardInterrupt):
        tune(broken, tmp_path / "broken", chosen, progress=Recorder(stop_after=8))
    (tmp_path / "broken" / "checkpoint-9").mkdir()  # a kill in the middle of writing
    progress = Recorder()
    _, rest = tune(resumed, tmp_path / "broken", chosen, progress=progress)
    same(weights_of(straight), weights_of(resumed), atol=0, rtol=0)
    assert rest.updates == whole.updates == 10
    assert rest.losses == whole.losses
    assert progress.done == progress.total == whole.target_tokens


@pytest.mark.parametrize("file", ["model.safetensors", "optimizer.pt", "scheduler.pt", "rng_state.pth"])
def test_a_damaged_checkpoint_does_not_change_the_weights(student, tmp_path, file):
    """It goes on from the one before."""
    chosen = settings(save_every=2, max_updates=6)
    straight, broken, resumed = (copied(student) for _ in range(3))
    tune(straight, tmp_path / "straight", chosen)
    with pytest.raises(KeyboardInterrupt):
        tune(broken, tmp_path / "broken", chosen, progress=Recorder(stop_after=5))
    damaged = tmp_path / "broken" / "checkpoint-4" / file
    damaged.write_bytes(damaged.read_bytes()[:100])
    tune(resumed, tmp_path / "broken", chosen)
    same(weights_of(straight), weights_of(resumed), atol=0, rtol=0)


def test_dropout_resumes_too(student, tmp_path):
    chosen = settings(save_every=2, max_updates=6, dropout=0.3)
    straight, broken, resumed = (copied(student) for _ in range(3))
    tune(straight, tmp_path / "straight", chosen)
    with pytest.raises(KeyboardInterrupt):
        tune(broken, tmp_path / "broken", chosen, progress=Recorder(stop_after=5))
    tune(resumed, tmp_path / "broken", chosen)
    same(weights_of(straight), weights_of(resumed), atol=0, rtol=0)


def test_early_stopping_keeps_the_best_weights(student, tmp_path):
    # Trained on one thing and watched on another with a wild rate: the dev loss soon rises.
    dev = [Example(str(index), "translate", "en", "pt-BR", text, "key of key") for index, text in enumerate("abcd")]
    chosen = settings(learning_rate=0.05, max_updates=60, evaluate_every=2, patience=2, save_every=1000)
    tuned, summary = tune(student, tmp_path, chosen, dev=dev)
    measured = [point.dev_loss for point in summary.losses if point.dev_loss is not None]
    assert summary.best_dev_loss == min(measured)
    assert len(measured) >= 3
    assert summary.updates < 60
    assert dev_loss(tuned, dev) == pytest.approx(summary.best_dev_loss, rel=1e-4)
    assert dev_loss(tuned, dev) < measured[-1]


def test_patience_counts_epochs_where_a_number_of_updates_is_given(student, tmp_path):
    """Forty examples in some twenty updates: sixty were measured three times, however long an epoch is."""
    dev = [Example(str(index), "translate", "en", "pt-BR", text, "key of key") for index, text in enumerate("abcd")]
    chosen = settings(learning_rate=0.05, max_updates=200, patience=2, save_every=1000)
    _, summary = tune(student, tmp_path, chosen, dev=dev)
    assert summary.updates < 200


def test_the_best_weights_are_found_where_their_folder_was_moved_to(student, tmp_path):
    """The training was at its end, and what it learned not saved yet."""
    dev = [Example(str(index), "translate", "en", "pt-BR", text, "key of key") for index, text in enumerate("abcd")]
    chosen = settings(learning_rate=0.05, max_updates=40, evaluate_every=2, save_every=1000)
    _, summary = tune(copied(student), tmp_path / "here", chosen, dev=dev)
    measured = {point.update: point.dev_loss for point in summary.losses if point.dev_loss is not None}
    assert min(measured, key=measured.get) < 40
    (tmp_path / "here").rename(tmp_path / "there")
    tuned, _ = tune(copied(student), tmp_path / "there", chosen, dev=dev)
    assert dev_loss(tuned, dev) == pytest.approx(summary.best_dev_loss, rel=1e-4)


def dev_loss(student, dev):
    total = tokens = 0
    for example in dev:
        source = torch.tensor(student.encode_sources([example.source], max_tokens=99))
        labels = torch.tensor(student.encode_targets([example.target], max_tokens=99))
        with torch.no_grad():
            total += student.model(input_ids=source, labels=labels).loss.item() * labels.numel()
        tokens += labels.numel()
    return total / tokens


@pytest.mark.parametrize(("updates", "every"), [(10, 4), (7, 7), (5, 100), (3, 1)])
def test_the_last_update_is_always_measured(student, tmp_path, updates, every):
    chosen = settings(max_updates=updates, evaluate_every=every)
    _, summary = tune(student, tmp_path, chosen, dev=examples(5, seed=9))
    measured = [point.update for point in summary.losses if point.dev_loss is not None]
    assert measured[-1] == updates
    assert len(measured) == -(-updates // min(every, updates))


def test_training_learns_and_tells_how_far_it_is(student, tmp_path):
    progress = Recorder()
    _, summary = tune(student, tmp_path, settings(epochs=12, label_smoothing=0.0), dev=examples(6), progress=progress)
    losses = [point.dev_loss for point in summary.losses if point.dev_loss is not None]
    assert losses[-1] < losses[0] - 0.5
    assert progress.done == progress.total == summary.target_tokens
    assert set(progress.figures) == {"loss", "dev loss"}
    assert summary.examples == 40


def test_bfloat16_trains(student, tmp_path):
    before = weights_of(student)
    _, summary = tune(student, tmp_path, settings(precision="bfloat16", max_updates=3))
    assert summary.updates == 3
    assert all(torch.isfinite(weight).all() for weight in weights_of(student).values())
    assert not torch.equal(before["model.shared.weight"], weights_of(student)["model.shared.weight"])
    assert weights_of(student)["model.shared.weight"].dtype == torch.float32


def test_precision_is_taken_at_its_word():
    assert wants_bfloat16("bfloat16")
    assert not wants_bfloat16("float32")


def test_nothing_is_printed(student, tmp_path, capfd):
    tune(student, tmp_path, settings(max_updates=4, evaluate_every=2), dev=examples(4))
    tune(student, tmp_path, settings(max_updates=6, evaluate_every=2), dev=examples(4))
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""


@pytest.mark.parametrize("family", ["marian", "nllb", "mbart", "t5"])
def test_every_family_learns_with_and_without_lora(tiny_student, tmp_path, family):
    kept = tiny_student(family)
    targets = ("q", "v", "wi", "wo") if family == "t5" else ("q_proj", "v_proj", "fc1")
    for lora in (None, LoraSettings(rank=4, targets=targets)):
        student = load_student(str(kept.origin), direction=kept.direction)
        lang = kept.direction.target
        _, summary = tune(
            student, tmp_path / str(lora is None), settings(epochs=8, lora=lora), data=examples(40, lang=lang),
            dev=examples(4, seed=3, lang=lang),
        )  # fmt: skip
        losses = [point.dev_loss for point in summary.losses if point.dev_loss is not None]
        assert min(losses[1:]) < losses[0]


OPEN_END = {"patience": 2, "evaluate_every": 2, "save_every": 1000, "label_smoothing": 0.0, "dropout": 0.2}


def test_without_an_end_training_stops_where_the_translations_of_the_dev_text_get_no_better(student, tmp_path):
    dev = examples(20, seed=9)
    tuned, summary = tune(student, tmp_path, settings(learning_rate=0.02, **OPEN_END), dev=dev)
    scores = [(point.update, point.dev_score) for point in summary.losses if point.dev_score is not None]
    best = max(score for _, score in scores)
    first_best = next(index for index, (_, score) in enumerate(scores) if score == best)
    assert len(scores) - 1 - first_best == 2, "the patience"
    assert summary.best_dev_score == best
    assert chrf_of(tuned, dev) == pytest.approx(best, abs=1e-6), "the best weights are kept"


def chrf_of(student, dev):
    outputs = TransformersEngine(student).translate([one.source for one in dev], decoding=Decoding())
    return chrf_statistics(list(outputs), references=[one.target for one in dev]).value


def test_an_open_end_that_was_interrupted_is_the_same_end(student, tmp_path):
    chosen, dev = settings(learning_rate=0.02, **OPEN_END), examples(20, seed=9)
    straight, broken, resumed = (copied(student) for _ in range(3))
    _, whole = tune(straight, tmp_path / "straight", chosen, dev=dev)
    with pytest.raises(KeyboardInterrupt):
        tune(broken, tmp_path / "broken", chosen, dev=dev, progress=Recorder(stop_after=whole.updates - 1))
    _, rest = tune(resumed, tmp_path / "broken", chosen, dev=dev)
    assert rest.losses == whole.losses
    same(weights_of(straight), weights_of(resumed), atol=0, rtol=0)


def test_decoding_the_dev_text_does_not_change_what_is_learned(student, tmp_path):
    """The generator that dropout draws from goes on as if nothing had been decoded."""
    chosen, dev = settings(max_updates=6, evaluate_every=2, dropout=0.3), examples(8, seed=9)
    losses = []
    for watch in ("loss", "chrf"):
        _, summary = tune(copied(student), tmp_path / watch, chosen.model_copy(update={"watch": watch}), dev=dev)
        losses.append([point.loss for point in summary.losses])
    assert losses[0] == losses[1]


def test_nothing_to_watch_ends_after_a_few_passes(student, tmp_path):
    _, summary = tune(copied(student), tmp_path / "open", settings())
    _, three = tune(copied(student), tmp_path / "three", settings(epochs=3))
    assert summary.updates == three.updates
