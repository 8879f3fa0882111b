"""Coverage by hand, against the plain greedy choice, and over windows."""

import numpy as np
import pytest

from tutelage.core.records import Segment
from tutelage.stages.selection.coverage import count_grams, cover, coverage_scores


def segments(*texts, lang="en"):
    return [Segment(str(number), text, lang) for number, text in enumerate(texts)]


def order_of(pool, known=(), **settings):
    scores = list(coverage_scores(pool, known, **{"part": 0.5, **settings}))
    return sorted(range(len(scores)), key=lambda index: -scores[index])


def plain_greedy(items, worth, costs, *, decay):
    left, order = list(range(len(items))), []
    while left:
        best = max(left, key=lambda index: (sum(worth[part] for part in items[index]) / costs[index], -index))
        left.remove(best)
        order.append(best)
        for part in items[best]:
            worth[part] *= decay
    return order


@pytest.mark.parametrize("seed", range(5))
def test_the_lazy_choice_is_the_plain_greedy_one(seed):
    generator = np.random.default_rng(seed)
    items = [sorted(set(generator.integers(0, 15, generator.integers(1, 6)).tolist())) for _ in range(40)]
    worth = dict(enumerate(generator.random(15).tolist()))
    costs = generator.integers(1, 5, 40).tolist()
    lazy = [one.index for one in cover(items, dict(worth), costs, decay=0.5)]
    assert lazy == plain_greedy(items, dict(worth), costs, decay=0.5)


def test_what_stands_for_most_of_the_pool_comes_first_and_its_repetition_last():
    pool = segments("zebra stripes fade", *["open the menu"] * 3, *["mount the volume"] * 2)
    taken = [pool[index].text for index in order_of(pool)]
    assert taken == [*["open the menu", "mount the volume"] * 2, "open the menu", "zebra stripes fade"]


def test_what_the_student_was_trained_on_is_worth_less():
    pool = segments(*["open the menu"] * 3, *["mount the volume"] * 3)
    assert order_of(pool)[0] == 0
    assert order_of(pool, segments(*["open the menu"] * 9))[0] == 3


def test_case_and_punctuation_do_not_count_and_unspaced_text_counts_by_characters():
    (counted,) = {tuple(np.flatnonzero(count_grams(segments(text)))) for text in ("Open it!", "open it")}
    assert len(counted) == 3
    assert len(np.flatnonzero(count_grams(segments("打开文件", lang="zh")))) == 4 + 3


def test_each_window_gives_the_same_part_and_later_ones_know_what_was_taken():
    pool = segments(*["open the menu"] * 10, *["open the menu", "mount the volume"] * 5)
    scores = np.array(list(coverage_scores(pool, (), part=0.5, window=10)))
    taken = np.argsort(-scores, kind="stable")[:10]
    assert sum(index < 10 for index in taken) == 5
    assert scores[11] == 0 and scores[10] < 0  # the first window was full of the other text


def test_text_without_words_has_a_score_too():
    assert len(list(coverage_scores(segments("!!!", "", "open it"), (), part=1.0))) == 3
