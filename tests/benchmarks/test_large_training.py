"""The benchmark of very large trainings runs, at a size that is not."""

from benchmarks.speed.large_training import measure_large_training


def test_it_starts_twice_at_two_sizes():
    figures = measure_large_training(300)
    assert [figure.what.split(" examples")[0] for figure in figures] == [
        *["first start, 30"] * 2, *["later start, 30"] * 2, *["first start, 300"] * 2, *["later start, 300"] * 2,
    ]  # fmt: skip
