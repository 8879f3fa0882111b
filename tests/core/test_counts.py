"""Counts of things, as they stand in messages."""

import pytest

from tutelage.core.counts import counted


@pytest.mark.parametrize(
    ("count", "words", "expected"),
    [
        (0, ["segment"], "0 segments"),
        (1, ["segment"], "1 segment"),
        (1200, ["segment"], "1,200 segments"),
        (1, ["bad line is", "bad lines are"], "1 bad line is"),
        (2, ["bad line is", "bad lines are"], "2 bad lines are"),
        (0.5, ["GPU"], "0.5 GPUs"),
        (1.0, ["epoch"], "1 epoch"),
        (12_345_678.0, ["token"], "12,345,678 tokens"),
    ],
)
def test_one_thing_is_named_in_the_singular(count, words, expected):
    assert counted(count, *words) == expected
