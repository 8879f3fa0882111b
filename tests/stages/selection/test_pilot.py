"""The pilot on planted errors: drawn at random within the limit, then the rest is chosen by what it taught."""

import pytest

from made_stages import make_table
from tutelage.core.records import Hypothesis, Pair, Segment
from tutelage.core.stage import Work
from tutelage.stages.selection.chosen import ChosenInputs, choose_segments
from tutelage.stages.selection.pilot import (
    PILOT,
    ErrorsInputs,
    LearnedInputs,
    PilotInputs,
    StudentError,
    learn_errors,
    measure_errors,
)
from tutelage.stages.selection.scores import SCORES, ScoresInputs, count_tokens
from tutelage.stages.selection.settings import AskSettings
from tutelage.stages.selection.strategies import LENGTH, Candidates, Strategy, place_of
from tutelage.stages.selection.view import Asked, show_asked
from tutelage.storage.stages import StageFolder

POOL = [Segment(f"s{number}", "word " * (1 + number * 37 % 50), "en") for number in range(400)]
IDLE = Strategy("idle-1", "whatever the hash says", lambda candidates: (place_of(one, seed=99) for one in POOL))
STRATEGIES = (LENGTH, IDLE)


def planted(segment):
    """The longer, the better the student: the contrary of what the strategy says."""
    return 1 - len(segment.text) / 300


def alike(segment):
    return 0.5 + place_of(segment, seed=7) / 10


@pytest.fixture
def folder(tmp_path):
    return StageFolder(tmp_path, lambda *_: None)


@pytest.fixture
def pilot_of(folder):
    """A function that draws a pilot, plants errors on it, and chooses."""

    def make(error, **settings):
        ask = AskSettings(**{"strategy": ("length", "idle"), "share": 0.3, "pilot": 0.2, **settings})
        pool = make_table(folder, "pool", Segment, key="pool", produce=lambda: POOL)
        scores = folder.make(SCORES, ScoresInputs(Candidates(pool, 1.0, 1), STRATEGIES, ask))
        drawn = folder.make(PILOT, PilotInputs(pool, scores, ask))
        errors = make_table(
            folder, f"errors-{error.__name__}", StudentError, key=error.__name__ + drawn.key,
            produce=lambda: [StudentError(one.id, error(one)) for one in drawn],
        )  # fmt: skip
        (learned,) = learn_errors(LearnedInputs(scores, errors, STRATEGIES), Work())
        chosen = list(choose_segments(ChosenInputs(pool, scores, STRATEGIES, ask, drawn, learned), Work()))
        return list(drawn), learned, chosen

    return make


def test_the_rest_is_what_the_planted_error_is_greatest_on(pilot_of):
    drawn, learned, chosen = pilot_of(planted)
    assert len(drawn) == 24 and len(chosen) == 120
    length, idle = learned.features
    assert learned.tells and length.alone.value < -0.95 and length.weight < -0.05
    assert abs(idle.weight) < 0.05 and not idle.alone.tells
    by_rank = sorted(chosen, key=lambda one: one.rank)
    assert {one.segment.id for one in by_rank[:24]} == {one.id for one in drawn}
    rest = by_rank[24:]
    left = {one.id for one in POOL} - {one.segment.id for one in chosen}
    assert max(len(one.segment.text) for one in rest) <= min(len(one.text) for one in POOL if one.id in left) + 30
    assert rest[0].reason.startswith("predicted error 0.9") and by_rank[0].reason.startswith("pilot, drawn at random")


def test_where_nothing_tells_the_error_the_rest_is_the_random_draw(pilot_of):
    drawn, learned, chosen = pilot_of(alike)
    assert not learned.tells
    at_random = sorted(POOL, key=lambda one: place_of(one, seed=1))
    assert {one.segment.id for one in chosen} == {one.id for one in at_random[:120]}
    assert {one.id for one in drawn} == {one.id for one in at_random[:24]}
    assert sum("the pilot taught nothing" in one.reason for one in chosen) == 96


def test_the_pilot_is_a_part_of_what_may_be_asked_and_the_limit_holds(pilot_of):
    drawn, _, chosen = pilot_of(planted, share=None, tokens=600, pilot=0.5)
    assert sum(one.tokens for one in chosen) <= 600
    assert {one.id for one in drawn} <= {one.segment.id for one in chosen}
    assert 100 < sum(map(count_tokens, drawn)) < 500


def test_a_limit_that_nothing_fits_into_has_no_pilot(pilot_of):
    drawn, learned, chosen = pilot_of(planted, share=None, tokens=1)
    assert (drawn, chosen, learned.tells) == ([], [], False)


def test_the_error_is_what_lacks_to_the_teachers_translation_where_it_has_one(folder):
    segments = POOL[:3]
    hypotheses = [
        Hypothesis(one, text, "s") for one, text in zip(segments, ["Abra o menu", "", "Feche-o"], strict=True)
    ]
    pairs = [
        Pair(one, Segment(one.id, text, "pt")) for one, text in zip(segments[::2], ["Abra o menu.", "xyz"], strict=True)
    ]
    inputs = ErrorsInputs(
        make_table(folder, "h", Hypothesis, key="h", produce=lambda: hypotheses),
        make_table(folder, "t", Pair, key="t", produce=lambda: pairs),
    )
    found = list(measure_errors(inputs, Work()))
    assert [one.id for one in found] == ["s0", "s2"]
    assert found[0].error == 0 and found[1].error == 1


def test_the_report_shows_what_the_pilot_taught_and_the_error_on_the_rest(pilot_of, folder):
    from tutelage.stages.selection.pilot import Pilot

    drawn, learned, chosen = pilot_of(planted)
    errors = [StudentError(one.segment.id, planted(one.segment)) for one in chosen]
    asked = Asked.of(chosen, pool=400, strategies=STRATEGIES, pilot=Pilot(drawn, errors, learned))
    view = show_asked(asked, errors)
    assert (view.segments, view.tokens) == (120, sum(one.tokens for one in chosen))
    assert [one.source for one in view.examples] == [
        one.segment.text for one in sorted(chosen, key=lambda one: one.rank)[24:32]
    ]
    assert view.pilot.rest == 96 and view.pilot.rest_error > view.pilot.error + 0.2
    assert "as a pilot taught" in asked.decisions[0] and "was chosen by it" in asked.decisions[1]
    assert show_asked(asked).pilot.rest_error is None
