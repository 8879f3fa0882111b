"""Hypotheses joined with the teacher's translations by id."""

import pytest

from tutelage.core.records import Hypothesis, Pair, Segment
from tutelage.labelling.feedback.reference import join_translations


def hypothesis(name):
    return Hypothesis(Segment(name, f"source {name}", "en"), f"hypothesis {name}", "student")


def translation(name):
    return Pair(Segment(name, f"source {name}", "en"), Segment(name, f"target {name}", "pt-BR"))


def joined(hypotheses, translations):
    rows = join_translations(map(hypothesis, hypotheses), map(translation, translations))
    return [(row.id, found.id if found else None) for row, found in rows]


@pytest.mark.parametrize("missing", ["", "a", "b", "d", "ab", "bd", "abcd"])
def test_every_hypothesis_comes_with_its_translation_or_none(missing):
    given = [name for name in "abcd" if name not in missing]
    assert joined("abcd", given) == [(name, name if name in given else None) for name in "abcd"]


def test_nothing_joins_nothing():
    assert joined("", "") == []


@pytest.mark.parametrize(("hypotheses", "translations"), [("ab", "abc"), ("ab", "ba"), ("", "a")])
def test_a_translation_without_hypothesis_is_never_passed_over(hypotheses, translations):
    with pytest.raises(ValueError, match="has no hypothesis"):
        joined(hypotheses, translations)


def test_both_sides_are_streamed():
    drawn = []

    def stream(make, mark):
        for name in "abcde":
            drawn.append(mark + name)
            yield make(name)

    rows = join_translations(stream(hypothesis, "h"), stream(translation, "t"))
    next(rows)
    assert drawn == ["ta", "ha"]
