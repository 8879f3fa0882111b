"""What damaged weights do to outputs is counted: spans that are lost, and sentences that do not end."""

import pytest

from tutelage.evaluation.significance import score_with_interval
from tutelage.evaluation.soundness import is_runaway, keeps_protected, soundness_statistics


@pytest.mark.parametrize(
    ("source", "hypothesis", "kept"),
    [
        ("Open %s twice", "Abra %s duas vezes", True),
        ("Open %s twice", "Abra duas vezes", False),
        ("%s and %s", "%s", False),
        ("%s", "%s %s", True),
        ("No span at all", "Nada", True),
        ("See <b>it</b>", "Veja <b>isso", False),
    ],
)
def test_an_output_keeps_every_span_as_often_as_its_source_has_it(source, hypothesis, kept):
    assert keeps_protected(source, hypothesis) == kept


@pytest.mark.parametrize(
    ("length", "source", "reference", "runs"),
    [(60, 10, 10, False), (61, 10, 10, True), (100, 10, 30, False), (101, 10, 30, True), (101, 30, 10, True)],
)
def test_an_output_runs_away_beyond_twice_the_longer_side_and_forty_characters(length, source, reference, runs):
    assert is_runaway("x" * length, source="s" * source, reference="r" * reference) == runs


def test_both_are_shares_of_all_segments_and_say_which_way_is_better():
    sources = ["Open %s", "Close it", "Go", "Stop"]
    hypotheses = ["Abra", "Feche", "V" * 90, "Pare"]
    kept, runaway = soundness_statistics(hypotheses, sources=sources, references=sources)
    assert (kept.name, kept.value, kept.higher_is_better) == ("protected", 75.0, True)
    assert (runaway.name, runaway.value, runaway.higher_is_better) == ("runaway", 25.0, False)
    assert score_with_interval(kept, seed=1, resamples=100).n == 4


def test_copies_of_a_source_are_one_segment_whatever_their_case_and_space():
    sources = ["Open  it", "open it", "Close it"]
    for one in soundness_statistics(sources, sources=sources, references=sources):
        assert len(one.drawn) == 2
