import random

from tutelage.students.batching import batch_by_tokens, windows


def test_windows_are_consecutive():
    assert list(windows(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(windows([], 3)) == []


def test_batches_hold_every_index_once_within_the_budget():
    lengths = [random.Random(1).randint(0, 30) for _ in range(500)]
    batches = batch_by_tokens(lengths, budget=64)
    assert sorted(index for batch in batches for index in batch) == list(range(500))
    assert all(len(batch) * max(max(lengths[index] for index in batch), 1) <= 64 for batch in batches)


def test_longest_first_and_the_overlong_alone():
    assert batch_by_tokens([2, 9, 3, 100], budget=12) == [[3], [1], [2, 0]]
