"""Shares of several processes make up the update of one."""

import numpy as np
import pytest

from tutelage.training.shares import Share, is_idle


def batches(*sizes):
    ends = np.cumsum(sizes)
    return [np.arange(end - size, end) for end, size in zip(ends, sizes, strict=True)]


@pytest.mark.parametrize("processes", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("accumulation", [1, 2, 3, 4, 6])
def test_every_update_has_the_same_examples(accumulation, processes):
    plan = batches(5, 1, 9, 2, 4, 4, 3, 1, 1, 7, 2)
    shares = [Share(accumulation, processes, process) for process in range(processes)]
    own = [share.of(plan) for share in shares]
    assert len({len(one) for one in own}) == 1, "all go through the model as often"
    step = shares[0].micro_batches
    for update in range(-(-len(plan) // accumulation)):
        expected = np.concatenate(plan[update * accumulation : (update + 1) * accumulation])
        found = np.concatenate([batch for one in own for batch in one[update * step : (update + 1) * step]])
        assert sorted(found[found >= 0]) == sorted(expected)


def test_micro_batches_stay_whole_where_there_are_enough():
    plan = batches(3, 3, 3, 3)
    assert [batch.tolist() for batch in Share(4, 2, 1).of(plan)] == [[3, 4, 5], [9, 10, 11]]
    assert [batch.tolist() for batch in Share(1, 2, 1).of(plan[:1])] == [[1]]


def test_a_process_without_an_example_is_idle():
    (own,) = Share(1, 2, 1).of(batches(1))
    assert is_idle(own.tolist())
    assert not is_idle(Share(1, 2, 0).of(batches(1))[0].tolist())
