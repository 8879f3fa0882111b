"""Selection strategies on candidates made by hand and at random."""

import numpy as np
import pytest

from tutelage.core.records import Feedback, Hypothesis, Provenance, Segment
from tutelage.methods.patching.selection import (
    STRATEGIES,
    Candidate,
    Selected,
    expected_errors,
    make_candidate,
    select,
    take_by_coverage,
)
from tutelage.methods.patching.settings import SelectSettings


def candidate(name, words="", *, target_words=4, quality=0.5):
    return Candidate(name, tuple(words.split()), target_words, quality)


def chosen(candidates, *, seed=0, pool=100, **settings):
    generator = np.random.default_rng(seed)
    return [row.id for row in select(candidates, SelectSettings(**settings), pool_segments=pool, generator=generator)]


def random_candidates(generator, count):
    """Candidates with one to six of twenty words, some of them much more frequent than others."""
    made = []
    for index in range(count):
        words = sorted({f"w{int(number)}" for number in generator.geometric(0.2, generator.integers(1, 7)) % 20})
        made.append(Candidate(f"c{index}", tuple(words), int(generator.integers(1, 30)), float(generator.random())))
    return made


TEN = [candidate(f"c{index}", quality=(index * 7 % 10) / 10) for index in range(10)]


def test_a_candidate_is_what_the_post_edit_has_and_the_hypothesis_lacks():
    segment = Segment("s", "Open the file", "en")
    hypothesis = Hypothesis(segment, "Abra o ficheiro", "student")
    feedback = Feedback(hypothesis, (), "Abra o arquivo novo agora", 0.4, Provenance())
    assert make_candidate(feedback) == Candidate("s", ("agora", "arquivo", "novo"), 5, 0.4, ("abra", "o"))


def test_case_alone_is_no_error_and_no_quality_is_the_lowest():
    hypothesis = Hypothesis(Segment("s", "Open", "en"), "ABRA", "student")
    assert make_candidate(Feedback(hypothesis, (), "Abra", None, Provenance())) == Candidate("s", (), 1, 0.0, ("abra",))


@pytest.mark.parametrize("strategy", ["all", "random", "threshold"])
def test_random_orders_are_seeded(strategy):
    first = chosen(TEN, strategy=strategy, seed=1)
    assert first == chosen(TEN, strategy=strategy, seed=1)
    assert first != chosen(TEN, strategy=strategy, seed=2)
    assert sorted(first) == [one.id for one in TEN]


def test_random_takes_each_candidate_equally_often():
    taken = [chosen(TEN, strategy="random", share=0.03, seed=seed) for seed in range(600)]
    counts = [sum(one.id in few for few in taken) for one in TEN]
    assert all(len(few) == 3 for few in taken)
    assert sum(counts) == 1800
    # 180 expected, standard deviation 11
    assert all(130 <= count <= 230 for count in counts)


def test_worst_begins_with_the_lowest_agreement_and_breaks_ties_by_id():
    candidates = [candidate("b", quality=0.2), candidate("c", quality=0.1), candidate("a", quality=0.2)]
    assert chosen(candidates, strategy="worst") == ["c", "a", "b"]


def test_threshold_takes_only_what_lies_below():
    below = {one.id for one in TEN if one.quality < 0.3}
    assert set(chosen(TEN, strategy="threshold", quality_below=0.3)) == below
    assert len(below) == 3


def test_ranks_count_from_zero_and_words_are_told():
    rows = list(select(TEN[:2], SelectSettings(strategy="worst"), pool_segments=2, generator=np.random.default_rng(0)))
    assert rows == [Selected("c0", 0, 4), Selected("c1", 1, 4)]


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (0.02, 2), (0.05, 5), (1.0, 10)])
@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_a_share_is_of_the_pool(strategy, share, count):
    assert len(chosen(TEN, strategy=strategy, share=share, pool=100)) == count


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_target_words_are_never_exceeded(strategy):
    candidates = random_candidates(np.random.default_rng(4), 60)
    words = {one.id: one.target_words for one in candidates}
    for limit in (1, 20, 100, 400):
        taken = chosen(candidates, strategy=strategy, target_words=limit)
        assert sum(words[name] for name in taken) <= limit


def test_the_smaller_of_two_budgets_counts():
    assert len(chosen(TEN, strategy="worst", share=0.05, target_words=8)) == 2
    assert len(chosen(TEN, strategy="worst", share=0.01, target_words=8)) == 1


def test_coverage_by_hand():
    candidates = [
        candidate("a", "x y"),
        candidate("b", "x"),
        candidate("c", "x z"),
        candidate("d", "z"),
        candidate("e", "q"),
    ]
    # others that lack the word: x 2, z 1, y 0, q 0; so c is worth 3, a and b 2, d 1, e 0
    assert expected_errors(candidates) == {"x": 2.0, "y": 0.0, "z": 1.0, "q": 0.0}
    # after c: x 1, z 0.5; a and b 1, d 0.5
    taken = chosen(candidates, strategy="coverage", length_power=0.0)
    assert taken[0] == "c"
    assert taken[1] in {"a", "b"}
    assert taken[4] == "e"


def test_a_word_that_is_often_right_is_worth_less():
    wrong = [candidate(name, "rare often") for name in "abc"]
    right = [Candidate(name, (), 4, 0.9, ("often",)) for name in "defghi"]
    # two others lack each of them; `often` is an error in three of its nine occurrences
    assert expected_errors([*wrong, *right]) == {"rare": 2.0, "often": pytest.approx(2 / 3)}


def test_length_power_prefers_short_segments():
    candidates = [
        candidate("long", "x y", target_words=100),
        candidate("short", "x", target_words=1),
        candidate("z", "y"),
    ]
    assert chosen(candidates, strategy="coverage", length_power=0.0)[0] == "long"
    assert chosen(candidates, strategy="coverage", length_power=1.0)[0] == "short"


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_lazy_coverage_is_greedy_coverage(seed, power):
    """Each choice is worth as much as the best of all that are left, all of them evaluated anew."""
    candidates = random_candidates(np.random.default_rng(seed), 80)
    settings = SelectSettings(strategy="coverage", length_power=power, decay=0.5 + 0.05 * seed)
    taken = list(take_by_coverage(candidates, settings, np.random.default_rng(0)))
    worth, left = expected_errors(candidates), list(candidates)

    def value(one):
        return sum(worth[word] for word in one.words) / max(one.target_words, 1) ** power

    gains = []
    for one in taken:
        assert value(one) == max(map(value, left))
        gains.append(value(one))
        left.remove(one)
        for word in one.words:
            worth[word] *= settings.decay
    assert not left
    # submodular: what is taken later never gains more
    assert gains == sorted(gains, reverse=True)


def test_covering_a_word_never_raises_a_gain():
    candidates = random_candidates(np.random.default_rng(11), 40)
    worth = expected_errors(candidates)
    before = {one.id: sum(worth[word] for word in one.words) for one in candidates}
    for taken in candidates[:20]:
        for word in taken.words:
            worth[word] *= 0.5
        after = {one.id: sum(worth[word] for word in one.words) for one in candidates}
        assert all(after[name] <= before[name] for name in after)
        before = after


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_nothing_flagged_is_nothing_selected(strategy):
    assert chosen([], strategy=strategy) == []
