"""What is chosen, within which limits, on candidates made by hand."""

import pytest

from made_stages import make_table
from tutelage.core.errors import UsageError
from tutelage.core.records import Segment
from tutelage.core.stage import Work
from tutelage.stages.selection.certainty import Certainty
from tutelage.stages.selection.checks import ask_problems
from tutelage.stages.selection.chosen import CHOSEN, ChosenInputs, choose_segments
from tutelage.stages.selection.scores import SCORES, ScoresInputs, count_tokens
from tutelage.stages.selection.settings import AskSettings
from tutelage.stages.selection.strategies import AGREEMENT, CONFIDENCE, RANDOM, Candidates, Strategy, load_strategy
from tutelage.storage.stages import StageFolder

TEXTS = [f"sentence {number} {'word ' * (number % 7)}" for number in range(100)]
POOL = [Segment(f"s{number}", text, "en") for number, text in enumerate(TEXTS)]


@pytest.fixture
def candidates(tmp_path):
    folder = StageFolder(tmp_path, lambda *_: None)
    sure = [Certainty(one.id, number / 10) for number, one in enumerate(POOL)]
    agreed = [Certainty(one.id, -number / 10) for number, one in enumerate(POOL)]
    return Candidates(
        pool=make_table(folder, "pool", Segment, key="pool", produce=lambda: POOL),
        part=1.0,
        seed=1,
        confidences=make_table(folder, "confidences", Certainty, key="c", produce=lambda: sure),
        agreements=make_table(folder, "agreements", Certainty, key="a", produce=lambda: agreed),
    )


def inputs_of(candidates, *strategies, **settings):
    settings = AskSettings(**settings)
    folder = StageFolder(candidates.pool.path.parent, lambda *_: None)
    scores = folder.make(SCORES, ScoresInputs(candidates, strategies, settings))
    return ChosenInputs(candidates.pool, scores, strategies, settings)


def chosen(candidates, *strategies, **settings):
    return list(choose_segments(inputs_of(candidates, *strategies, **settings), Work()))


def ids(found):
    return [one.segment.id for one in sorted(found, key=lambda one: one.rank)]


def test_the_least_sure_are_asked_about_each_with_its_reason(candidates):
    found = chosen(candidates, CONFIDENCE, segments=3)
    assert ids(found) == ["s0", "s1", "s2"]
    assert [one.reason for one in found][1] == "confidence-1 -0.1 (place 2)"
    assert found[2].segment == POOL[2]
    assert ids(chosen(candidates, AGREEMENT, segments=2)) == ["s99", "s98"]


def test_the_table_is_in_the_pools_order(candidates):
    found = chosen(candidates, AGREEMENT, RANDOM, share=0.3)
    numbers = [int(one.segment.id[1:]) for one in found]
    assert len(numbers) == 30 and numbers == sorted(numbers)
    assert sorted(one.rank for one in found) == list(range(30))


def test_every_limit_holds(candidates):
    assert len(chosen(candidates, RANDOM, share=0.5)) == 50
    assert len(chosen(candidates, RANDOM, share=0.5, segments=7)) == 7
    found = chosen(candidates, RANDOM, tokens=60)
    spent = sum(one.tokens for one in found)
    assert 60 - max(map(count_tokens, POOL)) < spent <= 60
    assert spent == sum(count_tokens(one.segment) for one in found)
    assert chosen(candidates, RANDOM, tokens=1) == []


def test_a_smaller_random_draw_is_a_part_of_a_larger_one_and_another_seed_draws_otherwise(candidates):
    from dataclasses import replace

    small, large = (set(ids(chosen(candidates, RANDOM, share=share))) for share in (0.1, 0.4))
    assert small < large
    assert set(ids(chosen(replace(candidates, seed=2), RANDOM, share=0.1))) != small


def test_several_strategies_are_taken_by_the_mean_of_their_ranks(candidates):
    both = chosen(candidates, CONFIDENCE, AGREEMENT, share=1.0)
    assert {one.score for one in both} == {-49.5}  # they contradict one another
    assert both[0].reason == "confidence-1 -0 (place 1), agreement-1 9.9e-323 (place 100)" or len(both) == 100
    mixed = ids(chosen(candidates, CONFIDENCE, RANDOM, share=0.2))
    assert len(set(mixed) & {f"s{number}" for number in range(50)}) > 15


@pytest.mark.parametrize("scores", [[1.0] * 99, [1.0] * 101, [float("nan")] * 100])
def test_a_strategy_that_does_not_score_each_segment_is_refused(candidates, scores):
    outside = Strategy("outside-1", "whatever comes", lambda _: scores)
    with pytest.raises(UsageError, match="outside-1"):
        chosen(candidates, outside, share=0.5)


def test_the_key_follows_what_is_read(candidates):
    from dataclasses import replace

    def key(strategy=RANDOM, of=candidates, **settings):
        return CHOSEN.key(inputs_of(of, strategy, **settings))

    same = key(share=0.5)
    assert key(share=0.5) == same
    other = replace(candidates, seed=2)
    assert len({same, key(share=0.4), key(segments=3), key(CONFIDENCE, share=0.5), key(of=other, share=0.5)}) == 5


def test_settings_that_cannot_work_are_told():
    assert list(ask_problems(None, engine="auto")) == list(ask_problems(AskSettings(share=0.1), engine="auto")) == []
    (problem,) = ask_problems(AskSettings(strategy="confidense", share=0.1), engine="auto")
    assert "ask.strategy" in problem and "confidence" in problem
    (problem,) = ask_problems(AskSettings(strategy=("random", "random"), share=0.1), engine="auto")
    assert "once" in problem
    (problem,) = ask_problems(AskSettings(strategy=("length", "random"), share=0.1, pilot=0.1), engine="auto")
    assert "ask.pilot" in problem and "random one tells nothing" in problem
    (problem,) = ask_problems(AskSettings(strategy="coverage"), engine="auto")
    assert "share, segments or tokens" in problem


def test_every_strategy_that_is_registered_can_be_loaded():
    from tutelage.stages.selection.strategies import SELECTORS

    assert {load_strategy(name).signature.rpartition("-")[0] for name in SELECTORS} == set(SELECTORS)


def test_the_estimate_takes_the_smallest_limit():
    assert AskSettings(share=0.5).part_of(100, 1000) == 0.5
    assert AskSettings(share=0.5, segments=10).part_of(100, 1000) == 0.1
    assert AskSettings(tokens=50).part_of(100, 1000) == 0.05
    assert AskSettings(segments=500).part_of(100, 1000) == 1.0
