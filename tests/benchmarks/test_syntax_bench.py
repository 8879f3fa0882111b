"""The syntax bench: its pairs are distinct, its arms agree, and its figures can be set in the table."""

from __future__ import annotations

import pytest

from benchmarks.speed.syntax import check_agreement, make_distinct, measure_syntax


def test_no_pair_is_drawn_twice_and_none_is_of_equal_trees() -> None:
    pairs = make_distinct(300, levels=3)
    assert len({frozenset(pair) for pair in pairs}) == len(pairs) == 300
    assert all(first != second for first, second in pairs)
    assert pairs == make_distinct(300, levels=3)


def test_arms_agree_and_every_figure_has_a_rate_or_a_ratio() -> None:
    figures = measure_syntax(text=None, sentences=0, pairs=60, rounds=1)
    assert [figure.what.split(",")[0] for figure in figures] == ["syntactic distance"] * 6
    assert ["pairs/s" in figure.value or "×" in figure.value for figure in figures] == [True] * 6
    assert [bool(figure.goal) for figure in figures] == [False, True, True, False, False, False]


def test_arms_that_disagree_are_not_timed() -> None:
    check_agreement({"ours": [1, 2], "apted": [1.0, 2.0]})
    with pytest.raises(SystemExit, match="apted finds other distances"):
        check_agreement({"ours": [1, 2], "apted": [1, 3]})
