"""Means, drops and agreement of ratings, by hand."""

import pytest

from tutelage.evaluation.rating.blinding import SystemOutputs, blind_outputs
from tutelage.evaluation.rating.ratings import Rating
from tutelage.evaluation.rating.summary import summarise_ratings

OUTPUTS = [
    SystemOutputs("1", "s1", {"teacher": "t1", "student": "u1", "other": "t1"}),
    SystemOutputs("2", "s2", {"teacher": "t2", "student": "u2", "other": "o2"}),
]
BLIND = blind_outputs(OUTPUTS)


def rate(rater, **values):
    """One rating for each text; `t1=(5, 5, 5, 5)`."""
    return [
        Rating(rater, item.number, text.letter, values[text.text])
        for item in BLIND.items
        for text in item.texts
        if text.text in values
    ]


RATINGS = [
    *rate("anna", t1=(5, 4, 3, 2), u1=(4, 4, 2, 2), t2=(3, 4, 3, 2), u2=(2, 3, 3, 2), o2=(1, 1, 1, 1)),
    *rate("ben", t1=(5, 4, 3, 4), u1=(4, 4, 2, 2), t2=(3, 4, 3, 4), u2=(2, 3, 3, None), o2=(1, 1, 1, 1)),
]


def summarise(ratings, **options):
    return summarise_ratings(ratings, blind=BLIND, seed=1, resamples=100, **options)


def test_means_and_drops():
    found = summarise(RATINGS, baseline="teacher")
    systems = {one.system: one for one in found.systems}
    assert systems["teacher"].score("meaning").value == 4.0
    assert systems["student"].score("meaning").value == 3.0
    # the text that two systems share counts for both
    assert systems["other"].score("meaning").value == 3.0
    assert systems["teacher"].score("syntactic_change").value == 3.0
    assert systems["teacher"].score("overall").value == pytest.approx((3.75 + 3.25) / 2)
    drops = {(drop.system, drop.name): drop for drop in found.drops}
    assert drops["student", "meaning"].value == pytest.approx(25.0)
    assert (drops["student", "meaning"].low, drops["student", "meaning"].high) == (
        pytest.approx(20.0),
        pytest.approx(100 / 3),
    )
    assert drops["student", "fluency"].value == pytest.approx(12.5)
    assert len(drops) == 10
    assert [(one.rater, one.given, one.missing) for one in found.raters] == [("anna", 20, 0), ("ben", 19, 1)]


def test_agreement_is_of_texts_and_not_of_systems():
    found = summarise(RATINGS, baseline=None)
    assert found.drops == ()
    by_name = {one.name: one for one in found.agreement}
    assert by_name["meaning"].ordinal.value == pytest.approx(1.0)
    assert by_name["meaning"].ordinal.n == 5
    assert by_name["syntactic_change"].interval.n == 4
    assert by_name["syntactic_change"].interval.value < 1


def test_a_single_rater_agrees_with_nobody():
    assert summarise(RATINGS[:5], baseline="teacher").agreement == ()


def test_a_system_equal_to_the_baseline_drops_by_nothing():
    ratings = rate("anna", t1=(5, 4, 3, 2), t2=(2, 2, 2, 2), u1=(5, 4, 3, 2), u2=(2, 2, 2, 2))
    found = summarise(ratings, baseline="teacher")
    drop = next(drop for drop in found.drops if (drop.system, drop.name) == ("student", "overall"))
    assert (drop.value, drop.low, drop.high) == (0.0, 0.0, 0.0)
    # rated on the shared text alone
    other = next(drop for drop in found.drops if (drop.system, drop.name) == ("other", "meaning"))
    assert (other.value, other.n) == (0.0, 1)
    scores = {one.system: {score.name for score in one.scores} for one in found.systems}
    assert scores["other"] == scores["teacher"]
