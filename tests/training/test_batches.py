import numpy as np
import pytest

from tutelage.training.batches import plan_batches


def lengths_of(count, *, seed=0, longest=40):
    return np.random.default_rng(seed).integers(1, longest + 1, size=(count, 2))


@pytest.mark.parametrize(("count", "budget"), [(1, 64), (7, 64), (500, 64), (2000, 300)])
def test_every_example_once_an_epoch_within_the_budget(count, budget):
    lengths = lengths_of(count)
    batches = plan_batches(lengths, batch_tokens=budget, seed=5)
    assert sorted(np.concatenate(batches).tolist()) == list(range(count))
    assert all(len(batch) * lengths[batch].max() <= budget for batch in batches)


def test_an_example_longer_than_the_budget_stands_alone():
    lengths = np.array([[3, 3], [90, 2], [4, 4]])
    batches = plan_batches(lengths, batch_tokens=20, seed=1)
    assert [1] in [batch.tolist() for batch in batches]
    assert sorted(np.concatenate(batches).tolist()) == [0, 1, 2]


def test_the_plan_depends_on_the_seed_alone():
    lengths = lengths_of(300)
    first, again, other = (plan_batches(lengths, batch_tokens=100, seed=seed, epochs=2) for seed in (1, 1, 2))
    assert [batch.tolist() for batch in first] == [batch.tolist() for batch in again]
    assert [batch.tolist() for batch in first] != [batch.tolist() for batch in other]


def test_epochs_differ_in_order_but_not_in_content():
    lengths = lengths_of(300)
    one, two = (plan_batches(lengths, batch_tokens=100, seed=1, epochs=epochs) for epochs in (1, 2))
    assert [batch.tolist() for batch in two[: len(one)]] == [batch.tolist() for batch in one]
    second = np.concatenate(two[len(one) :]).tolist()
    assert sorted(second) == list(range(300))
    assert second != np.concatenate(one).tolist()


def test_max_batches_cuts_and_repeats():
    lengths = lengths_of(50)
    epoch = len(plan_batches(lengths, batch_tokens=100, seed=1))
    for wanted in (1, epoch - 1, epoch, 3 * epoch + 2):
        assert len(plan_batches(lengths, batch_tokens=100, seed=1, epochs=1, max_batches=wanted)) == wanted


@pytest.mark.parametrize(("epochs", "batches"), [(1.1, 11), (2.1, 21), (2.2, 22), (0.3, 3), (0.31, 4)])
def test_a_part_of_an_epoch_is_not_rounded_up_for_nothing(epochs, batches):
    """2.2 − 2 is a little more than a fifth."""
    assert len(plan_batches(np.full((100, 2), 10), batch_tokens=100, seed=1, epochs=epochs)) == batches


def test_a_fraction_of_an_epoch():
    lengths = lengths_of(400)
    epoch = len(plan_batches(lengths, batch_tokens=100, seed=1))
    half = plan_batches(lengths, batch_tokens=100, seed=1, epochs=0.5)
    more = plan_batches(lengths, batch_tokens=100, seed=1, epochs=1.5)
    assert abs(len(half) - epoch / 2) <= 1
    assert abs(len(more) - 1.5 * epoch) <= 2


def test_no_examples_no_batches():
    assert plan_batches(np.empty((0, 2), dtype=np.int64), batch_tokens=10, seed=0) == []


def test_sorting_leaves_little_padding():
    lengths = lengths_of(20_000, longest=60)
    batches = plan_batches(lengths, batch_tokens=1000, seed=0)
    padded = sum(len(batch) * lengths[batch].max() for batch in batches)
    longer_side = lengths.max(axis=1).sum()
    assert longer_side / padded > 0.93
