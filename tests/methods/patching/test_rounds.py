"""Rounds: parts of the pool, and when no further one follows."""

from dataclasses import replace
from itertools import chain
from types import SimpleNamespace

import pytest

from made_stages import make_table
from tutelage.core.records import Segment
from tutelage.methods.patching.rounds import (
    Round,
    RoundScore,
    best_round,
    describe_stop,
    round_pool,
    stops_after,
)
from tutelage.methods.patching.settings import PatchingSettings
from tutelage.storage.stages import StageFolder

THREE = PatchingSettings(rounds=3, pool_each_round="fresh")


def score(number, *, dev=50.0, low=0.5):
    before = None if dev is None else dev - 1
    return RoundScore(number, "in", "out", 10, 5, 5, before, dev, low, None if low is None else low + 2)


def rounds_of(settings, tmp_path):
    context = SimpleNamespace(recipe=SimpleNamespace(seed=7))
    numbers = range(1, settings.rounds + 1)
    folders = [StageFolder(tmp_path / f"round-{number}", lambda *_: None) for number in numbers]
    return [Round(settings, context, number, tmp_path, folder) for number, folder in zip(numbers, folders, strict=True)]


@pytest.fixture
def pool(tmp_path):
    segments = [Segment(f"pool:{number}", f"Open file {number}", "en") for number in range(300)]
    return make_table(StageFolder(tmp_path, lambda *_: None), "pool", Segment, key="pool", produce=lambda: segments)


def test_fresh_parts_are_the_pool_and_share_nothing(pool, tmp_path):
    parts = [[segment.id for segment in round_pool(work, pool)] for work in rounds_of(THREE, tmp_path)]
    assert sorted(chain.from_iterable(parts)) == sorted(segment.id for segment in pool)
    # 100 expected, standard deviation 8
    assert all(70 <= len(part) <= 130 for part in parts)
    again = [[segment.id for segment in round_pool(work, pool)] for work in rounds_of(THREE, tmp_path / "again")]
    assert again == parts


@pytest.mark.parametrize("settings", [PatchingSettings(rounds=3), PatchingSettings(pool_each_round="fresh")])
def test_the_same_pool_is_the_table_itself(settings, pool, tmp_path):
    assert all(round_pool(work, pool) is pool for work in rounds_of(settings, tmp_path))


def test_each_round_samples_with_a_seed_of_its_own(tmp_path):
    assert [work.seed for work in rounds_of(THREE, tmp_path)] == [7, 8, 9]


@pytest.mark.parametrize(
    ("outcome", "stops"),
    [
        (score(1, low=0.01), False),
        (score(1, low=0.0), True),
        (score(1, low=-0.4), True),
        (score(1, low=float("nan")), True),
        (replace(score(1, low=0.01), tells=False), True),
        (score(1, dev=None, low=None), False),
        (score(3, low=5.0), True),
    ],
    ids=["gain", "nothing", "perhaps a loss", "no number", "too little dev text", "no dev text", "the last"],
)
def test_a_gain_within_noise_ends_the_rounds(outcome, stops):
    assert stops_after(THREE, outcome) is stops


def test_noise_is_no_matter_where_the_recipe_says_so():
    settings = THREE.model_copy(update={"stop_when_within_noise": False})
    assert not stops_after(settings, score(2, low=-1.0))
    assert stops_after(settings, score(3, low=-1.0))
    assert best_round(settings, [score(1, dev=60), score(2, dev=50)]) == 1


@pytest.mark.parametrize(("answers", "stops"), [(300, False), (600, True), (0, False)])
def test_a_round_that_gained_too_little_for_its_answers_is_the_last(answers, stops):
    """A point of chrF for 300 answers is 3.3 for a thousand."""
    settings, outcome = THREE.model_copy(update={"least_gain": 2.0}), replace(score(1), answers=answers)
    assert stops_after(settings, outcome) is stops
    assert not stops_after(THREE, outcome)
    told = list(describe_stop(settings, [outcome]))
    assert ("gained 1.67 chrF for a thousand answers" in told[0]) if stops else "nothing was left" in told[0]


def test_why_rounds_ended_is_told_unless_all_were_made():
    (told,) = describe_stop(THREE, [score(1), score(2, low=-1.0)])
    assert "none followed round 2 of 3, since its gain on the dev text may be chance" in told
    assert list(describe_stop(THREE, [score(1), score(2), score(3, low=-1)])) == list(describe_stop(THREE, [])) == []


def test_the_best_round_on_the_dev_text_gives_the_student():
    assert best_round(THREE, [score(1, dev=50), score(2, dev=52), score(3, dev=51)]) == 1
    assert best_round(THREE, [score(1, dev=50), score(2, dev=50)]) == 1
    assert best_round(THREE, [score(1, dev=None, low=None), score(2, dev=None, low=None)]) == 1
