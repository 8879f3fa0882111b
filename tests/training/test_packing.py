import numpy as np
import pytest
import torch

from tiny_students import make_tiny_causal, sentences
from tutelage.core.records import Example
from tutelage.core.training import IGNORED, EncodedExample, EncodedSample
from tutelage.stages.student_objective import student_objective
from tutelage.students.causal_student import CausalStudent
from tutelage.training.collation import PackedCollator
from tutelage.training.packing import ROW_TOKENS, lay_out, pack_rows, plan_packed_batches, row_length
from tutelage.training.tokenised import tokenise
from tutelage.training.weighting import PLAIN


class Letters:
    """One token for a letter."""

    def encode_examples(self, examples, *, max_source_tokens, max_target_tokens, conflicts):
        return [
            EncodedExample(EncodedSample([ord(c) for c in one.source], [ord(c) for c in one.target]))
            for one in examples
        ]


def example(source, target, weight=1.0):
    return Example(source, "translate", "en", "pt-BR", source, target, weight=weight)


def tokenised(*examples):
    return tokenise(examples, Letters(), max_source_tokens=99, max_target_tokens=99)


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    return make_tiny_causal(tmp_path_factory.mktemp("causal"))


def test_rows_are_filled_best_fit_longest_first():
    assert pack_rows([3, 7, 2, 5, 4, 3], row_tokens=8) == [[1], [3, 0], [4, 5], [2]]
    assert pack_rows([12, 1], row_tokens=8) == [[0], [1]]
    assert pack_rows([], row_tokens=8) == []


def test_a_row_by_hand():
    rows = lay_out(
        tokenised(example("ab", "cd", 2.0), example("x", "yz")),
        [0, 1],
        pad_token_id=9,
        weighting=PLAIN,
        row_tokens=ROW_TOKENS,
    )
    assert rows.input_ids.tolist() == [[97, 98, 99, 100, 120, 121, 122]]
    assert rows.position_ids.tolist() == [[0, 1, 2, 3, 0, 1, 2]]
    assert rows.labels.tolist() == [[IGNORED, 99, 100, IGNORED, 121, 122, IGNORED]]
    assert rows.weights.tolist() == [[0, 2, 2, 0, 1, 1, 0]]


class WithRationales(Letters):
    """What stands behind a bar is a rationale, and the last letter gives no loss."""

    def encode_examples(self, examples, *, max_source_tokens, max_target_tokens, conflicts):
        return [
            EncodedExample(
                EncodedSample(
                    [ord(c) for c in one.source],
                    [ord(c) for c in one.target.replace("|", "")],
                    rationale_tokens=len(one.target.partition("|")[2]) - 1,
                    unsupervised_last=1,
                )
            )
            for one in examples
        ]


def test_where_a_rationale_stands():
    examples = tokenise([example("ab", "c|dez")], WithRationales(), max_source_tokens=99, max_target_tokens=99)
    rows = lay_out(examples, [0], pad_token_id=9, weighting=PLAIN, row_tokens=ROW_TOKENS)
    assert rows.labels.tolist() == [[IGNORED, *map(ord, "cdez"), IGNORED]]
    assert rows.rationales.tolist() == [[False, False, True, True, False, False]]


def test_padding_is_an_example_of_its_own_without_labels():
    long = example("a" * ROW_TOKENS, "b")
    rows = lay_out(tokenised(long, example("ab", "c")), [0, 1], pad_token_id=9, weighting=PLAIN, row_tokens=ROW_TOKENS)
    assert rows.input_ids.shape == (2, ROW_TOKENS + 1)
    assert rows.position_ids[1, :6].tolist() == [0, 1, 2, 0, 1, 2]
    assert rows.labels[1, 2:].tolist() == [IGNORED] * (ROW_TOKENS - 1)
    assert set(rows.input_ids[1, 3:].tolist()) == {9}


def lengths_of(count, *, seed=0):
    return np.random.default_rng(seed).integers(1, 90, size=(count, 2))


def test_every_example_is_in_one_batch_of_an_epoch_and_none_overfills():
    lengths = lengths_of(700)
    batches = plan_packed_batches(lengths, batch_tokens=1024, seed=4)
    assert sorted(np.concatenate(batches).tolist()) == list(range(700))
    totals = lengths.sum(axis=1)
    padded = 0
    for batch in batches:
        rows = pack_rows([int(totals[index]) for index in batch], row_tokens=ROW_TOKENS)
        width = max(sum(int(totals[batch[member]]) for member in row) for row in rows)
        assert len(rows) * width <= 1024
        padded += len(rows) * width
    assert totals.sum() / padded > 0.9, "rows are nearly full"


def test_a_batch_is_filled_whatever_its_size():
    """Of 756 tokens two rows of 256 would have left a third unused."""
    assert [row_length(size) for size in (100, 256, 300, 512, 756, 1268, 4096)] == [100, 256, 300, 256, 252, 253, 256]
    lengths = np.random.default_rng(1).integers(20, 40, size=(2_000, 2))
    plans = {size: plan_packed_batches(lengths, batch_tokens=size, seed=4) for size in (512, 756, 1024, 1268)}
    in_a_batch = {size: len(lengths) / len(plan) / size for size, plan in plans.items()}
    assert max(in_a_batch.values()) < 1.15 * min(in_a_batch.values())


def test_a_plan_depends_on_the_seed_and_repeats():
    lengths = lengths_of(200)
    plans = [plan_packed_batches(lengths, batch_tokens=512, seed=seed, epochs=1.5) for seed in (1, 1, 2)]
    assert [batch.tolist() for batch in plans[0]] == [batch.tolist() for batch in plans[1]]
    assert [batch.tolist() for batch in plans[0]] != [batch.tolist() for batch in plans[2]]
    assert len(plan_packed_batches(lengths, batch_tokens=512, seed=1, max_batches=77)) == 77
    assert plan_packed_batches(lengths[:0], batch_tokens=512, seed=1) == []


def test_an_example_longer_than_the_budget_stands_alone():
    batches = plan_packed_batches(np.array([[5, 5], [400, 300], [4, 4]]), batch_tokens=100, seed=1)
    assert [1] in [batch.tolist() for batch in batches]


def tokens_of(student, count=9):
    data = [
        Example(str(index), "translate", "en", "pt-BR", source, target, weight=1.0 + index % 3)
        for index, (source, target) in enumerate(zip(sentences(count, seed=1), sentences(count, seed=2), strict=True))
    ]
    return tokenise(data, student, max_source_tokens=64, max_target_tokens=64)


def loss_and_gradient(student, batches, *, label_smoothing=0.0):
    student.model.zero_grad()
    objective = student_objective(CausalStudent.states, label_smoothing=label_smoothing)
    total = sum(objective(student.model.train(), batch) for batch in batches)
    total.backward()
    return total.item(), {name: weight.grad.clone() for name, weight in student.model.named_parameters()}


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
def test_packed_and_separate_rows_give_the_same_loss_and_gradients(student, label_smoothing):
    examples = tokens_of(student)
    collate = PackedCollator(examples, student.tokenizer.pad_token_id)
    packed = collate(list(range(9)))
    assert packed["input_ids"].shape[0] < 9
    assert (packed["position_ids"] == 0).sum() > 9
    together, gradients = loss_and_gradient(student, [packed], label_smoothing=label_smoothing)
    apart, expected = loss_and_gradient(student, [collate([i]) for i in range(9)], label_smoothing=label_smoothing)
    assert together == pytest.approx(apart, rel=1e-5)
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, expected[name], atol=1e-5 * float(expected[name].abs().max()), rtol=1e-4)


def test_the_loss_is_that_of_the_model_itself(student):
    examples = tokens_of(student)
    objective = student_objective(CausalStudent.states, label_smoothing=0.0)
    expected = 0.0
    for index in range(9):
        ids = torch.from_numpy(np.concatenate([examples.source(index), examples.target(index)])).long()[None]
        labels = ids.clone()
        labels[:, : len(examples.source(index))] = IGNORED
        with torch.no_grad():
            mean = student.model(input_ids=ids, labels=labels).loss
        expected += float(mean) * len(examples.target(index)) * float(examples.weights[index])
    with torch.no_grad():
        found = objective(student.model, PackedCollator(examples, 1)(list(range(9))))
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_no_token_sees_another_example(student):
    """Changing one example leaves the others' states as they are."""
    from tutelage.students.states import causal_states

    batch = PackedCollator(tokens_of(student), student.tokenizer.pad_token_id)(list(range(4)))
    ends = (batch["position_ids"][0] == 0).nonzero()[:, 0].tolist()
    changed = batch["input_ids"].clone()
    changed[0, : ends[1]] = 7
    with torch.no_grad():
        before, after = (
            causal_states(student.model, ids, batch["position_ids"]).states for ids in (batch["input_ids"], changed)
        )
    torch.testing.assert_close(before[0, ends[1] :], after[0, ends[1] :])
    assert not torch.allclose(before[0, : ends[1]], after[0, : ends[1]])
