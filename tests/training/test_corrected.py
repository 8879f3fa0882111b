"""What training makes of the student's own words where a target corrects them."""

import copy
import dataclasses

import pytest
import torch

from tiny_students import make_tiny, make_tiny_causal, sentences
from tutelage.core.protocols import Silence
from tutelage.core.records import Example
from tutelage.core.settings import CorrectionSettings, TrainSettings
from tutelage.core.training import EncodedExample, EncodedSample
from tutelage.stages.tuning import tune_student
from tutelage.training.corrected import compare_tokens, with_hypotheses
from tutelage.training.tokenised import tokenise
from tutelage.training.train import plan_run
from tutelage.training.weighting import Weighting

LIMITS = {"max_source_tokens": 256, "max_target_tokens": 256}


def flags(text):
    return tuple(letter == "x" for letter in text)


@pytest.mark.parametrize(
    ("hypothesis", "target", "wrong", "missed"),
    [
        ([1, 2, 3], [1, 2, 3], "...", "..."),
        ([1, 2, 3], [1, 9, 3], ".x.", ".x."),
        ([1, 3], [1, 8, 9, 3], "..", ".xx."),
        ([1, 2, 3], [1, 3], ".x.", ".x"),
        ([1, 2], [1], ".x", "."),
        ([], [4, 5], "", "xx"),
        ([7, 2, 7], [1, 2, 3], "x.x", "x.x"),
    ],
    ids=["same", "replaced", "left out", "put in", "put in at the end", "nothing written", "two places"],
)
def test_which_tokens_differ(hypothesis, target, wrong, missed):
    found = compare_tokens(hypothesis, target)
    assert found.hypothesis == flags(wrong)
    assert found.target == flags(missed)


class Letters:
    """Encodes each letter as a token."""

    def encode_examples(self, examples, **_):
        return [
            EncodedExample(EncodedSample(list(map(ord, one.source)), list(map(ord, one.target)))) for one in examples
        ]


def corrected(*pairs, **settings):
    examples = [
        Example(str(number), "translate", "en", "pt", "s", target, hypothesis=hypothesis)
        for number, (hypothesis, target) in enumerate(pairs)
    ]
    return tokenise(examples, Letters(), **LIMITS, corrections=CorrectionSettings(**settings))


def weights_of(examples, **settings):
    return [one.tolist() for one in Weighting(**settings).token_weights(examples, range(len(examples.weights)))]


def test_corrected_tokens_count_more_and_so_does_the_mean():
    examples = corrected(("abc", "axc"), (None, "ab"), corrected_weight=3.0)
    assert weights_of(examples) == [[1, 3, 1], [1, 1]]
    assert Weighting().counts(examples, [0, 1]).tolist() == [7, 0]
    assert examples.supervised.tolist() == [3, 2], "tokens are counted as such all the same"
    shared = weights_of(examples, normalisation="sequence")
    assert shared[0] == pytest.approx([0.2, 0.6, 0.2])
    assert shared[1] == pytest.approx([0.5, 0.5])
    assert Weighting("sequence").counts(examples, [0, 1]).tolist() == [2, 0]


def test_without_a_contrast_hypotheses_are_no_samples():
    examples = corrected(("abc", "axc"), corrected_weight=2.0)
    assert examples.conflicts.tolist() == [-1]


def test_only_wrong_tokens_are_made_unlikely():
    examples = corrected(("abc", "axc"), ("ac", "abc"), ("ab", "ab"), contrast="unlikelihood", contrast_weight=0.5)
    assert examples.conflicts.tolist() == [3, -1, -1], "nothing is wrong in words that only lack some, or none"
    assert weights_of(examples, alpha=0.5)[3] == [0, 0.5, 0]
    assert Weighting(alpha=0.5).counts(examples, [0, 1, 2, 3]).tolist() == [8, 1]


def test_a_pair_counts_once_however_long_it_is():
    examples = corrected(("abc", "axcd"), ("ab", "ab"), contrast="cpo", contrast_weight=0.5)
    assert examples.conflicts.tolist() == [2, -1]
    for normalisation, true in (("token", 6), ("sequence", 2)):
        chosen = {"alpha": 0.5, "paired": True, "normalisation": normalisation}
        assert weights_of(examples, **chosen)[2] == [0.5, 0.5, 0.5]
        assert Weighting(**chosen).counts(examples, [0, 1, 2]).tolist() == [true, 1]


@pytest.mark.parametrize(
    ("hypothesis", "missed", "wrong"),
    [("axc.", ".x.", ".x.."), ("acx.", ".x.", "..x."), ("abx.", "..x", "..x."), ("abc.", "...", "....")],
    ids=["replaced", "left out, and a word of the rationale put in", "replaced at the end", "right"],
)
def test_a_hypothesis_is_compared_with_the_target_and_not_with_its_rationale(hypothesis, missed, wrong):
    """The target `abc`, a blank line `||`, a rationale `rxr`, and an end `.`, of which only the target was missed."""
    codes = [ord(letter) for letter in "abc||rxr."]
    true = EncodedSample([1], codes, rationale_tokens=4, separator=range(3, 5), alone=(*codes[:3], codes[-1]))
    written = EncodedExample(EncodedSample([1], [ord(letter) for letter in hypothesis]))
    example = Example("1", "translate", "en", "pt", "s", "abc", hypothesis=hypothesis, rationale="rxr")
    settings = CorrectionSettings(corrected_weight=2.0, contrast="unlikelihood", contrast_weight=0.5)
    (found,) = with_hypotheses([example], [EncodedExample(true)], lambda _: [written], settings)
    assert found.true.corrected == (() if "x" not in missed else flags(missed + 6 * "."))
    unlikely = flags(wrong)
    assert (found.conflict.spared if found.conflict else (True,) * 4) == tuple(not mark for mark in unlikely)


def test_the_end_of_a_target_counts_once_where_its_rationale_is_learned_apart(students):
    student, hypothesis = students["causal"], "the file of old"
    example = Example(
        "1", "translate", *(student.direction.source, student.direction.target), "the menu", "the file of the old key",
        hypothesis=hypothesis, rationale="of the menu",
    )  # fmt: skip
    found = tokenise([example], student, **LIMITS, corrections=CORRECTIONS["credit"], separator="apart")
    alone, whole = weights_of(found)
    assert alone[0] == alone[-1] == 1 and 2 in alone, "the beginning and the end of both are the same"
    assert set(whole) == {0, 1}, "of the rationale nothing was corrected"


@pytest.fixture(scope="module")
def students(tmp_path_factory):
    return {
        "marian": make_tiny("marian", tmp_path_factory.mktemp("marian")),
        "causal": make_tiny_causal(tmp_path_factory.mktemp("causal")),
    }


def examples(student):
    lines = zip(sentences(8, seed=1), sentences(8, seed=2), strict=True)
    direction = student.direction
    return [
        Example(
            str(number), "translate", direction.source, direction.target, source, target, weight=1.0 + number % 2,
            hypothesis=None if number % 4 == 3 else " ".join([*target.split()[:-2], "old", "key"]),
        )
        for number, (source, target) in enumerate(lines)
    ]  # fmt: skip


def plain(**changes):
    given = {"learning_rate": 1e-3, "precision": "float32", "schedule": "constant", "warmup_share": 0.0}
    return TrainSettings(**(given | {"label_smoothing": 0.0, "dropout": 0.0} | changes))


CORRECTIONS = {
    "credit": CorrectionSettings(corrected_weight=2.0),
    "unlikelihood": CorrectionSettings(contrast="unlikelihood", contrast_weight=0.5),
    "cpo": CorrectionSettings(contrast="cpo", contrast_weight=0.5),
    "simpo": CorrectionSettings(contrast="simpo", contrast_weight=0.5, margin=0.5),
}


def one_update(student, folder, settings, corrections):
    student = dataclasses.replace(student, model=copy.deepcopy(student.model))
    data = examples(student)
    tokenised = tokenise(data, student, **LIMITS, corrections=corrections)
    batches = plan_run(tokenised, settings.model_copy(update={"epochs": 1.0}), seed=1, packed=student.packed)
    settings = settings.model_copy(update={"accumulation": len(batches), "max_updates": 1})
    gradients = {}
    for name, weight in student.model.named_parameters():
        weight.register_post_accumulate_grad_hook(
            lambda weight, name=name: gradients.__setitem__(name, weight.grad.clone())
        )
    _, summary = tune_student(
        student, data, settings=settings, seed=1, checkpoints=folder, progress=Silence(), corrections=corrections
    )
    return gradients, summary.losses[0].loss, len(batches)


@pytest.mark.parametrize("normalisation", ["token", "sequence"])
@pytest.mark.parametrize("name", list(CORRECTIONS))
@pytest.mark.parametrize("family", ["marian", "causal"])
def test_one_update_is_the_same_however_it_is_split(students, tmp_path, family, name, normalisation):
    whole, *splits = (
        one_update(
            students[family], tmp_path / str(budget), plain(batch_tokens=budget, normalisation=normalisation),
            CORRECTIONS[name],
        )
        for budget in (100_000, {"marian": 100, "causal": 400}[family], 1)
    )  # fmt: skip
    assert whole[2] == 1 < splits[0][2] < splits[1][2] == 8
    largest = max(float(gradient.abs().max()) for gradient in whole[0].values())
    for gradients, loss, _ in splits:
        assert loss == pytest.approx(whole[1], rel=1e-5)
        for each, gradient in gradients.items():
            torch.testing.assert_close(gradient, whole[0][each], atol=1e-5 * largest, rtol=1e-3)


def token_likelihood(student, sample):
    target = torch.tensor([sample.target])
    with torch.no_grad():
        if student.packed:
            logits = student.model(input_ids=torch.tensor([sample.source + sample.target])).logits
            logits = logits[:, len(sample.source) - 1 : -1]
        else:
            inputs = student.decoder_inputs(target, student.model.config)
            logits = student.model(input_ids=torch.tensor([sample.source]), decoder_input_ids=inputs).logits
    return logits.double().log_softmax(-1)[0].gather(1, target[0][:, None])[:, 0]


@pytest.mark.parametrize("name", ["cpo", "simpo"])
@pytest.mark.parametrize("family", ["marian", "causal"])
def test_the_loss_is_that_of_the_papers(students, tmp_path, family, name):
    """The token mean of likelihood, and behind it the mean over pairs of −log σ(β·difference − γ)."""
    student, settings = students[family], CORRECTIONS[name]
    found = one_update(student, tmp_path, plain(batch_tokens=300), settings)[1]
    likelihoods, counts, losses = 0.0, 0, []
    for example in examples(student):
        written = dataclasses.replace(example, target=example.hypothesis or "", hypothesis=None)
        true, wrong = (one.true for one in student.encode_examples([example, written], **LIMITS))
        each = token_likelihood(student, true)
        likelihoods, counts = likelihoods + example.weight * float(each.sum()), counts + len(each)
        if example.hypothesis:
            other = token_likelihood(student, wrong)
            difference = each.mean() - other.mean() if name == "simpo" else each.sum() - other.sum()
            beta, margin = (2.0, 0.5) if name == "simpo" else (0.1, 0.0)
            losses.append(-example.weight * float(torch.nn.functional.logsigmoid(beta * difference - margin)))
    assert found == pytest.approx(-likelihoods / counts + 0.5 * sum(losses) / len(losses), rel=1e-4)


@pytest.mark.parametrize("name", ["unlikelihood", "cpo", "simpo"])
@pytest.mark.parametrize("family", ["marian", "causal"])
def test_the_hypothesis_falls_behind_its_correction(students, tmp_path, family, name):
    data = examples(students[family])[:2]

    def distance(corrections):
        student = dataclasses.replace(students[family], model=copy.deepcopy(students[family].model))
        folder = tmp_path / ("none" if corrections is None else "some")
        tuned, _ = tune_student(
            student, data, settings=plain(learning_rate=5e-3, max_updates=15), seed=1, checkpoints=folder,
            progress=Silence(), corrections=corrections,
        )  # fmt: skip
        found = 0.0
        for example in data:
            written = dataclasses.replace(example, target=example.hypothesis)
            true, wrong = (one.true for one in tuned.encode_examples([example, written], **LIMITS))
            found += float(token_likelihood(tuned, true).sum() - token_likelihood(tuned, wrong).sum())
        return found

    strong = CORRECTIONS[name].model_copy(update={"contrast_weight": 5.0, "beta": 1.0})
    assert distance(strong) > distance(None) + 1


def test_settings_that_change_nothing_leave_likelihood_alone():
    assert CorrectionSettings().is_plain
    assert CorrectionSettings(contrast="cpo", contrast_weight=0.0).is_plain
    assert not CorrectionSettings(corrected_weight=2.0).is_plain
    assert (CorrectionSettings(contrast="cpo").scale, CorrectionSettings(contrast="simpo").scale) == (0.1, 2.0)
