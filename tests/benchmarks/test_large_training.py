"""The benchmark of very large trainings runs, at a size that is not."""

import json

from benchmarks.speed import large_training
from benchmarks.speed.large_training import measure_large_training


def test_it_starts_twice_at_two_sizes(monkeypatch, capsys):
    apart, begun = large_training._measure, []

    def measure(folder, count):
        """The first apart, the others here, where everything is imported."""
        begun.append(count)
        if len(begun) == 1:
            return apart(folder, count)
        large_training._run_child(folder, count)
        return json.loads(capsys.readouterr().out)

    monkeypatch.setattr(large_training, "_measure", measure)
    figures = measure_large_training(300)
    assert begun == [30, 30, 300, 300]
    assert [figure.what.split(" examples")[0] for figure in figures] == [
        *["first start, 30"] * 2, *["later start, 30"] * 2, *["first start, 300"] * 2, *["later start, 300"] * 2,
    ]  # fmt: skip
