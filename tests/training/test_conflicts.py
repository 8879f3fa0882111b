"""Training on true and conflicting samples of one update, however it is split."""

import copy
import dataclasses

import pytest
import torch

from tiny_students import make_tiny, make_tiny_causal, sentences
from tutelage.core.errors import StudentError
from tutelage.core.languages import Direction
from tutelage.core.protocols import Silence
from tutelage.core.records import Example
from tutelage.core.settings import TrainSettings
from tutelage.core.training import IGNORED, Unlikelihood
from tutelage.stages.tuning import tune_student
from tutelage.students.neutral_tokens import NeutralTokens
from tutelage.training.tokenised import tokenise
from tutelage.training.train import plan_run

LIMITS = {"max_source_tokens": 256, "max_target_tokens": 256}
ALPHA = 0.3


@pytest.fixture(scope="module")
def students(tmp_path_factory):
    return {
        "nllb": make_tiny("nllb", tmp_path_factory.mktemp("nllb")),
        "causal": make_tiny_causal(tmp_path_factory.mktemp("causal")),
    }


def examples(family):
    """Two directions, unequal lengths and weights, two of three with a conflict, rationales for causal students."""
    directions = (Direction("en", "pt"), Direction("pt", "de"))
    rationales = (None, "of the old key") if family == "causal" else (None,)
    return [
        Example(
            str(number), "translate", directions[number % 2].source, directions[number % 2].target,
            source, target, weight=1.0 + number % 2, conflict=(None, "en>de", "pt>en")[number % 3],
            rationale=rationales[number % len(rationales)], cut=number == 5,
        )
        for number, (source, target) in enumerate(zip(sentences(8, seed=1), sentences(8, seed=2), strict=True))
    ]  # fmt: skip


def settings(**changes):
    plain = {"learning_rate": 1e-3, "precision": "float32", "schedule": "constant", "warmup_share": 0.0}
    whole = {"label_smoothing": 0.0, "rationale_weight": 0.5, "rationale_separator": "trained"}
    return TrainSettings(**(plain | whole | changes))


def one_update(student, folder, chosen, unlikelihood):
    """The gradients and the loss of an update over all the examples, in as many batches as `chosen` gives."""
    student = dataclasses.replace(student, model=copy.deepcopy(student.model))
    data = examples("causal" if student.packed else "nllb")
    spare = None if unlikelihood is None else NeutralTokens(student.tokenizer, neutral=unlikelihood.neutral).spare
    tokenised = tokenise(data, student, **LIMITS, conflicts=unlikelihood is not None, spare=spare)
    batches = plan_run(tokenised, chosen.model_copy(update={"epochs": 1.0}), seed=1, packed=student.packed)
    chosen = chosen.model_copy(update={"accumulation": len(batches), "max_updates": 1})
    gradients = {}
    for name, weight in student.model.named_parameters():
        if weight.requires_grad:
            weight.register_post_accumulate_grad_hook(
                lambda weight, name=name: gradients.__setitem__(name, weight.grad.clone())
            )
    _, summary = tune_student(
        student, data, settings=chosen, seed=1, checkpoints=folder, progress=Silence(), unlikelihood=unlikelihood
    )
    assert summary.updates == 1
    assert summary.target_tokens == tokenised.supervised.sum()
    return gradients, summary.losses[0].loss, len(batches)


def assert_same(gradients, expected):
    """Within the rounding of the largest: the bias of the keys has no gradient but that."""
    assert gradients.keys() == expected.keys()
    largest = max(float(gradient.abs().max()) for gradient in expected.values())
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, expected[name], atol=1e-6 * largest, rtol=1e-4)


@pytest.mark.parametrize("neutral", ["spared", "pushed"])
@pytest.mark.parametrize("normalisation", ["token", "sequence"])
@pytest.mark.parametrize("family", ["nllb", "causal"])
def test_one_update_is_the_same_however_it_is_split(students, tmp_path, family, normalisation, neutral):
    splits = [
        one_update(
            students[family], tmp_path / str(budget), settings(batch_tokens=budget, normalisation=normalisation),
            Unlikelihood(alpha=ALPHA, neutral=neutral),
        )
        for budget in (100_000, 400, 1)
    ]  # fmt: skip
    assert splits[0][2] == 1 < splits[1][2] < splits[2][2] == 8
    expected, loss, _ = splits[0]
    for gradients, other, _ in splits[1:]:
        assert other == pytest.approx(loss, rel=1e-5)
        assert_same(gradients, expected)


def losses_of(student, sample, *, unlikely):
    """The loss of each target token by the model's own forward pass and the published formulas, in float64."""
    target = torch.tensor([sample.target])
    with torch.no_grad():
        if student.packed:
            whole = torch.tensor([sample.source + sample.target])
            logits = student.model(input_ids=whole).logits[:, len(sample.source) - 1 : -1]
        else:
            inputs = student.decoder_inputs(target, student.model.config)
            logits = student.model(input_ids=torch.tensor([sample.source]), decoder_input_ids=inputs).logits
    gold = logits.double().softmax(-1)[0].gather(1, target[0][:, None])[:, 0]
    return -(1 - gold).log() if unlikely else -gold.log()


@pytest.mark.parametrize("neutral", ["spared", "pushed"])
@pytest.mark.parametrize("normalisation", ["token", "sequence"])
@pytest.mark.parametrize("family", ["nllb", "causal"])
def test_the_loss_is_that_of_the_formula(students, tmp_path, family, normalisation, neutral):
    student, rate = students[family], 0.5
    chosen = settings(batch_tokens=400, normalisation=normalisation, rationale_weight=rate)
    found = one_update(student, tmp_path, chosen, Unlikelihood(alpha=ALPHA, neutral=neutral))[1]
    neutral_tokens = NeutralTokens(student.tokenizer, neutral=neutral)
    data = examples(family)
    totals, counts = [0.0, 0.0], [0.0, 0.0]
    encoded = student.encode_examples(data, **LIMITS, conflicts=True)
    for example, one in zip(data, encoded, strict=True):
        for kind, sample in enumerate((one.true, one.conflict)):
            if sample is None or (kind and neutral_tokens.spare(sample, source=example.source) is None):
                continue
            end = len(sample.target) - sample.unsupervised_last
            losses = losses_of(student, sample, unlikely=bool(kind))[sample.unsupervised_first : end]
            if kind and neutral == "spared":
                spared = neutral_tokens.spare(sample, source=example.source).spared or [False] * len(sample.target)
                losses = losses[~torch.tensor(spared[sample.unsupervised_first : end])]
            target, rationale = losses.split([len(losses) - sample.rationale_tokens, sample.rationale_tokens])
            if normalisation == "token":
                totals[kind] += example.weight * float(target.sum() + rate * rationale.sum())
                counts[kind] += len(target) + rate * len(rationale)
            else:
                extra = float(rationale.mean()) if len(rationale) else 0.0
                totals[kind] += example.weight * (float(target.mean()) + rate * extra)
                counts[kind] += 1
    expected = totals[0] / counts[0] + ALPHA * totals[1] / counts[1]
    assert found == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("family", ["nllb", "causal"])
def test_conflicts_without_a_weight_change_nothing(students, tmp_path, family):
    chosen = settings(batch_tokens=100_000)
    without = one_update(students[family], tmp_path / "a", chosen, None)
    nothing = one_update(students[family], tmp_path / "b", chosen, Unlikelihood(alpha=0.0))
    assert nothing[1] == pytest.approx(without[1], rel=1e-6)
    assert_same(nothing[0], without[0])


@pytest.mark.parametrize("numerics", ["stable", "paper"])
@pytest.mark.parametrize("family", ["nllb", "causal"])
def test_a_translation_becomes_unlikely_under_the_wrong_direction(students, tmp_path, family, numerics):
    student = dataclasses.replace(students[family], model=copy.deepcopy(students[family].model))
    text = "the new file"
    data = [Example("1", "translate", "en", "pt", text, "a line of text", conflict="en>de")]
    dev = [dataclasses.replace(data[0], conflict=None)]
    (one,) = student.encode_examples(data, **LIMITS, conflicts=True)
    likely = tune_student(
        student, dev, settings=settings(learning_rate=1e-2, max_updates=12), seed=1, checkpoints=tmp_path / "first",
        progress=Silence(),
    )[0]  # fmt: skip
    before = [losses_of(likely, sample, unlikely=False)[1:-1].mean() for sample in (one.true, one.conflict)]
    tuned, summary = tune_student(
        likely, data, dev=dev, settings=settings(learning_rate=5e-3, max_updates=25), seed=1,
        checkpoints=tmp_path / "second", progress=Silence(), unlikelihood=Unlikelihood(alpha=1.0, numerics=numerics),
    )  # fmt: skip
    after = [losses_of(tuned, sample, unlikely=False)[1:-1].mean() for sample in (one.true, one.conflict)]
    assert after[1] - after[0] > before[1] - before[0] + 0.5
    assert summary.best_dev_loss < summary.losses[0].loss, "the dev loss is likelihood alone"


def test_a_student_that_is_told_no_direction_is_refused_before_training(tiny_student, tmp_path):
    data = [Example("7", "translate", "en", "pt-BR", "the file", "a line", conflict="en>de")]
    with pytest.raises(StudentError, match=r"cannot be told a direction, and example '7' asks for en→de"):
        tune_student(
            tiny_student("marian"), data, settings=settings(), seed=1, checkpoints=tmp_path, progress=Silence(),
            unlikelihood=Unlikelihood(),
        )  # fmt: skip
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("packed", [False, True])
def test_a_batch_holds_conflicting_samples_beside_true_ones(students, packed):
    from tutelage.training.collation import Collator, PackedCollator

    student = students["causal" if packed else "nllb"]
    tokenised = tokenise(examples("nllb"), student, **LIMITS, conflicts=True)
    batch = (PackedCollator if packed else Collator)(tokenised, 1)([0, 1, 2])
    assert batch["unlikely"].shape == batch["labels"].shape == batch["weights"].shape
    supervised = batch["labels"] != IGNORED
    conflicting = (tokenised.lengths[len(tokenised) :, 1][:2]).sum()
    assert int((supervised & batch["unlikely"]).sum()) == conflicting
    assert int((supervised & ~batch["unlikely"]).sum()) == tokenised.lengths[:3, 1].sum()
    assert not batch["weights"][batch["unlikely"]].any(), "no alpha was given"
